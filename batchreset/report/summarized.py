"""Puts the `Summary` of a job into workbooks: into a copy of the user's, and into those of our own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from batchreset.ooxml.archive import write_archive
from batchreset.ooxml.names import DefinedNames
from batchreset.ooxml.newsheets import put_pages, slots
from batchreset.ooxml.package import Package, Parts
from batchreset.ooxml.styles import Styles
from batchreset.ooxml.verify import verify_parts
from batchreset.report.behind import PlaceOf, rows_page
from batchreset.report.listing import Lists, Places, lists_of
from batchreset.report.overview import summary_page
from batchreset.reported import JobReport
from batchreset.text import Message, Text, msg

SUMMARY_MARK: Final = "batchreset.summary"
"""Hidden names by which our sheets are known again."""
ROWS_MARK: Final = "batchreset.rows"
SUMMARY: Final = msg("Summary")
_ROWS: Final = msg("Summary rows")

Put = Callable[[Parts, Styles | None, DefinedNames], None]


def put_summary(
    report: JobReport, text: Text, parts: Parts, styles: Styles | None, names: DefinedNames, place_of: PlaceOf
) -> None:
    """Put the summary and the rows behind its numbers into a workbook, in the place of those of an earlier
    report. Raises UneditableError when the workbook can take no sheets."""
    wanted = {SUMMARY_MARK: text(SUMMARY), ROWS_MARK: text(_ROWS)}
    summary, rows = slots(parts.package, wanted)
    lists = lists_of(report)
    behind, places = rows_page(report, text, rows.name, summary.name, lists, place_of)
    page = summary_page(report, text, summary.name, lists, places)
    put_pages(parts, styles, names, [(summary, page), (rows, behind)])


def put_summary_of_lists(
    report: JobReport,
    text: Text,
    parts: Parts,
    styles: Styles | None,
    names: DefinedNames,
    lists: Lists,
    places: Places,
) -> None:
    """Put the summary alone into a workbook that has the rows behind its numbers in sheets of its own."""
    (slot,) = slots(parts.package, {SUMMARY_MARK: text(SUMMARY)})
    put_pages(parts, styles, names, [(slot, summary_page(report, text, slot.name, lists, places))])


def write_with(book: bytes, target: Path, put: Put) -> None:
    """Write a workbook of our own to `target` with what `put` puts into it.

    Raises OSError when `target` can't be written.
    """
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        package = Package(archive)
        parts, part = Parts(package), package.related(package.main, "styles")
        styles = Styles(package.read(part)) if part else None
        names = DefinedNames(parts.draft(package.main))
        put(parts, styles, names)
        names.flush()
        small = parts.done() | ({part: styles.done()} if part and styles else {})
        write_archive(archive, target, {name: (one,) for name, one in small.items()}, {}, parts.gone)
        with zipfile.ZipFile(target) as copy:
            verify_parts(archive, copy, small, gone=parts.gone)


def no_summary(why: Message) -> Message:
    """What is told of a workbook that can take no sheet."""
    return msg("The results have no Summary sheet ({why}): it is in handoff.xlsx.", why=why)
