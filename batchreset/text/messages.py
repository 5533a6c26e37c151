"""Sentences for people, as values.

Pure code never builds a sentence: it names one by its English text and the values in it, and the
edge that shows it asks the catalogue (`batchreset.text.catalogue`) for the reader's language.
`msg(...)` is also what `pybabel extract` looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence: its English text with `{name}` places, and the values for them.

    A value may itself be a `Message` (put in the same language) or a `datetime` (shown in local
    time with its offset); anything else is shown by `str`.
    """

    msgid: str
    params: tuple[tuple[str, object], ...] = ()


def msg(msgid: str, **params: object) -> Message:
    """Name a sentence of the catalogue, e.g. `msg("Row {row}: no SN", row=7)`."""
    return Message(msgid, tuple(params.items()))


def joined(messages: Sequence[Message], between: str = " ") -> Message:
    """Several sentences as one."""
    if len(messages) == 1:
        return messages[0]
    places = between.join(f"{{part{i}}}" for i in range(len(messages)))
    return Message(places, tuple((f"part{i}", message) for i, message in enumerate(messages)))
