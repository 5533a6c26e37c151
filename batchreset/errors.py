"""Reasons why a job can't go on; each has its exit code (CONTRACT.md) and a hint what to do.

    BatchresetError
    ├── UsageError          2  wrong usage or settings
    ├── SheetError          3  the sheet can't be used at all
    ├── NotConfirmedError   4  the plan was not confirmed, or a guard refused it
    ├── LedgerError         5  the ledger can't be used
    └── ServiceError        6  the service refuses us or failed too often

A row's or an attempt's failure is never one of these: it is a value.
"""

from __future__ import annotations

from typing import ClassVar

from batchreset.text.messages import Message


class BatchresetError(Exception):
    """A job can't go on. `code` is stable for scripts; `message` and `hint` are for people."""

    exit_code: ClassVar[int] = 2

    def __init__(self, code: str, message: Message, hint: Message) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.hint = hint


class UsageError(BatchresetError):
    """Wrong usage or settings."""

    exit_code = 2


class SheetError(BatchresetError):
    """The sheet can't be used at all; the message names the file, the cell or the column."""

    exit_code = 3


class NotConfirmedError(BatchresetError):
    """The plan was not confirmed, or a guard refused it. Nothing was sent."""

    exit_code = 4


class LedgerError(BatchresetError):
    """The ledger can't be used: locked, full, damaged, or of another version. Nothing more is sent."""

    exit_code = 5


class ServiceError(BatchresetError):
    """The service refuses us or failed too often."""

    exit_code = 6


INTERNAL_ERROR = 70
"""Exit code for a mistake of ours (sysexits.h EX_SOFTWARE); no code of CONTRACT.md would be true."""
INTERRUPTED = 130
"""Exit code after Ctrl-C or SIGTERM: calls in flight were drained, the reports written."""
