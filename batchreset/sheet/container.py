"""Whether a file is a workbook at all, and what it is instead: looked up in its first bytes, not its name.

A workbook is a zip of XML parts. It is weighed before anything of it is unpacked, because a few
kilobytes can unpack to gigabytes (WORKBOOK.md: honest files stay below a ratio of 121).
"""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final
from xml.etree.ElementTree import ParseError

from batchreset.errors import SheetError
from batchreset.text.messages import msg

MAX_UNPACKED_BYTES: Final = 500 * 1024 * 1024
MAX_RATIO: Final = 200
RATIO_MATTERS_BYTES: Final = 50 * 1024 * 1024
"""Small parts of little content compress better than 200 to 1 in honest files too."""

DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    EOFError,
    OSError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)
"""What openpyxl, zipfile and the XML parser were seen to raise on damaged workbooks (WORKBOOK.md, and a
run over thousands of flipped bytes). They document no exceptions of their own, so the families are
named here once; a programming error of ours among them would show in every test with a good workbook.
"""

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_MAIN_PART: Final = re.compile(rb"(?:spreadsheetml|ms-excel)\.[\w.]+\.main\+xml")
"""The content type of a workbook's main part; embedded workbooks of a .docx have none."""
_SNIFFED_BYTES: Final = 4096
_SAVE_AS: Final = msg("Open it in Excel or WPS and save it as an Excel workbook (.xlsx).")


@contextlib.contextmanager
def open_workbook_file(path: Path) -> Iterator[tuple[IO[bytes], zipfile.ZipFile]]:
    """The open file, and its zip: weighed and known to hold a workbook. Raises `SheetError` otherwise.

    What the caller's own reading raises of `DAMAGE` becomes the `SheetError` for a damaged file.
    """
    _refuse_by_name(path)
    with _opened(path) as file:
        try:
            _refuse_by_content(path, file)
            with zipfile.ZipFile(file) as archive:
                _refuse_by_parts(path, archive)
                yield file, archive
        except DAMAGE as error:
            raise SheetError(
                "sheet-damaged",
                msg("{path} can't be read: it is damaged, or holds something unknown.", path=path),
                msg("Get the file again; if Excel opens it, copy the rows into a new workbook there."),
            ) from error


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


def _refuse_by_content(path: Path, file: IO[bytes]) -> None:
    head = file.read(_SNIFFED_BYTES)
    file.seek(0)
    if head.startswith(_ZIP):
        return
    if not head:
        raise SheetError(
            "sheet-empty-file", msg("{path} is empty (0 bytes).", path=path), msg("Get the file again.")
        )
    if head.startswith(_OLE):
        raise _ole(path, file)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise SheetError(
            "sheet-html",
            msg("{path} is a web page or an XML file, not a workbook, whatever its name says.", path=path),
            _SAVE_AS,
        )
    if _is_text(head):
        raise SheetError(
            "sheet-text", msg("{path} is a text file (such as CSV), not a workbook.", path=path), _SAVE_AS
        )
    raise _not_a_workbook(path)


def _ole(path: Path, file: IO[bytes]) -> SheetError:
    """An OLE container: an encrypted .xlsx has a stream `EncryptedPackage`, an old .xls has `Workbook`."""
    content = file.read(MAX_UNPACKED_BYTES)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return SheetError(
            "sheet-encrypted",
            msg("{path} is protected with a password.", path=path),
            msg("Open it in Excel, remove the password, and save it."),
        )
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return SheetError("sheet-xls", msg("{path} is an old Excel workbook (.xls).", path=path), _SAVE_AS)
    return SheetError(
        "sheet-ole",
        msg("{path} is encrypted, or in an old Office format.", path=path),
        msg("Open it in Excel, remove the password if it has one, and save it as .xlsx."),
    )


def _refuse_by_parts(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    bombs = [
        part
        for part in parts
        if part.file_size > RATIO_MATTERS_BYTES and part.file_size > MAX_RATIO * part.compress_size
    ]
    if bombs or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise SheetError(
            "sheet-too-large",
            msg("{path} would unpack to far more than a list of terminals needs.", path=path),
            msg("Copy the rows into a new workbook and use that."),
        )
    if "mimetype" in names and b"opendocument" in archive.read("mimetype"):
        raise SheetError("sheet-ods", msg("{path} is an OpenDocument file (.ods).", path=path), _SAVE_AS)
    if "xl/workbook.bin" in names:
        raise SheetError("sheet-xlsb", msg("{path} is a binary Excel workbook (.xlsb).", path=path), _SAVE_AS)
    if "[Content_Types].xml" not in names or not _MAIN_PART.search(archive.read("[Content_Types].xml")):
        raise _not_a_workbook(path)
    if len(names) != len(parts):
        # Two parts of one name: programs disagree which of them counts (WORKBOOK.md).
        raise zipfile.BadZipFile
    if any(
        b"purl.oclc.org/ooxml" in archive.read(name) for name in {"_rels/.rels", "xl/workbook.xml"} & names
    ):
        raise SheetError(
            "sheet-strict",
            msg('{path} is saved as "Strict Open XML", which is not read here.', path=path),
            msg('Open it in Excel and save it as the ordinary "Excel Workbook (.xlsx)".'),
        )


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)


def _not_a_workbook(path: Path) -> SheetError:
    return SheetError("sheet-not-workbook", msg("{path} is not an Excel workbook.", path=path), _SAVE_AS)
