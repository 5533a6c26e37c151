"""Write the golden set into a folder, to look at."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.makers.golden import GOLDEN

if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for golden in GOLDEN:
        golden.make(target)
