"""Contacts leave this program only towards the service: the ledger keeps a keyed digest of them.

The key lies in a file of its own beside the ledger, so that a copy of the ledger alone can't be
searched for a number by trying them all.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from batchreset.ledger.seal import Sealer
from batchreset.rows import Contact

_KEY_BYTES: Final = 32


class ContactKey:
    """Turns contacts into digests of 32 hex digits; "" for none. The repr hides the key."""

    def __init__(self, key: bytes) -> None:
        self._key: Final = key

    @property
    def fingerprint(self) -> str:
        """What the ledger remembers its key by."""
        return hashlib.sha256(b"batchreset contact key\0" + self._key).hexdigest()[:16]

    def sealer(self) -> Sealer:
        """What seals the ledger's records; from its key nothing of this one can be learned."""
        return Sealer(self._key)

    def digest(self, contact: Contact | None) -> str:
        """The same for the same mobile, country and e-mail; tells nothing without the key."""
        if contact is None:
            return ""
        text = "\0".join((contact.mobile or "", contact.country or "", (contact.email or "").casefold()))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]


def key_file(ledger: Path) -> Path:
    """Where the key of a ledger lies."""
    return ledger.with_name(ledger.name + ".key")


def read_key(path: Path) -> ContactKey | None:
    """The key in a file, None where there is none: an empty or cut file must not pass for one."""
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (FileNotFoundError, ValueError):
        return None
    return ContactKey(key) if len(key) == _KEY_BYTES else None


def make_key(path: Path) -> ContactKey:
    """A new key, on disk and synced before it is used; for the user's eyes only."""
    key = secrets.token_bytes(_KEY_BYTES)
    if path.exists() and path.stat().st_size == 0:  # of a making that was cut short; anything else stays
        path.unlink()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as out:
        out.write(key.hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    return ContactKey(key)
