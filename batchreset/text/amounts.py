"""How many of what, as a part of a sentence: a sentence with two numbers can't have the forms of both."""

from __future__ import annotations

from batchreset.text.messages import Message, counted


def rows(number: int) -> Message:
    """`1 row`, `2,000 rows`."""
    return counted("{n} row", "{n} rows", n=number)


def calls(number: int) -> Message:
    """`1 call`, `2,000 calls`."""
    return counted("{n} call", "{n} calls", n=number)


def resets(number: int) -> Message:
    """`1 reset`, `2,000 resets`."""
    return counted("{n} reset", "{n} resets", n=number)


def jobs(number: int) -> Message:
    """`1 job`, `2,000 jobs`."""
    return counted("{n} job", "{n} jobs", n=number)


def terminals(number: int) -> Message:
    """`1 terminal`, `2,000 terminals`."""
    return counted("{n} terminal", "{n} terminals", n=number)
