"""The command `simulator`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batchreset.cli import options as o
from batchreset.cli.output import command
from batchreset.text import msg

_Port = Annotated[
    int,
    typer.Option("--port", min=0, max=65535, help=o.help_text(msg("Port on 127.0.0.1; 0: any free one."))),
]
_Tls = Annotated[
    bool,
    typer.Option(
        "--tls",
        help=o.help_text(msg("Speak HTTPS, with a certificate of its own; says how to trust it.")),
    ),
]
_Faults = Annotated[
    Path | None,
    typer.Option(
        "--faults",
        metavar="FILE",
        help=o.help_text(msg("Faults, assumptions, terminals and account to play (TOML).")),
    ),
]
_Assume = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        metavar="NAME=VALUE",
        help=o.help_text(msg("Assume something else of the service, e.g. rate_calls=25; repeatable.")),
    ),
]
_Latency = Annotated[
    bool,
    typer.Option(
        "--documented-latency",
        help=o.help_text(msg("Answer as slowly as the documents say: median 100 ms, TP99 369 ms.")),
    ),
]
_State = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="FILE", help=o.help_text(msg("Remember terminals, tokens and mail in FILE."))
    ),
]
_Seed = Annotated[int, typer.Option("--seed", help=o.help_text(msg("Makes its chances repeatable.")))]
_ListFaults = Annotated[
    bool, typer.Option("--list-faults", help=o.help_text(msg("Explain the kinds of faults and exit.")))
]
_ListAssumptions = Annotated[
    bool,
    typer.Option("--list-assumptions", help=o.help_text(msg("Explain what is assumed and exit."))),
]


def simulator(
    port: _Port = 0,
    tls: _Tls = False,
    faults: _Faults = None,
    assume: _Assume = None,
    documented_latency: _Latency = False,
    state: _State = None,
    seed: _Seed = 0,
    list_faults: _ListFaults = False,
    list_assumptions: _ListAssumptions = False,
    lang: o.Lang = None,
) -> None:
    """Serve the simulator on loopback until Ctrl-C; prints its address and settings to paste."""
    with command(lang) as out:
        if list_faults or list_assumptions:
            from batchreset.cli import stand_in

            if list_faults:
                stand_in.list_faults(out)
            if list_assumptions:
                stand_in.list_assumptions(out)
            return
        from batchreset.cli.serve import Wanted, serve

        serve(out, Wanted(port, tls, faults, assume or (), documented_latency, state, seed))
