"""Where a ledger may lie: on a disk of this machine, in no folder that another program copies about.

SQLite's write-ahead log needs memory that all its users share, so a file server's folder would let two
machines write past each other; a folder that is synced puts older copies back (LEDGER.md §2.8).
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import Final

from batchreset.errors import LedgerError
from batchreset.text.messages import Message, msg

NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "davfs", "fuse.davfs2"}
)
"""Types of file systems whose files other machines may have open too."""
SYNCED: Final = frozenset({"onedrive", "dropbox", "icloud drive", "google drive", "nextcloud", "坚果云"})
_MOUNTS: Final = Path("/proc/self/mountinfo")


def real(path: Path) -> Path:
    """Where the file itself lies: by a link to it others would look for its locks and key beside the link."""
    return Path(os.path.realpath(path))


def check_place(path: Path) -> None:
    """See that a ledger may lie here. What can't be told (no Linux, no such list) is let pass.

    Raises:
        LedgerError: it is a file server's or a synced folder.
    """
    whole = real(path)
    if str(whole).startswith("\\\\"):
        raise _refused(path, msg("it lies on a file server"))
    synced = synced_folder(whole)
    if synced is not None:
        raise _refused(path, msg("it lies in a folder that is synced ({folder})", folder=synced))
    try:
        mounts = _MOUNTS.read_text("utf-8", "replace")
    except OSError:
        return
    kind = file_system_of(whole, mounts)
    if kind in NETWORK:
        raise _refused(path, msg("it lies on a file server ({kind})", kind=kind))


def synced_folder(path: PurePath) -> str | None:
    """The part of a path that a syncing program owns: `OneDrive`, also `OneDrive - Company`."""
    return next((part for part in path.parts if part.casefold().split(" - ")[0] in SYNCED), None)


def file_system_of(path: PurePath, mounts: str) -> str:
    """The type of the file system a path is on, by Linux's `mountinfo`; "" where it names none."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        parts, after = fields.split(), rest.split()
        if len(parts) < 5 or not after:
            continue
        mounted_at = PurePath(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), parts[4]))
        if path.is_relative_to(mounted_at) and len(mounted_at.parts) >= best:
            best, kind = len(mounted_at.parts), after[0]
    return kind


def _refused(path: Path, why: Message) -> LedgerError:
    return LedgerError(
        "ledger-place",
        msg("The ledger {path} can't be kept there: {why}.", path=path, why=why),
        msg("Name a file on a disk of this machine with --ledger or BATCHRESET_LEDGER."),
    )
