"""The commands; the only code that prints or exits. Imports are late, so that `--help` is quick."""

from __future__ import annotations

import json
import os
import signal
import sys

from batchreset.cli import streams
from batchreset.cli.language import early
from batchreset.errors import INTERNAL_ERROR, INTERRUPTED
from batchreset.text import Text, msg


def main() -> None:
    """Entry point of `batchreset` and `python -m batchreset`; always ends with a documented exit code."""
    # before a run takes the signals over, SIGTERM is the same as Ctrl-C: nothing has been sent
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    streams.prepare()
    arguments = sys.argv[1:]
    code = _run(arguments)
    if code == INTERRUPTED and not streams.has_told_end():
        _say_interrupted(as_json="--json" in arguments)
        streams.finish()
        os._exit(code)  # Python itself would end by the signal where that struck it inside of an `exec`
    streams.finish()
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        from batchreset.cli.app import app, usage_error_of

        try:
            code = app(args=arguments, prog_name="batchreset", standalone_mode=False)
        except Exception as error:  # noqa: BLE001  # the last line: a user never sees a traceback
            usage = usage_error_of(error)
            if usage is not None:
                return _say_usage(usage, as_json="--json" in arguments)
            return _say_bug(error, arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `batchreset --help | head`: nobody reads on
        return 0
    return code if isinstance(code, int) else 0


def _say_usage(problem: str, *, as_json: bool) -> int:
    if as_json:
        _say_error("usage", problem, "batchreset --help", 2)
    else:
        streams.write(sys.stderr, problem + "\n")
    return 2


def _say_interrupted(*, as_json: bool) -> None:
    """A Ctrl-C outside of a run; a run says for itself what it came to."""
    text = _text()
    message = text(msg("It was interrupted."))
    hint = msg("What was sent, if anything, is in the ledger: `batchreset rerun` goes on from there.")
    if as_json:
        _say_error("interrupted", message, text(hint), INTERRUPTED)
    streams.write(sys.stderr, message + "\n")


def _say_bug(error: Exception, arguments: list[str]) -> int:
    if "--debug" in arguments:
        import traceback

        streams.write(sys.stderr, traceback.format_exc())
    message = f"{type(error).__name__}: {error}"
    if "--json" in arguments:
        _say_error("internal", message, "batchreset --debug …", INTERNAL_ERROR)
    text = _text()
    for line in (
        msg("A mistake in batchreset itself: {error}", error=message),
        msg("What was sent is in the ledger; `batchreset rerun` goes on from there."),
        msg("`--debug` before the command shows where it happened."),
    ):
        streams.write(sys.stderr, text(line) + "\n")
    return INTERNAL_ERROR


def _text() -> Text:
    return Text(early(sys.argv[1:], os.environ))


def _say_error(code: str, message: str, hint: str, exit_code: int) -> None:
    error = {"code": code, "message": message, "hint": hint}
    streams.write_object(json.dumps({"error": error, "exit_code": exit_code}, ensure_ascii=False))
