"""LibreOffice itself edits a workbook, as a colleague would: opened, changed, saved under another name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

OFFICE: Final = shutil.which("soffice")
PATIENCE_S: Final = 300

_MODULE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script"
 script:name="Edit" script:language="StarBasic">
Sub Main
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  book = StarDesktop.loadComponentFromURL(ConvertToURL(Environ("EDIT_SOURCE")), "_blank", 0, hidden())
  sheet = book.Sheets.getByIndex(0)
  file = FreeFile
  Open Environ("EDIT_ORDERS") For Input As #file
  Do While Not Eof(file)
    Line Input #file, order
    parts = Split(order, Chr(9))
    If UBound(parts) = 2 Then
      sheet.getCellByPosition(CLng(parts(1)) - 1, CLng(parts(0)) - 1).String = parts(2)
    ElseIf UBound(parts) = 0 Then
      sheet.Rows.removeByIndex(CLng(parts(0)) - 1, 1)
    End If
  Loop
  Close #file
  Dim how(0) As New com.sun.star.beans.PropertyValue
  how(0).Name = "FilterName"
  how(0).Value = "Calc MS Excel 2007 XML"
  book.storeToURL(ConvertToURL(Environ("EDIT_TARGET")), how())
  book.close(True)
End Sub
</script:module>
"""
_LIBRARY: Final = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Edit"/>
</library:library>
"""


def office(folder: Path, *args: str | Path, **env: str) -> None:
    """Run LibreOffice without a window, with a profile of its own in `folder`."""
    assert OFFICE is not None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [OFFICE, profile, "--headless", *map(str, args)],
        env={**os.environ, **env},
        check=True,
        capture_output=True,
        timeout=PATIENCE_S,
    )


def edit(
    source: Path, target: Path, cells: Mapping[tuple[int, int], str], deleted: Collection[int] = ()
) -> None:
    """Save `source` as `target` with texts in cells of its first sheet (row and column from 1), typed as
    text, and without some rows."""
    folder = target.parent / "editing"
    standard = folder / "profile" / "user" / "basic" / "Standard"
    folder.mkdir(exist_ok=True)
    office(folder, "--terminate_after_init")  # which makes the profile, with no module of ours
    (standard / "Edit.xba").write_text(_MODULE, "utf-8")
    (standard / "script.xlb").write_text(_LIBRARY, "utf-8")
    orders = [f"{row}\t{column}\t{text}" for (row, column), text in cells.items()]
    orders += [str(row) for row in sorted(deleted, reverse=True)]
    (folder / "orders").write_text("\n".join(orders) + "\n", "utf-8")
    office(
        folder,
        "macro:///Standard.Edit.Main",
        EDIT_SOURCE=str(source),
        EDIT_TARGET=str(target),
        EDIT_ORDERS=str(folder / "orders"),
    )
    assert target.exists(), "LibreOffice did not save it"
