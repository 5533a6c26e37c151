"""Python looks for rings of references again as soon as the rows are in."""

from __future__ import annotations

import gc

import pytest

from batchreset.collecting import no_collection


def broken_off() -> None:
    with no_collection():
        assert not gc.isenabled()
        with no_collection():
            pass
        assert not gc.isenabled()
        raise KeyError


@pytest.mark.parametrize("was_on", [True, False])
def test_collection_when_the_rows_can_not_be_read_then_it_is_as_it_was(*, was_on: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        with pytest.raises(KeyError):
            broken_off()
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()
