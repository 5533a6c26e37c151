"""Small disks that fill up: a tmpfs where this machine lets us mount one, else the test is skipped."""

from __future__ import annotations

import contextlib
import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mount(*args: str | Path) -> str:
    """What is wrong; empty when it went well."""
    if shutil.which("mount") is None:
        return "there is no `mount`"
    done = subprocess.run(["mount", *map(str, args)], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """A disk of its own at this folder, for the time of a `with`."""
    folder.mkdir()
    if wrong := _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder):
        pytest.skip(f"no small disk can be mounted here: {wrong}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def resize(disk: Path, *, megabytes: int) -> None:
    assert not _mount("-o", f"remount,size={megabytes}m", disk)


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Nothing can be written there."""
    assert not _mount("-o", "remount,ro", disk)
    try:
        yield
    finally:
        assert not _mount("-o", "remount,rw", disk)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Somebody else's file takes all the room there is; what is freed later is free."""
    file = disk / "somebody-elses.bin"
    with file.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017  # the loop ends in no other way
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
