"""Errors as what ends a run in order: drained, with its reports written."""

from __future__ import annotations

from batchreset.errors import INTERNAL_ERROR, BatchresetError
from batchreset.model import Stop
from batchreset.text.messages import msg


def as_stop(error: BatchresetError) -> Stop:
    """An error that is known: its own code, exit code, sentence and hint."""
    return Stop(error.code, error.exit_code, error.message, error.hint)


def internal_stop(error: Exception) -> Stop:
    """A mistake of our own."""
    return Stop(
        "internal",
        INTERNAL_ERROR,
        msg("A mistake in batchreset itself: {error}", error=f"{type(error).__name__}: {error}"),
        msg("What was sent is in the ledger; report the mistake, then run `rerun`."),
    )
