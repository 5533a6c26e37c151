"""Defined names of a workbook, set where they are and put in where they are not."""

from __future__ import annotations

from typing import Final

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.outline import Draft, Element
from batchreset.ooxml.texts import escaped, fit
from batchreset.text.messages import msg

FILTER: Final = "_xlnm._FilterDatabase"
"""The hidden name that repeats the range of a sheet's filter: LibreOffice goes by it, not by the filter."""
_TRUE: Final = frozenset({"1", "true"})
_BEFORE: Final = frozenset({"sheets", "functionGroups", "externalReferences"})
"""What stands before the names in a workbook's part."""


class DefinedNames:
    """The names of a workbook's part; new ones are put in by `flush`, once."""

    def __init__(self, draft: Draft) -> None:
        self._draft: Final = draft
        self._listed: Final = draft.root.first("definedNames")
        self._new: Final[list[bytes]] = []

    def set(self, name: str, text: str, *, sheet: int | None = None, hidden: bool = False) -> None:
        """Let a name mean `text`; with `sheet` (its place among the sheets) the name is that sheet's own."""
        local = None if sheet is None else str(sheet)
        for one in self._listed.all("definedName") if self._listed else ():
            if one.attributes.get("name") == name and one.attributes.get("localSheetId") == local:
                self._change(one, text)
                if hidden and one.attributes.get("hidden") not in _TRUE:  # LibreOffice shows them
                    self._draft.set(one, hidden="1")
                return
        said = {
            "name": name,
            **({"localSheetId": local} if local else {}),
            **({"hidden": 1} if hidden else {}),
        }
        self._new.append(self._draft.tag("definedName", said, escaped(fit(text)).encode()))

    def flush(self) -> None:
        """Put the new names into the part."""
        if not self._new:
            return
        if self._listed:
            for one in self._new:
                self._draft.append(self._listed, one)
            return
        before = [child.end for child in self._draft.root.children if child.name in _BEFORE]
        if not before:
            raise UneditableError(msg("its XML is damaged"))
        self._draft.insert(max(before), self._draft.tag("definedNames", {}, b"".join(self._new)))

    def _change(self, one: Element, text: str) -> None:
        if one.text == text or one.is_empty:
            return
        self._draft.replace(one.inner, one.close, escaped(fit(text)).encode())
