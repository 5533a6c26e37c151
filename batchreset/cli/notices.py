"""`--notify`: tells the targets of a job's end. What fails is told, and changes no exit code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from batchreset.cli.output import Output
from batchreset.errors import UsageError
from batchreset.service.endpoint import is_loopback
from batchreset.text import Message, msg
from batchreset.world import wall_clock

if TYPE_CHECKING:
    from batchreset.job import Finished
    from batchreset.notify.deliver import Server
    from batchreset.notify.news import News
    from batchreset.notify.target import Target
    from batchreset.settings import Settings


def check_targets(settings: Settings) -> None:
    """Look, before anything is sent, whether who is to be told can be told.

    Raises:
        UsageError: an address is none, or there is no mail server for it.
    """
    from batchreset.notify.target import Mail, targets_of

    if any(isinstance(target, Mail) for target in targets_of(settings.notify)):
        _server(settings)
        _sender(settings)


def notify(out: Output, settings: Settings, finished: Finished) -> None:
    """Tell every target of a job's end, and the operator of those that could not be told."""
    from batchreset.notify.target import targets_of

    try:
        targets = targets_of(settings.notify)
        if finished.report.job.rehearsal:
            targets = _on_this_machine(out, settings, targets)
        if targets:
            asyncio.run(_tell_all(out, settings, targets, _news(finished)))
    except UsageError as error:  # an address or a server that was good when the job began
        out.failed(error)
    except KeyboardInterrupt:  # the job is over; who does not want to wait need not
        out.say(msg("Notifying was interrupted."))


def _on_this_machine(out: Output, settings: Settings, targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """Those that a rehearsal may tell: it reaches nobody else, and nobody else takes it for the real job."""
    from batchreset.notify.target import Mail

    there: dict[Target, str] = {target: target.url for target in targets if not isinstance(target, Mail)}
    mail_server = f"//{settings.smtp_host}"
    here = tuple(target for target in targets if is_loopback(there.get(target, mail_server)))
    for target in targets:
        if target not in here:
            out.say(
                msg(
                    "{target} is not notified: this is a rehearsal, which reaches nobody but this machine.",
                    target=target.shown,
                )
            )
    return here


def _news(finished: Finished) -> News:
    from batchreset.notify.news import News

    report, files = finished.report, finished.files
    return News.of(
        report.job,
        report.counts,
        at=report.made_at,
        page=None if files is None else files.handoff,
        exit_code=finished.exit_code,
        stop=None if report.stop is None else report.stop.code,
    )


async def _tell_all(out: Output, settings: Settings, targets: tuple[Target, ...], news: News) -> None:
    failed = await asyncio.gather(*(_tell_one(out, settings, target, news) for target in targets))
    for target, why in zip(targets, failed, strict=True):
        if why is not None:
            out.say(msg("{target} could not be notified: {why}", target=target.shown, why=why))


async def _tell_one(out: Output, settings: Settings, target: Target, news: News) -> Message | None:
    from batchreset.notify.deliver import post, send_mail
    from batchreset.notify.news import body_of, headers_of, json_of, mail_of, subject_of
    from batchreset.notify.target import Webhook

    now = wall_clock()
    if isinstance(target, Webhook):
        body = json_of(news)
        return await post(target.url, body, headers_of(body, now, _secret(settings)))
    counts = out.words(news.counts)
    mail = mail_of(
        subject=out.text(subject_of(news, counts)),
        lines=[out.text(line) for line in body_of(news, counts)],
        sender=_sender(settings),
        to=target.address,
        at=now,
        news=news,
    )
    return await send_mail(mail, _server(settings))


def _secret(settings: Settings) -> str | None:
    from batchreset.config import secret_from_keyring

    found = settings.notify_secret or secret_from_keyring("notify_secret")
    return None if found is None else found.get_secret_value()


def _server(settings: Settings) -> Server:
    from batchreset.config import secret_from_keyring
    from batchreset.notify.deliver import Server

    if not settings.smtp_host:
        raise UsageError(
            "no-mail-server",
            msg("There is no mail server for --notify mailto:."),
            msg("Set smtp_host (and smtp_user, smtp_from) in batchreset.toml or the environment."),
        )
    if settings.smtp_security == "none" and not is_loopback(f"//{settings.smtp_host}"):
        raise UsageError(
            "mail-server-plain",
            msg("smtp_security = none is for a mail server on this machine only."),
            msg("Use starttls or tls."),
        )
    password = settings.smtp_password
    if password is None and settings.smtp_user:
        password = secret_from_keyring(settings.smtp_user)
    return Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        None if password is None else password.get_secret_value(),
    )


def _sender(settings: Settings) -> str:
    sender = settings.smtp_from or settings.smtp_user or ""
    if "@" not in sender or any(char.isspace() for char in sender):
        raise UsageError(
            "no-mail-sender",
            msg("There is no address that mails are sent from."),
            msg("Set smtp_from in batchreset.toml or the environment."),
        )
    return sender
