from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.outline import Draft, Element, outline

XML = b"""<?xml version="1.0"?><!-- a > b --><x:a xmlns:x="urn:x" n='1>0'><x:b/><x:b k="v">t<i>u</i>w</x:b >
<x:c></x:c><![CDATA[<x:d/>]]></x:a>"""


def test_outline_when_read_then_each_element_knows_its_bytes() -> None:
    root = outline(XML)
    assert (root.name, root.space, root.attributes, root.is_empty) == ("a", "urn:x", {"n": "1>0"}, False)
    first, second, third = root.children
    assert [XML[one.start : one.end] for one in root.children] == [
        b"<x:b/>", b'<x:b k="v">t<i>u</i>w</x:b >', b"<x:c></x:c>",
    ]  # fmt: skip
    assert (first.is_empty, second.is_empty, third.is_empty) == (True, False, False)
    assert (second.text, second.children[0].text, root.text) == ("tw", "u", "\n<x:d/>")
    assert XML[second.inner : second.close] == b"t<i>u</i>w"
    assert [one.name for one in root.all("b")] == ["b", "b"]
    assert root.first("d") is None


def test_attribute_when_of_another_namespace_then_found_by_its_name() -> None:
    root = outline(b'<a xmlns:r="urn:r" r:id="rId3" id="7"/>')
    assert outline(b'<a xmlns:r="urn:r" r:id="rId3"/>').attribute("id") == "rId3"
    assert root.attributes["id"] == "7"
    assert root.attribute("none") is None


def test_draft_when_changed_in_many_places_then_all_else_keeps_its_bytes() -> None:
    draft = Draft(XML)
    first, second, third = draft.root.children
    draft.set(draft.root, n="2")
    draft.append(first, draft.tag("new", {"k": 1}))
    draft.set(first, k="w")
    draft.append(second, b"<!-- end -->")
    draft.remove(third)
    draft.insert(third.start, draft.tag("put", {}, b"in"))
    assert draft.done() == (
        b"""<?xml version="1.0"?><!-- a > b --><x:a xmlns:x="urn:x" n="2"><x:b k="w"><x:new k="1"/></x:b>"""
        b"""<x:b k="v">t<i>u</i>w<!-- end --></x:b >\n<x:put>in</x:put><![CDATA[<x:d/>]]></x:a>"""
    )


def everything(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from everything(child)


TREES = st.recursive(
    st.sampled_from(["<a/>", "<b></b>", "<c k='1'>text</c>", "<!-- <a> -->", "<d x='>'/>"]),
    lambda inner: st.builds(lambda parts: f"<n>{''.join(parts)}</n>", st.lists(inner, max_size=4)),
    max_leaves=20,
)


@given(TREES)
def test_draft_when_one_attribute_is_set_on_all_then_all_have_it_and_nothing_else_differs(tree: str) -> None:
    xml = f"<root>{tree}</root>".encode()
    draft = Draft(xml)
    assert draft.done() == xml
    for element in everything(draft.root):
        draft.set(element, z="9")
    changed = draft.done()
    assert all(element.attributes["z"] == "9" for element in everything(outline(changed)))
    assert changed.replace(b' z="9"', b"") == xml


@pytest.mark.parametrize("xml", [b"", b"   ", b"<a>", b"text"])
def test_outline_when_no_xml_then_told(xml: bytes) -> None:
    with pytest.raises(UneditableError):
        outline(xml)
