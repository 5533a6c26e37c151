"""Why a workbook can't be edited without the risk of losing something of it."""

from __future__ import annotations

from batchreset.text.messages import Message


class UneditableError(Exception):
    """The edit can't be done safely; `why` ends a sentence that begins with the file's name.

    It ends the edit, not the job: the results then go into a workbook of their own. `other_kind` says
    that the file is not of a kind that is edited at all, such as .csv.
    """

    def __init__(self, why: Message, *, other_kind: bool = False) -> None:
        super().__init__(why.msgid)
        self.why = why
        self.other_kind = other_kind
