"""Sentences for people, as values.

Pure code never builds a sentence: it names one by its English text and the values in it, and the
edge that shows it asks the catalogue (`batchreset.text.catalogue`) for the reader's language.
`msg(...)` and `counted(...)` are also what `tests.makers.catalogue` looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class Count(int):
    """How many there are of something: shown grouped as the reader's language does it, `2,000`.

    What only looks like a number (of a row, a port, a code, an SN) is none: it stays as it is.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence: its English text with `{name}` places, and the values for them.

    A value may itself be a `Message` (put in the same language), a `Count` or a `float` (grouped), a
    `timedelta` (`15 h 44 min`), a `datetime` (shown in local time with its offset) or a `tuple` of such
    (with the language's comma between them); anything else is shown by `str`.
    """

    msgid: str
    params: tuple[tuple[str, object], ...] = ()
    plural: str = ""
    """The English text for any number but one, where there is one of its own; the first value decides."""


def msg(msgid: str, **params: object) -> Message:
    """Name a sentence of the catalogue, e.g. `msg("Row {row}: no SN", row=7)`."""
    return Message(msgid, tuple(params.items()))


def counted(one: str, many: str, **params: object) -> Message:
    """Name a sentence whose form hangs on a number, the first value, which is shown as a `Count`.

    E.g. `counted("{rows} row of {sheet}", "{rows} rows of {sheet}", rows=2, sheet="A")`. English has a
    form for one and a form for any other number; other languages have as many as they need.

    Raises:
        TypeError: the first value is no whole number.
    """
    name, number = next(iter(params.items()), ("", None))
    if not isinstance(number, int):
        raise TypeError(f"{many!r} is counted by {name!r}, which is no whole number: {number!r}")
    return Message(one, tuple({**params, name: Count(number)}.items()), many)


def joined(messages: Sequence[Message], between: str = " ") -> Message:
    """Several sentences as one."""
    if len(messages) == 1:
        return messages[0]
    places = between.join(f"{{part{i}}}" for i in range(len(messages)))
    return Message(places, tuple((f"part{i}", message) for i, message in enumerate(messages)))
