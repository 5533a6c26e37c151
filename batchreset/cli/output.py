"""What commands say: results on stdout, talk on stderr, one JSON object with `--json`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import typer

from batchreset.cli import streams
from batchreset.errors import BatchresetError
from batchreset.model import Status, Stop
from batchreset.text import LANGS, Count, Lang, Message, Text, msg

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


_UNFOLDED: Final = 240


class Output:
    """Prints for one command, in one language."""

    def __init__(self, lang: str | None = None, *, as_json: bool = False) -> None:
        wanted = lang or os.environ.get("BATCHRESET_LANG")
        self.text = Text(next((known for known in LANGS if known == wanted), "en-US"))
        self.as_json: Final = as_json

    def speak(self, lang: Lang) -> None:
        """Go on in this language: the settings in force have told it."""
        self.text = Text(lang)

    def say(self, message: Message) -> None:
        """Talk, on stderr."""
        streams.write(sys.stderr, self.text(message) + "\n")

    def ask(self, message: Message) -> str:
        """A question on stderr and the line that answers it; empty where nobody does."""
        streams.write(sys.stderr, self.text(message))
        return sys.stdin.readline().strip()

    def typed(self, question: Message, number: int) -> bool:
        """Whether a question was answered with this number, as it was shown or without commas."""
        return self.ask(question) in (str(number), self.text.number(number))

    def tell(self, message: Message) -> None:
        """A line of the result; with `--json` talk like any other."""
        stream = sys.stderr if self.as_json else sys.stdout
        streams.write(stream, self.text(message) + "\n")

    def show(self, table: Table) -> None:
        """A table of the result; with `--json` on stderr."""
        with suppress(SystemExit, OSError, ValueError):  # SystemExit: rich's answer to a reader that went
            console(stderr=self.as_json).print(table)

    def object(self, value: Mapping[str, Any]) -> None:
        """The one JSON object."""
        streams.write_object(json.dumps(value, ensure_ascii=False, default=str))

    def fail(self, error: BatchresetError) -> None:
        """A reason why the job can't go on or start."""
        if self.as_json:
            self.object(
                {"error": self.reason(error.code, error.message, error.hint), "exit_code": error.exit_code}
            )
        self.failed(error)

    def failed(self, error: BatchresetError) -> None:
        """A reason in words only, where the object tells more than it."""
        self.say(msg("Error: {message}", message=error.message))
        self.say(msg("What to do: {hint}", hint=error.hint))

    def stopped(self, stop: Stop) -> None:
        """Why a run ended early."""
        self.say(msg("Stopped early: {message}", message=stop.message))
        self.say(msg("What to do: {hint}", hint=stop.hint))

    def reason(self, code: str, message: Message, hint: Message) -> dict[str, str]:
        """An error as it stands in JSON."""
        return {"code": code, "message": self.text(message), "hint": self.text(hint)}

    def words(self, counts: Mapping[Status, int]) -> str:
        """Counts in words, the empty ones left out: "187 succeeded, 4 failed"."""
        from batchreset.report.columns import STATUS_WORDS

        parts = [
            self.text(msg("{rows} {status}", rows=Count(rows), status=STATUS_WORDS[status]))
            for status, rows in counts.items()
            if rows
        ]
        return self.listed(parts) or "0"

    def listed(self, parts: Iterable[str]) -> str:
        """Several things as one list, with the language's own comma."""
        return self.text.listed(parts)


def console(*, stderr: bool = False) -> Console:
    """A rich console that honours NO_COLOR fully: rich alone would keep bold and italics."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Console(
        stderr=stderr,
        # a table in a file or a pipe is not folded at 80 columns: ids must stay whole to be copied
        width=None if stream is not None and stream.isatty() else _UNFOLDED,
        no_color=plain or None,
        force_terminal=False if plain else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def table(*headings: str, title: str | None = None) -> Table:
    """An empty table of the kind all commands show: light, no boxes, wide characters aligned."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


@contextmanager
def command(lang: str | None, *, as_json: bool = False) -> Iterator[Output]:
    """Around a command's work: a `BatchresetError` becomes its message and exit code."""
    output = Output(lang, as_json=as_json)
    try:
        yield output
    except BatchresetError as error:
        output.fail(error)
        raise typer.Exit(error.exit_code) from None
