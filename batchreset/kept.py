"""What reading told of a job's terminals, kept beside its reports without a contact.

`preflight.json` is what a preflight found, `activated.json` what `activated` found last.

So a report written again and a re-run say the same of an unfit terminal, and `activated` knows the
terminals' numbers. Who deletes it forgets no quota: only what reading can tell again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from batchreset.model import REHEARSAL_MARK
from batchreset.plan.preflight import Kept, Unfit
from batchreset.reported import Activation

FILE: Final = "preflight.json"
ACTIVATED: Final = "activated.json"


def keep(kept: Kept, folder: Path, *, rehearsal: bool = False) -> None:
    """Keep what was found with a job's files. Raises OSError when it can't be written."""
    content = {
        "unfit": dict(kept.unfit),
        "numbers": dict(kept.numbers),
        "alive": None if kept.alive is None else sorted(kept.alive),
        "filled": sorted(kept.filled),
    }
    _put(content, folder / FILE, rehearsal=rehearsal)


def kept_in(folder: Path) -> Kept:
    """What was kept; nothing where the file is gone or nobody's of ours."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        unfit = {str(key): Unfit(kind) for key, kind in found["unfit"].items()}
        numbers = {str(key): str(number) for key, number in found["numbers"].items()}
        filled = _keys(found.get("filled")) or frozenset()
        return Kept(unfit, numbers, _keys(found.get("alive")), filled)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Kept()


def keep_activation(found: Activation, folder: Path, *, rehearsal: bool = False) -> None:
    """Keep what `activated` found. Raises OSError when it can't be written."""
    content = {
        "asked_at": found.asked_at.isoformat(),
        "told": sorted(found.told),
        "alive": sorted(found.alive),
        "before": None if found.before is None else sorted(found.before),
    }
    _put(content, folder / ACTIVATED, rehearsal=rehearsal)


def activation_in(folder: Path) -> Activation | None:
    """What `activated` found last; None where it was not asked, or the file is nobody's of ours."""
    try:
        found = json.loads((folder / ACTIVATED).read_text("utf-8"))
        asked_at = datetime.fromisoformat(found["asked_at"])
        told, alive = (frozenset(map(str, found[name])) for name in ("told", "alive"))
        return Activation(asked_at, told, alive, _keys(found.get("before")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _put(content: Mapping[str, object], file: Path, *, rehearsal: bool) -> None:
    """Write all of it or nothing: what was found before must outlive a full disk and a kill."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    marked = {"rehearsal": REHEARSAL_MARK, **content} if rehearsal else content
    new.write_text(json.dumps(marked, ensure_ascii=False, indent=1) + "\n", "utf-8")
    new.replace(file)


def _keys(value: list[object] | None) -> frozenset[str] | None:
    return None if value is None else frozenset(map(str, value))
