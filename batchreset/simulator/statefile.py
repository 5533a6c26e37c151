"""The file of `--state`: a simulator's memory on disk. The edge beside `memory`.

Every change is handed to the system before the call's answer leaves, so a killed simulator forgets
nothing it has answered for; there is no fsync, because no test pulls the plug.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from batchreset.errors import UsageError
from batchreset.simulator.memory import HEADER, line_of, recall
from batchreset.simulator.state import Change, State
from batchreset.text.messages import Message, msg


class StateFile:
    """The open file; one simulator at a time."""

    def __init__(self, path: Path, state: State) -> None:
        """Read what is there into the state, and be ready for more.

        Raises:
            UsageError: the file can't be read or written, is none of ours, or is in use.
        """
        self._path: Final = path
        self._lock: Final = FileLock(f"{path}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise _unusable(path, msg("another simulator is using it")) from error
        except OSError as error:
            raise _unusable(path, msg("it can't be opened ({error})", error=error)) from error
        try:
            _load(path, state)
            self._file: Final = path.open("ab", buffering=0)
        except OSError as error:
            self._lock.release()
            raise _unusable(path, msg("it can't be opened ({error})", error=error)) from error
        except UsageError:
            self._lock.release()
            raise

    def add(self, change: Change) -> None:
        """Remember a change. Raises OSError when it can't be written."""
        self._file.write(line_of(change))

    def close(self) -> None:
        """Let another simulator have the file."""
        self._file.close()
        self._lock.release()


def _load(path: Path, state: State) -> None:
    """Read the file, or begin it. What a kill has left of a last line is cut off."""
    content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if not whole:
        if content and not HEADER.startswith(content):
            raise _unusable(path, msg("it is not the state of a simulator"))
        path.write_bytes(HEADER)
        return
    if not whole.startswith(HEADER):
        raise _unusable(path, msg("it is not the state of a simulator"))
    bad = recall(state, whole[len(HEADER) :].splitlines())
    if bad is not None:
        raise _unusable(path, msg("its line {number} can't be read", number=bad + 1))
    if len(whole) < len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))


def _unusable(path: Path, problem: Message) -> UsageError:
    return UsageError(
        "state-file",
        msg(
            "The file of the simulator's state, {path}, can't be used: {problem}.", path=path, problem=problem
        ),
        msg("Name another file with --state, or move this one away to begin anew."),
    )


def unwritable(path: Path, error: OSError) -> UsageError:
    """For a file that could be opened, and then no longer be written."""
    return _unusable(path, msg("it can't be written ({error})", error=error))
