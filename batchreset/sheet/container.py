"""What a file is: looked up in its first bytes, not its name. Where it is no list, one sentence says what.

A text file has no such bytes: it counts as a list (CSV) unless its name promises a workbook, which
then isn't one.
"""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO, Final
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from batchreset.errors import SheetError
from batchreset.sheet import archive
from batchreset.text.messages import msg

MAX_OLE_BYTES: Final = 200 * 1024 * 1024
"""An .xls of 65,536 full rows has a tenth of it."""

DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ExpatError,
    ParseError,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    RuntimeError,
)
"""What zipfile, the XML parsers and our own reading were seen to raise on damaged workbooks (a run over
thousands of them: tests/edge/test_sheet_fuzz.py). The libraries document no exceptions of their own, so
the families are named here once; a programming error of ours among them would show in every test with a
good workbook.
"""

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_SNIFFED_BYTES: Final = 4096
_WORKBOOK_NAMES: Final = frozenset((".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlt", ".xlsb", ".ods"))
_TEXT_NAMES: Final = frozenset((".csv", ".tsv", ".txt", ".tab"))
_SAVE_AS: Final = msg("Open it in Excel or WPS and save it as an Excel workbook (.xlsx).")


class Format(StrEnum):
    """The kinds of file that lists come in."""

    XLSX = "xlsx"
    """Also .xlsm and templates: a zip of XML parts."""
    XLS = "xls"
    """An OLE container; before Excel 2007."""
    ODS = "ods"
    """OpenDocument."""
    XLSB = "xlsb"
    """A zip of binary parts."""
    TEXT = "text"
    """Values with commas, tabs or the like between them."""


@contextlib.contextmanager
def open_sheet_file(path: Path) -> Iterator[tuple[IO[bytes], Format]]:
    """The open file, and what it is; one that is a zip has been weighed. Raises `SheetError` otherwise."""
    _refuse_by_name(path)
    with _opened(path) as file:
        with told_as_damage(path):
            found = _format(path, file)
            file.seek(0)
        yield file, found


@contextlib.contextmanager
def told_as_damage(path: Path) -> Iterator[None]:
    """What reading `path` raises of `DAMAGE` becomes the `SheetError` for a damaged file."""
    try:
        yield
    except DAMAGE as error:
        raise SheetError(
            "sheet-damaged",
            msg("{path} can't be read: it is damaged, or holds something unknown.", path=path),
            msg("Get the file again; if Excel opens it, copy the rows into a new workbook there."),
        ) from error
    except MemoryError:
        raise archive.too_large(path) from None


def _opened(path: Path) -> IO[bytes]:
    try:
        if path.is_dir():
            raise SheetError(
                "sheet-folder",
                msg("{path} is a folder.", path=path),
                msg("Give the path of one workbook in it."),
            )
        return path.open("rb")
    except FileNotFoundError as error:
        raise SheetError(
            "sheet-missing",
            msg("There is no file {path}.", path=path),
            msg("Check the name and the folder."),
        ) from error
    except PermissionError as error:
        raise SheetError(
            "sheet-permission",
            msg("{path} may not be read.", path=path),
            msg("Close it in other programs, or ask its owner for the right to read it."),
        ) from error
    except OSError as error:
        raise SheetError(
            "sheet-unreadable",
            msg("{path} can't be read: {reason}.", path=path, reason=error.strerror or error),
            msg("Copy the file to a local folder and use that copy."),
        ) from error


def _refuse_by_name(path: Path) -> None:
    if path.name.startswith(("~$", ".~lock.")):
        raise SheetError(
            "sheet-lock-file",
            msg("{path} is no workbook but the mark that somebody has one open.", path=path),
            msg("Give the workbook's own name, without the leading ~$."),
        )


def _format(path: Path, file: IO[bytes]) -> Format:
    head = file.read(_SNIFFED_BYTES)
    if head.startswith(_ZIP):
        return _zip_format(path, file)
    if head.startswith(_OLE):
        return _ole_format(path, file)
    if not head:
        raise SheetError(
            "sheet-empty-file", msg("{path} is empty (0 bytes).", path=path), msg("Get the file again.")
        )
    if head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        raise SheetError(
            "sheet-html",
            msg("{path} is a web page or an XML file, not a workbook, whatever its name says.", path=path),
            _SAVE_AS,
        )
    if not _is_text(head, trusting=path.suffix.lower() in _TEXT_NAMES):
        raise _not_a_workbook(path)
    if path.suffix.lower() in _WORKBOOK_NAMES:
        raise SheetError(
            "sheet-text",
            msg("{path} is a text file (such as CSV), not a workbook, whatever its name says.", path=path),
            msg("If it is a list, rename it so that it ends in .csv; or save it as .xlsx in Excel."),
        )
    return Format.TEXT


def _zip_format(path: Path, file: IO[bytes]) -> Format:
    with zipfile.ZipFile(file) as zipped:
        archive.refuse_heavy(path, zipped)
        types = archive.content_types(zipped)
        if archive.is_open_document(zipped):
            return Format.ODS
    if b"sheet.binary.macroEnabled.main" in types:
        return Format.XLSB
    if archive.MAIN_PART.search(types):
        return Format.XLSX
    raise _not_a_workbook(path)


def _ole_format(path: Path, file: IO[bytes]) -> Format:
    """An OLE container: an encrypted .xlsx has a stream `EncryptedPackage`, an old .xls has `Workbook`."""
    file.seek(0)
    content = file.read(MAX_OLE_BYTES + 1)
    if len(content) > MAX_OLE_BYTES:
        raise archive.too_large(path)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise encrypted(path)
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return Format.XLS
    raise SheetError(
        "sheet-ole",
        msg("{path} is encrypted, or in an old Office format.", path=path),
        msg("Open it in Excel, remove the password if it has one, and save it as .xlsx."),
    )


def encrypted(path: Path) -> SheetError:
    """The error for a workbook that only opens with a password."""
    return SheetError(
        "sheet-encrypted",
        msg("{path} is protected with a password.", path=path),
        msg("Open it in Excel, remove the password, and save it."),
    )


def _is_text(head: bytes, *, trusting: bool) -> bool:
    """Whether it may be text; `trusting` the name, odd control characters are no proof that it isn't."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1b" and not (trusting and byte) for byte in head)


def _not_a_workbook(path: Path) -> SheetError:
    return SheetError("sheet-not-workbook", msg("{path} is not an Excel workbook.", path=path), _SAVE_AS)
