"""What rows have in common: the same status for the same kind of reason, with the same next step. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from batchreset.model import Actor, RowResult, Status
from batchreset.text import Message


@dataclass(frozen=True, slots=True)
class Cause:
    """Rows that share their status, error code, kind of reason and next step.

    Sentences of one kind differ in their values (a row number, a time): what differs is shown as `…`.
    """

    status: Status
    error_code: str | None
    actor: Actor
    reason: Message
    next_step: Message
    results: tuple[RowResult, ...]


def causes(results: Iterable[RowResult]) -> list[Cause]:
    """The rows by cause, the most frequent first, else in the order in which they come."""
    groups: dict[tuple[str, ...], list[RowResult]] = {}
    for one in results:
        key = (one.status, one.error_code or "", one.actor, _kind(one.reason), _kind(one.next_step))
        groups.setdefault(key, []).append(one)
    found = (_cause(members) for members in groups.values())
    return sorted(found, key=lambda cause: -len(cause.results))


def _cause(members: Sequence[RowResult]) -> Cause:
    first = members[0]
    return Cause(
        first.status,
        first.error_code,
        first.actor,
        reason=_common([one.reason for one in members]),
        next_step=_common([one.next_step for one in members]),
        results=tuple(members),
    )


def _kind(message: Message) -> str:
    """The sentence without its values; a sentence among the values is part of the kind."""
    inner = "".join(_kind(value) for _, value in message.params if isinstance(value, Message))
    return "\x00".join((message.msgid, *(name for name, _ in message.params), inner))


def _common(messages: Sequence[Message]) -> Message:
    """One message for many of a kind, with `…` where they differ."""
    first = messages[0]
    params = (
        (name, _common_value([message.params[index][1] for message in messages]))
        for index, (name, _) in enumerate(first.params)
    )
    return Message(first.msgid, tuple(params))


def _common_value(values: Sequence[object]) -> object:
    if all(value == values[0] for value in values):
        return values[0]
    inner = [value for value in values if isinstance(value, Message)]
    return _common(inner) if inner else "…"
