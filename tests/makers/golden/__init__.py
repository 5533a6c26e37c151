"""The golden set: dirty sheets as people send them, and beside each row what must be said of it.

`python -m tests.makers.golden FOLDER` writes them all, to look at.
"""

from __future__ import annotations

from typing import Final

from tests.makers.golden.contacts import contacts
from tests.makers.golden.files import files
from tests.makers.golden.headers import headers
from tests.makers.golden.lists import lists
from tests.makers.golden.rows import rows
from tests.makers.golden.sheet import Golden
from tests.makers.golden.sns import sns

GOLDEN: Final[tuple[Golden, ...]] = (*headers(), *sns(), *contacts(), *rows(), *lists(), *files())
