"""Native bar charts: the parts of a drawing and of its charts (ECMA-376 part 1, 20.5 and 21.2).

Every bar with room for it carries its number and stands beside its word; pieces of one bar differ by
pattern and lightness too, so that a print without colours says the same. The cells that a chart shows stand
in its cache as well: a viewer that calculates nothing draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from batchreset.ooxml.markup import DECLARED
from batchreset.ooxml.refs import Area
from batchreset.ooxml.texts import escaped, fit

_C: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
_XDR: Final = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_INK: Final = "1F2933"
_EDGE: Final = "52606D"
_SHORT: Final = 0.07
"""Of the longest bar; a shorter piece has no room for its number."""
_AXES: Final = (500_000_001, 500_000_002)


class Paint(NamedTuple):
    """How a bar is filled: a colour (RRGGBB), and a pattern on white where it has one."""

    colour: str
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one kind: where their name and values stand (`'Summary'!$B$4:$B$9`), what these are, and how
    they look; `points` are looks of single bars."""

    name_ref: str
    name: str
    values_ref: str
    values: Sequence[int]
    paint: Paint
    points: Sequence[Paint] = ()


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of horizontal bars over cells; `place` is covered by it. Several series are stacked."""

    title: str
    place: Area
    names_ref: str
    names: Sequence[str]
    series: Sequence[Series]


def drawing_xml(charts: Sequence[Bars]) -> bytes:
    """The drawing with charts, whose relations are `rId1`, `rId2`, …"""
    frames = "".join(_frame(number, chart) for number, chart in enumerate(charts, start=1))
    return f'{DECLARED}<xdr:wsDr xmlns:xdr="{_XDR}" xmlns:a="{_A}">{frames}</xdr:wsDr>'.encode()


def _frame(number: int, chart: Bars) -> str:
    place = chart.place
    title = escaped(fit(chart.title))
    return (
        "<xdr:twoCellAnchor>"
        f"{_corner('from', place.left - 1, place.top - 1)}{_corner('to', place.right, place.bottom)}"
        '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr>'
        f'<xdr:cNvPr id="{number + 1}" name="Chart {number}" descr="{title}"/><xdr:cNvGraphicFramePr/>'
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>'
        f'<a:graphic><a:graphicData uri="{_C}">'
        f'<c:chart xmlns:c="{_C}" xmlns:r="{_R}" r:id="rId{number}"/>'
        "</a:graphicData></a:graphic></xdr:graphicFrame><xdr:clientData/></xdr:twoCellAnchor>"
    )


def _corner(name: str, column: int, row: int) -> str:
    inner = f"<xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row>"
    return f"<xdr:{name}>{inner}<xdr:rowOff>0</xdr:rowOff></xdr:{name}>"


def chart_xml(chart: Bars) -> bytes:
    """A chart's part."""
    stacked = len(chart.series) > 1
    series = "".join(_series(at, one, chart, stacked=stacked) for at, one in enumerate(chart.series))
    legend = f'<c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_text_looks(900)}</c:legend>'
    axes = "".join(f'<c:axId val="{axis}"/>' for axis in _AXES)
    return (
        f'{DECLARED}<c:chartSpace xmlns:c="{_C}" xmlns:a="{_A}" xmlns:r="{_R}"><c:roundedCorners val="0"/>'
        f'<c:chart>{_title(chart.title)}<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>'
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="{"stacked" if stacked else "clustered"}"/>'
        f'<c:varyColors val="0"/>{series}<c:gapWidth val="45"/>{_overlap(stacked=stacked)}{axes}</c:barChart>'
        f"{_axes()}</c:plotArea>{legend if stacked else ''}"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f'<c:spPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>{_line("D5DAE0")}</c:spPr>'
        "</c:chartSpace>"
    ).encode()


def _overlap(*, stacked: bool) -> str:
    return '<c:overlap val="100"/>' if stacked else ""


def _title(title: str) -> str:
    return (
        f"<c:title><c:tx><c:rich><a:bodyPr/><a:lstStyle/><a:p><a:pPr>{_run(1100, 'defRPr')}</a:pPr>"
        f"<a:r>{_run(1100, 'rPr')}<a:t>{escaped(fit(title))}</a:t></a:r></a:p></c:rich></c:tx>"
        '<c:overlay val="0"/></c:title>'
    )


def _run(size: int, name: str) -> str:
    bold = 1 if size > 1000 else 0
    ink = f'<a:solidFill><a:srgbClr val="{_INK}"/></a:solidFill>'
    return f'<a:{name} sz="{size}" b="{bold}">{ink}</a:{name}>'


def _text_looks(size: int) -> str:
    looks = _run(size, "defRPr")
    return f"<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr>{looks}</a:pPr><a:endParaRPr/></a:p></c:txPr>"


def _series(at: int, series: Series, chart: Bars, *, stacked: bool) -> str:
    points = "".join(
        f'<c:dPt><c:idx val="{number}"/><c:invertIfNegative val="0"/><c:bubble3D val="0"/>'
        f"{_looks(paint)}</c:dPt>"
        for number, paint in enumerate(series.points)
    )
    names, short = _cache(chart.names), _unlabelled(series, chart)
    values = f"<c:formatCode>General</c:formatCode>{_cache(series.values)}"
    return (
        f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/>'
        f"<c:tx><c:strRef><c:f>{escaped(series.name_ref)}</c:f>"
        f"<c:strCache>{_cache([series.name])}</c:strCache></c:strRef></c:tx>"
        f'{_looks(series.paint)}<c:invertIfNegative val="0"/>{points}{_labels(short, stacked=stacked)}'
        f"<c:cat><c:strRef><c:f>{escaped(chart.names_ref)}</c:f><c:strCache>{names}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>{escaped(series.values_ref)}</c:f><c:numCache>{values}</c:numCache></c:numRef>"
        "</c:val></c:ser>"
    )


def _unlabelled(series: Series, chart: Bars) -> list[int]:
    """The pieces of stacked bars that are too short to hold their number."""
    if len(chart.series) == 1:
        return []
    longest = max(map(sum, zip(*(one.values for one in chart.series), strict=True)), default=0)
    return [at for at, value in enumerate(series.values) if value < _SHORT * longest]


def _labels(left_out: Sequence[int], *, stacked: bool) -> str:
    """The number at each bar; none where there is nothing."""
    without = "".join(f'<c:dLbl><c:idx val="{at}"/><c:delete val="1"/></c:dLbl>' for at in left_out)
    ground = '<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>' if stacked else "<a:noFill/>"
    place = "ctr" if stacked else "outEnd"
    return (
        f'<c:dLbls>{without}<c:numFmt formatCode="#,##0;;" sourceLinked="0"/><c:spPr>{ground}</c:spPr>'
        f'{_text_looks(900)}<c:dLblPos val="{place}"/><c:showLegendKey val="0"/><c:showVal val="1"/>'
        '<c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/>'
        '<c:showBubbleSize val="0"/></c:dLbls>'
    )


def _cache(values: Sequence[object]) -> str:
    held = "".join(
        f'<c:pt idx="{number}"><c:v>{escaped(fit(str(value)))}</c:v></c:pt>'
        for number, value in enumerate(values)
    )
    return f'<c:ptCount val="{len(values)}"/>{held}'


def _looks(paint: Paint) -> str:
    colour = f'<a:srgbClr val="{paint.colour}"/>'
    if paint.pattern:
        fill = (
            f'<a:pattFill prst="{paint.pattern}"><a:fgClr>{colour}</a:fgClr>'
            '<a:bgClr><a:srgbClr val="FFFFFF"/></a:bgClr></a:pattFill>'
        )
    else:
        fill = f"<a:solidFill>{colour}</a:solidFill>"
    return f"<c:spPr>{fill}{_line(_EDGE)}</c:spPr>"


def _line(colour: str) -> str:
    return f'<a:ln w="6350"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:ln>'


def _axes() -> str:
    """Words from top to bottom at the left; the numbers stand at the bars, so their axis is left out."""
    names, values = _AXES
    ticks = '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
    return (
        f'<c:catAx><c:axId val="{names}"/><c:scaling><c:orientation val="maxMin"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="l"/><c:numFmt formatCode="General" sourceLinked="0"/>{ticks}'
        f"<c:spPr>{_line('9AA5B1')}</c:spPr>{_text_looks(900)}"
        f'<c:crossAx val="{values}"/><c:crosses val="autoZero"/><c:auto val="1"/><c:lblAlgn val="ctr"/>'
        '<c:lblOffset val="100"/><c:noMultiLvlLbl val="0"/></c:catAx>'
        f'<c:valAx><c:axId val="{values}"/>'
        '<c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling>'
        '<c:delete val="1"/><c:axPos val="t"/><c:numFmt formatCode="General" sourceLinked="0"/>'
        f'{ticks}<c:crossAx val="{names}"/><c:crosses val="autoZero"/>'
        '<c:crossBetween val="between"/></c:valAx>'
    )
