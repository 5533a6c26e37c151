"""The commands; the only code that prints or exits. Imports are late, so that `--help` is quick."""

from __future__ import annotations

import json
import signal
import sys
from typing import Final

INTERNAL_ERROR: Final = 70
"""Exit code for a mistake of ours (sysexits.h EX_SOFTWARE); no code of CONTRACT.md would be true."""


def main() -> None:
    """Entry point of `batchreset` and `python -m batchreset`; always ends with a documented exit code."""
    # before a run takes the signals over, SIGTERM is the same as Ctrl-C: nothing has been sent
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    from batchreset.cli.app import app, usage_error_of

    try:
        code = app(args=arguments, prog_name="batchreset", standalone_mode=False)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `batchreset … | head`: nobody reads on
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001  # the last line: a user never sees a traceback
        usage = usage_error_of(error)
        if usage is not None:
            return _say_usage(usage, as_json="--json" in arguments)
        return _say_bug(error, arguments)
    return code if isinstance(code, int) else 0


def _say_usage(problem: str, *, as_json: bool) -> int:
    if as_json:
        error = {"code": "usage", "message": problem, "hint": "batchreset --help"}
        sys.stdout.write(json.dumps({"error": error, "exit_code": 2}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(problem + "\n")
    return 2


def _say_bug(error: Exception, arguments: list[str]) -> int:
    if "--debug" in arguments:
        import traceback

        traceback.print_exc()
    message = f"{type(error).__name__}: {error}"
    if "--json" in arguments:
        fault = {"code": "internal", "message": message, "hint": "batchreset --debug …"}
        sys.stdout.write(json.dumps({"error": fault, "exit_code": INTERNAL_ERROR}, ensure_ascii=False) + "\n")
    sys.stderr.write(
        f"A mistake in batchreset itself: {message}\n"
        "What was sent is in the ledger; `batchreset rerun` goes on from there. `--debug` before the\n"
        "command shows where it happened.\n"
    )
    return INTERNAL_ERROR
