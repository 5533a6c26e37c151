"""From options to what a job needs: settings, order and credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, Self

from batchreset.cli.flags import Flags
from batchreset.errors import UsageError
from batchreset.text import msg

if TYPE_CHECKING:
    from batchreset.cli.output import Output
    from batchreset.dispatch.breaker import MaxFailures
    from batchreset.login import Credentials
    from batchreset.plan.preflight import Inspect, Inspected
    from batchreset.prepare import Order
    from batchreset.rows import Table
    from batchreset.settings import Settings
    from batchreset.world import World

REHEARSAL_ENDPOINT: Final = "http://127.0.0.1"
"""Stands for the built-in simulator until it has started and has a port."""


def settings_of(flags: Flags) -> Settings:
    """The settings in force, checked. A rehearsal never sees the real endpoint or ledger.

    Raises:
        UsageError: a setting can't be used.
    """
    from batchreset.settings import checked

    return checked(gathered(flags))


def gathered(flags: Flags) -> Settings:
    """The settings as they were given, for an old job that brings some of its own (`as_job_left_it`).

    Raises:
        UsageError: a setting can't be used.
    """
    from batchreset.cli.notices import check_targets
    from batchreset.config import load_settings
    from batchreset.service.endpoint import checked_endpoint
    from batchreset.settings import with_values

    given: dict[str, object] = {
        name: getattr(flags, name)
        for name in ("output", "ledger", "endpoint", "rate", "concurrency", "timeout", "lang")
    }
    if flags.notify:
        given["notify"] = " ".join(flags.notify)
    given |= {"allow_domains": flags.allow_domain, "allow_countries": flags.allow_country}
    given["logout"] = flags.logout or None
    if flags.simulate:
        if flags.endpoint is not None:
            raise UsageError(
                "simulate-endpoint",
                msg("--simulate runs on the built-in simulator: it can't have an --endpoint."),
                msg("Leave one of the two out."),
            )
        given["endpoint"] = REHEARSAL_ENDPOINT
    settings = load_settings(**given)
    if flags.simulate and flags.ledger is None:
        settings = with_values(settings, ledger=None)
    check_targets(settings)
    return with_values(settings, endpoint=checked_endpoint(settings.endpoint))


def order_of(flags: Flags) -> Order:
    """What was asked of the run.

    Raises:
        UsageError: `--max-failures`, `--column` or `--accept` can't be read.
    """
    from batchreset.model import Wishes
    from batchreset.prepare import Order
    from batchreset.sheet.grouping import GroupBy

    return Order(
        wishes=Wishes(again=flags.again, retry_unknown=flags.retry_unknown),
        only_first=flags.only_first,
        max_failures=max_failures_of(flags.max_failures),
        sheet=flags.sheet_name,
        columns=columns_of(flags.column),
        header_row=flags.header_row,
        hidden_rows=flags.hidden_rows.value if flags.hidden_rows else None,
        first_contact=flags.first_contact,
        preflight=flags.preflight or flags.fill_contacts,
        fill_contacts=flags.fill_contacts,
        in_place=flags.in_place,
        simulate=flags.simulate,
        accepted=accepted_of(flags.accept),
        group_by=GroupBy(flags.group_by),
    )


def accepted_of(given: Iterable[str] | None) -> frozenset[str]:
    """`--accept more-rows --accept one-contact` as a set of kinds."""
    from batchreset.plan.guards import Guard

    for kind in given or ():
        if kind not in set(Guard):
            raise UsageError(
                "accept-option",
                msg("--accept {kind} names no kind of surprise.", kind=kind),
                msg("The kinds are {kinds}.", kinds=tuple(Guard)),
            )
    return frozenset(given or ())


def max_failures_of(value: str | None) -> MaxFailures:
    """`--max-failures 5` or `--max-failures 10%` as a `MaxFailures`."""
    from batchreset.dispatch.breaker import MaxFailures

    if value is None:
        return MaxFailures()
    number = value.removesuffix("%")
    if number.isascii() and number.isdigit():
        if number == value:
            return MaxFailures(rows=int(number))
        if int(number) <= 100:
            return MaxFailures(share=int(number) / 100)
    raise UsageError(
        "max-failures",
        msg("--max-failures {value} is neither a number of rows nor a share.", value=value),
        msg("Write e.g. --max-failures 10 or --max-failures 5%."),
    )


def columns_of(given: Iterable[str] | None) -> dict[str, str]:
    """`--column sn=HEADER` as a mapping."""
    columns: dict[str, str] = {}
    for item in given or ():
        name, equals, header = item.partition("=")
        if not equals or not name.strip() or not header.strip():
            raise UsageError(
                "column-option",
                msg("--column {item} is not of the form FIELD=HEADER.", item=item),
                msg('Write e.g. --column sn="Serial number".'),
            )
        columns[name.strip().lower()] = header.strip()
    return columns


def credentials_of(settings: Settings) -> Credentials:
    """What logs us in.

    Raises:
        UsageError: neither a token nor an App ID with its key is set.
    """
    from batchreset.config import app_key_for
    from batchreset.service.wire import AppCredentials

    if settings.access_token is not None:
        return settings.access_token
    if not settings.app_id:
        raise UsageError(
            "no-credentials",
            msg("There is no App ID to log in with."),
            msg("Set BATCHRESET_APP_ID and BATCHRESET_APP_KEY, or rehearse with --simulate."),
        )
    return AppCredentials(settings.app_id, app_key_for(settings).get_secret_value(), settings.corp_id or None)


def inspect_of(
    out: Output,
    flags: Flags,
    settings: Settings,
    credentials: Credentials | None,
    world: World,
    *,
    online: bool = False,
) -> Inspect | None:
    """The preflight asked for; None where none is."""
    if not (flags.preflight or flags.fill_contacts or online):
        return None
    if credentials is None:
        out.say(msg("The built-in simulator has every terminal of the sheet: there is nothing to ask it."))
        return None
    return inspector(settings, lambda _: credentials, world, fill=flags.fill_contacts)


def inspector(
    settings: Settings, login: Callable[[Settings], Credentials], world: World, *, fill: bool
) -> Inspect:
    """A preflight that logs in once it is made."""

    def inspected(table: Table) -> Inspected:
        from batchreset.inspecting import inspect

        return inspect(table, settings, login(settings), world, fill=fill)

    return inspected


class Login:
    """What logs a command in: asked for once it is needed, and a typed key only once, however many jobs.

    At its end a ready token is ended, too, if that is set.
    """

    def __init__(self) -> None:
        self._known: tuple[Credentials, Settings] | None = None

    def __call__(self, settings: Settings) -> Credentials:
        """What logs us in; may raise UsageError."""
        if self._known is None:
            self._known = credentials_of(settings), settings
        return self._known[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        from batchreset.login import end_ready_token
        from batchreset.world import World

        if self._known is not None:
            end_ready_token(*self._known, World())
