"""Custom document properties: what a workbook says of itself beyond its cells, `docProps/custom.xml`.

Those of others (sensitivity labels are kept there) stay as they are. A workbook that has no such part
gets one, with the entry in the list of content types and the relation that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Final

from batchreset.ooxml.outline import Draft, Element, outline
from batchreset.ooxml.package import Package, Parts, relations_part
from batchreset.ooxml.texts import escaped, fit

_KINDS: Final = ("custom-properties", "customProperties")
"""Last words of the relation's type: the usual one, and that of ISO Strict."""
_TYPE: Final = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_SPACE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VALUES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_STRICT: Final = "http://purl.oclc.org/ooxml/officeDocument"
_STRICT_RELATION: Final = f"{_STRICT}/relationships/customProperties"
_STRICT_SPACE: Final = f"{_STRICT}/customProperties"
_STRICT_VALUES: Final = f"{_STRICT}/docPropsVTypes"
_FORMAT: Final = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The one set of properties that users name themselves."""
_FIRST_ID: Final = 2
_EMPTY: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="%b"/>'


def read_properties(package: Package) -> dict[str, str]:
    """The custom properties by name, their values as text."""
    part = package.related("", *_KINDS)
    if part is None or not package.has(part):
        return {}
    return {
        one.attributes.get("name", ""): "".join(value.text for value in one.children)
        for one in outline(package.read(part)).all("property")
    }


def set_properties(parts: Parts, own: str, said: Mapping[str, str]) -> None:
    """Make the workbook say `said`; of properties that begin with `own` nothing else is left."""
    package = parts.package
    part = package.related("", *_KINDS)
    if part is None or not package.has(part):
        _add_part(parts, said)
        return
    draft = parts.draft(part)
    others = []
    for one in draft.root.all("property"):
        if one.attributes.get("name", "").startswith(own):
            draft.remove(one)
        else:
            others.append(one)
    first = max((_id(one) for one in others), default=_FIRST_ID - 1) + 1
    values = _STRICT_VALUES if draft.root.space == _STRICT_SPACE else _VALUES
    draft.append(draft.root, _properties(draft.tag, said, first, values))


def _add_part(parts: Parts, said: Mapping[str, str]) -> None:
    package = parts.package
    strict = package.is_strict
    part = next(name for name in _names() if not package.has(name))
    root = _EMPTY % (_STRICT_SPACE if strict else _SPACE).encode()
    draft = Draft(root)
    draft.append(draft.root, _properties(draft.tag, said, _FIRST_ID, _STRICT_VALUES if strict else _VALUES))
    parts.put(part, draft.done())
    parts.declare(part, _TYPE)
    links = parts.draft(relations_part(""))
    used = {link.attributes.get("Id") for link in links.root.children}
    link = {
        "Id": next(name for name in (f"rId{number}" for number in count(1)) if name not in used),
        "Type": _STRICT_RELATION if strict else _RELATION,
        "Target": part,
    }
    links.append(links.root, links.tag("Relationship", link))


def _names() -> Iterator[str]:
    """The usual name, and others should something unrelated have it."""
    return (f"docProps/custom{number or ''}.xml" for number in count())


def _properties(
    tag: Callable[[str, Mapping[str, object], bytes], bytes], said: Mapping[str, str], first: int, values: str
) -> bytes:
    return b"".join(
        tag(
            "property",
            {"fmtid": _FORMAT, "pid": number, "name": escaped(fit(name))},
            f'<vt:lpwstr xmlns:vt="{values}">{escaped(fit(value))}</vt:lpwstr>'.encode(),
        )
        for number, (name, value) in enumerate(said.items(), start=first)
    )


def _id(element: Element) -> int:
    number = element.attributes.get("pid", "")
    return int(number) if number.isdecimal() else 0
