"""Marks come and go: whatever a cell looked like, it looks so again when its finding is gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchreset.annotated.findings import Weight
from batchreset.annotated.marks import MARK, Marks, plain_marks
from batchreset.ooxml.outline import outline
from batchreset.ooxml.styles import Styles, solid_colour
from tests.unit.ooxml.sheets import MAIN

BANDED = (
    '<patternFill patternType="solid"><fgColor theme="4" tint="0.5"/><bgColor indexed="64"/></patternFill>'
)
GRADIENT = '<gradientFill degree="90"><stop position="0"><color rgb="FF000000"/></stop></gradientFill>'
FILLS = ('<patternFill patternType="none"/>', '<patternFill patternType="gray125"/>', BANDED, GRADIENT)


def sheet(*fills: str) -> bytes:
    """A style sheet with a style for each fill; the odd ones have an alignment and are locked."""
    made = [f"<fill>{fill}</fill>" for fill in fills]
    formats = [
        f'<xf numFmtId="{number}" fontId="0" fillId="{number}" borderId="0" xfId="0"'
        + ('><alignment wrapText="1"/><protection locked="0"/></xf>' if number % 2 else "/>")
        for number in range(len(fills))
    ]
    return (
        f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
        f'<fills count="{len(made)}">{"".join(made)}</fills><borders count="1"><border/></borders>'
        f'<cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs></styleSheet>'
    ).encode()


XML = sheet(*FILLS)


def look(xml: bytes, number: int) -> tuple[str, str]:
    """A style but for its fill, and its fill."""
    root = outline(xml)
    formats, fills = root.first("cellXfs"), root.first("fills")
    assert formats is not None
    assert fills is not None
    one = formats.children[number]
    said = {name: value for name, value in one.attributes.items() if name not in ("fillId", "applyFill")}
    fill = fills.children[int(one.attributes["fillId"])]
    return f"{said}{xml[one.inner : one.close].decode()}", xml[fill.inner : fill.close].decode()


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Weight)), min_size=1, max_size=6))
def test_marks_when_put_on_and_taken_off_in_another_session_then_every_style_is_as_it_was(
    wanted: list[tuple[int, Weight]],
) -> None:
    styles = Styles(XML)
    marks = Marks(styles, {})
    marked = [marks.on(style, weight) for style, weight in wanted]
    xml, said = styles.done(), marks.said()
    for (style, _), number in zip(wanted, marked, strict=True):
        assert look(xml, number)[0] == look(XML, style)[0]
        assert look(xml, number)[1] != look(XML, style)[1]
    later = Styles(xml)
    again = Marks(later, said)
    assert again.marked == set(marked)
    bare = [again.bare(number) for number in marked]
    assert [look(later.done(), number) for number in bare] == [look(XML, style) for style, _ in wanted]
    assert later.done() == xml  # the styles that were there are used again


def test_marks_when_weights_differ_then_their_colours_do_and_two_fills_never_share_a_shade() -> None:
    styles = Styles(XML)
    marks = Marks(styles, {})
    numbers = [marks.on(style, weight) for style in range(4) for weight in Weight]
    shown = [look(styles.done(), number)[1] for number in numbers]
    colours = [solid_colour(fill) for fill in shown]
    assert len(set(colours)) == 8
    assert len(marks.said()) == 8


def test_marks_when_another_program_has_written_the_styles_anew_then_still_known_by_their_colours() -> None:
    styles = Styles(XML)
    marks = Marks(styles, {})
    marks.on(2, Weight.ERROR)
    (name,) = marks.said()
    colour = name.removeprefix(MARK)
    other = sheet(
        '<patternFill patternType="none"/>',
        f'<patternFill patternType="solid"><fgColor rgb="ff{colour.lower()}"/><bgColor rgb="FFCC"/>'
        "</patternFill>",
    )
    later = Styles(other)
    again = Marks(later, marks.said())
    assert again.marked == {1}
    bare = again.bare(1)
    assert look(later.done(), bare)[1] == BANDED


def test_marks_when_a_marked_cell_is_still_bad_then_only_another_weight_changes_it() -> None:
    styles = Styles(XML)
    marks = Marks(styles, {})
    noted = marks.on(2, Weight.NOTE)
    later = Styles(styles.done())
    again = Marks(later, marks.said())
    assert again.on(noted, Weight.NOTE) == noted
    wrong = again.on(noted, Weight.ERROR)
    assert wrong != noted
    last = Styles(later.done())
    bare = Marks(last, again.said()).bare(wrong)
    assert look(last.done(), bare) == look(XML, 2)


def test_marks_when_a_colour_is_the_users_own_then_it_is_no_mark_and_is_not_used_as_one() -> None:
    (first, _) = (name.removeprefix(MARK) for name in plain_marks())
    own = f'<patternFill patternType="solid"><fgColor rgb="FF{first}"/></patternFill>'
    styles = Styles(sheet('<patternFill patternType="none"/>', own))
    marks = Marks(styles, {})
    assert marks.marked == frozenset()
    for weight in Weight:
        marks.on(0, weight)
    assert f"{MARK}{first}" not in marks.said()


def test_marks_when_a_property_holds_something_else_then_the_cell_gets_no_fill_and_no_harm() -> None:
    (first, _) = (name.removeprefix(MARK) for name in plain_marks())
    own = f'<patternFill patternType="solid"><fgColor rgb="FF{first}"/></patternFill>'
    styles = Styles(sheet('<patternFill patternType="none"/>', own))
    bare = Marks(styles, {f"{MARK}{first}": '</fill></fills><x foo="'}).bare(1)
    assert look(styles.done(), bare)[1] == '<patternFill patternType="none"/>'
