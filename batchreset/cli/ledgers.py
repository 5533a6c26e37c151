"""Which ledger a command works with, and the jobs in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from batchreset.cli.setup import REHEARSAL_ENDPOINT
from batchreset.errors import UsageError
from batchreset.text import msg

if TYPE_CHECKING:
    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.model import Job
    from batchreset.settings import Settings


def ledger_path(settings: Settings) -> Path:
    """The ledger of new jobs: the one set, else the machine's own for real or for simulated terminals.

    Raises:
        UsageError: what is set names no file.
    """
    from batchreset.config import state_folder
    from batchreset.service.endpoint import is_loopback

    if settings.ledger is not None:
        if not settings.ledger.name:
            raise UsageError(
                "ledger-path",
                msg("The ledger {path} is a folder, not a file.", path=settings.ledger),
                msg("Name the file with --ledger or BATCHRESET_LEDGER."),
            )
        if _is_address(settings.ledger):  # which is not shown: it may hold a password
            raise UsageError(
                "ledger-url",
                msg("The ledger is set to an address: a ledger that machines share is not there yet."),
                msg("Name a file on a disk of this machine with --ledger or BATCHRESET_LEDGER."),
            )
        return settings.ledger
    name = "simulated.sqlite3" if is_loopback(settings.endpoint) else "ledger.sqlite3"
    return state_folder() / name


def _is_address(path: Path) -> bool:
    """Whether what was given is a URL: as a file's name it would make a ledger that nobody shares."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:[\\/]", str(path)) is not None


def demo_ledger(job: str) -> Path:
    """Each demo starts with a ledger of its own, so that it always shows the whole way."""
    from batchreset.config import state_folder

    return state_folder() / "demo" / f"{job}.sqlite3"


@contextmanager
def opened(path: Path, settings: Settings) -> Iterator[SqliteLedger]:
    """A ledger for the time of a command; a new file is made for the kind of endpoint set."""
    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.service.endpoint import is_loopback

    simulated = is_loopback(settings.endpoint)
    with SqliteLedger(path, rules=settings.rules(), simulated=simulated) as ledger:
        yield ledger


def find_job(job_id: str, settings: Settings) -> tuple[Path, Job]:
    """The ledger that knows a job, and the job: the one set, else the machine's, a rehearsal's or a demo's.

    Raises:
        UsageError: no ledger knows it.
    """
    from batchreset.config import state_folder

    places = [ledger_path(settings)]
    if settings.ledger is None:
        places.append(state_folder() / "ledger.sqlite3")
    # rehearsals and demos pass by what the environment says of the ledger
    places += [state_folder() / "simulated.sqlite3", demo_ledger(Path(job_id).name)]
    for path in dict.fromkeys(places):
        if not path.exists():
            continue
        with opened(path, settings) as ledger:
            known = ledger.job(job_id)
            if known is not None:
                return path, known[0]
    raise UsageError(
        "no-such-job",
        msg("No ledger here knows the job {job}.", job=job_id),
        msg("List the jobs with `batchreset jobs`, or name the ledger with --ledger."),
    )


def as_job_left_it(settings: Settings, job: Job) -> Settings:
    """The settings for an old job: its own endpoint and language where none is asked for now.

    A rehearsal stays one, whatever the environment says of the endpoint.

    Raises:
        UsageError: what is set can't be used with the job's endpoint.
    """
    from batchreset.settings import checked, with_values

    own: dict[str, object] = {}
    asked = "endpoint" in settings.model_fields_set and settings.endpoint != REHEARSAL_ENDPOINT
    if job.simulated:
        own["endpoint"] = REHEARSAL_ENDPOINT
    elif not asked:
        own["endpoint"] = job.endpoint
    if "lang" not in settings.model_fields_set:
        own["lang"] = job.lang
    return checked(with_values(settings, **own))
