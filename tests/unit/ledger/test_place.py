"""Where a ledger may lie."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from batchreset.ledger.place import NETWORK, file_system_of, synced_folder

MOUNTS = r"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:35 / /srv/share rw - nfs4 server:/x rw,vers=4.2
41 22 0:36 / /srv/my\040files rw master:1 - cifs //server/files rw
42 40 0:37 / /srv/share/local rw - xfs /dev/vdb rw
broken line
43 22 0:38 / /over rw - nfs a rw
44 22 0:39 / /over rw - ext4 b rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/l.sqlite3", "ext4"),
        ("/srv/share/l.sqlite3", "nfs4"),
        ("/srv/shared/l.sqlite3", "ext4"),
        ("/srv/share/local/deep/l.sqlite3", "xfs"),
        ("/srv/my files/l.sqlite3", "cifs"),
        ("/over/l.sqlite3", "ext4"),
    ],
)
def test_file_system_of_is_that_of_the_innermost_and_latest_mount(path: str, kind: str) -> None:
    assert file_system_of(PurePosixPath(path), MOUNTS) == kind


def test_file_system_of_when_no_line_can_be_read_is_unknown() -> None:
    assert file_system_of(PurePosixPath("/x"), "") not in NETWORK


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        (PureWindowsPath(r"C:\Users\me\OneDrive - Contoso\l.sqlite3"), "OneDrive - Contoso"),
        (PurePosixPath("/home/me/Dropbox/l.sqlite3"), "Dropbox"),
        (PurePosixPath("/home/me/dropboxes/l.sqlite3"), None),
    ],
)
def test_synced_folder_is_found_by_its_name(
    path: PurePosixPath | PureWindowsPath, folder: str | None
) -> None:
    assert synced_folder(path) == folder
