"""Keyed checksums: of what a record holds, and of the chain that records were written in.

Keyed by the ledger's own key, which lies in a file beside it: who has only the ledger can neither
change a record nor take one out without `verify` naming it. Who has the key too could write it all
anew; against that helps a note of the chain's head (`verify` prints it) kept elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, Final

from batchreset.errors import LedgerError
from batchreset.text.messages import msg

SEAL_BYTES: Final = 16
FIRST_LINK: Final = bytes(SEAL_BYTES)
"""The link before the first entry."""


def _as_list(value: bytes) -> list[str]:
    """A blob where none belongs: only a damaged record holds one, and no good one a list."""
    return ["blob", value.hex()]


_dump: Final = json.JSONEncoder(
    ensure_ascii=True, separators=(",", ":"), check_circular=False, default=_as_list
).encode


class Sealer:
    """Makes and checks seals. The repr hides the key."""

    def __init__(self, key: bytes) -> None:
        self._key: Final = hashlib.blake2b(key, person=b"batchreset seal").digest()

    def seal(self, kind: str, values: Sequence[Any]) -> bytes:
        """Of all values of a record of a kind, in the order of its columns."""
        return self._digest(_dump((kind, *values)))

    def link(self, before: bytes, seq: int, kind: str, record: int, seal: bytes) -> bytes:
        """Of one entry of the chain and the link before it; damaged ones may be of any type."""
        return self._digest(ascii((before, seq, kind, record, seal)))

    def checked(self, kind: str, record: Sequence[Any]) -> Sequence[Any]:
        """The record without its seal, which stands last.

        Raises:
            LedgerError: the record isn't what was sealed.
        """
        *values, seal = record
        if not self.holds(kind, values, seal):
            raise damaged(kind, values[0])
        return values

    def holds(self, kind: str, values: Sequence[Any], seal: object) -> bool:
        """Whether a seal is that of these values."""
        return isinstance(seal, bytes) and hmac.compare_digest(self.seal(kind, values), seal)

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("ascii"), key=self._key, digest_size=SEAL_BYTES).digest()


def damaged(kind: str, seq: object) -> LedgerError:
    """A record that is no longer what was written."""
    return LedgerError(
        "ledger-changed-record",
        msg("A record of the ledger ({kind} no. {seq}) was changed or damaged.", kind=kind, seq=seq),
        msg("See what else with `batchreset verify`, then restore the ledger; send nothing before that."),
    )
