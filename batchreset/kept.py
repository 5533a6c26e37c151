"""What a preflight found, kept beside the job's reports as `preflight.json`, without a contact.

So a report written again and a re-run say the same of an unfit terminal, and `activated` knows the
terminals' numbers. Who deletes it forgets no quota: only what reading can tell again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from batchreset.plan.preflight import Kept, Unfit

FILE: Final = "preflight.json"


def keep(kept: Kept, folder: Path) -> None:
    """Keep what was found with a job's files. Raises OSError when it can't be written."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {"unfit": dict(kept.unfit), "numbers": dict(kept.numbers)}
    (folder / FILE).write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


def kept_in(folder: Path) -> Kept:
    """What was kept; nothing where the file is gone or nobody's of ours."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        unfit = {str(key): Unfit(kind) for key, kind in found["unfit"].items()}
        return Kept(unfit, {str(key): str(number) for key, number in found["numbers"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Kept()
