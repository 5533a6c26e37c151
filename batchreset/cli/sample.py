"""Where the sample site lies: in the wheel beside the code, in a checkout in `samples/`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NAME: Final = "site-hangzhou.xlsx"


def sample_site() -> Path:
    """The workbook of about 200 made-up terminals that `demo` resets."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "samples" / NAME
    return packed if packed.exists() else package.parent / "samples" / NAME
