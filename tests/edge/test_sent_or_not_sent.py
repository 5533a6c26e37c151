"""Sent or not sent: every line of LEDGER.md §2.4, by the client's own hook and by an outside witness.

A call meets each fault through the real `Transport` and `ResetClient`. What they make of it is held
against the log of the fault server, which shares no code with them: it says how many calls it received
and how many of them it processed. To be run against every new version of aiohttp.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from batchreset.model import Advice, AttemptState, Outcome
from batchreset.service.client import ResetClient
from batchreset.service.codes import load_table
from batchreset.service.transport import BODY_MAX, Transport
from batchreset.service.wire import Answer, NoReply, Request
from tests.faultserver.faults import Fault
from tests.faultserver.server import FaultServer
from tests.raw_client import until
from tests.unit.build import CONTACT, RULES, attempt

PATIENT_S, HASTY_S = 20.0, 0.5
"""How long the client waits: longer than any answer that comes, and not long for one that doesn't."""
CA = trustme.CA()


@dataclass(frozen=True)
class Place:
    """Where a call goes: an address, the server there if there is one, and whom the client trusts."""

    url: str
    server: FaultServer | None = None
    tls: ssl.SSLContext | None = None


Meets = Callable[[], AbstractAsyncContextManager[Place]]


# what a call can meet


def fault(kind: str, **options: Any) -> Meets:
    """The service, misbehaving in this way."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Place]:
        async with FaultServer([Fault(kind=kind, **options)]) as server:
            yield Place(server.url, server)

    return place


def handshake(kind: str) -> Meets:
    """Somebody who doesn't take part in the client's TLS handshake."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Place]:
        async with FaultServer([Fault(kind=kind, on="connection")]) as server:
            yield Place(server.url.replace("http://", "https://"), server)

    return place


def certificate(*, trusted: bool) -> Meets:
    """The service over TLS."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Place]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA.issue_cert("127.0.0.1").configure_cert(tls)
        client = ssl.create_default_context()
        if trusted:
            CA.configure_trust(client)
        async with FaultServer(tls=tls) as server:
            yield Place(server.url, server, client)

    return place


@asynccontextmanager
async def nobody() -> AsyncIterator[Place]:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield Place(f"http://127.0.0.1:{port}")


@asynccontextmanager
async def no_such_name() -> AsyncIterator[Place]:
    yield Place("https://no-such-host.invalid")


@asynccontextmanager
async def queue_full() -> AsyncIterator[Place]:
    """A listener whose queue is full: the next SYN is dropped, connecting takes too long."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    others = [socket.socket() for _ in range(3)]
    try:
        for other in others:
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        yield Place(f"http://127.0.0.1:{full.getsockname()[1]}")
    finally:
        for opened in (*others, full):
            opened.close()


# the table


@dataclass(frozen=True)
class Line:
    """One line: what the call meets, whether bytes left, how often it is processed, what it comes to."""

    meets: Meets
    left: bool
    processed: int
    state: AttemptState
    advice: Advice
    status: int | None = None
    wait_s: float | None = None
    received: int = 1
    timeout_s: float = PATIENT_S


def not_sent(meets: Meets, timeout_s: float = PATIENT_S) -> Line:
    free = AttemptState.UNPROCESSED
    return Line(meets, False, 0, free, Advice.RETRY, received=0, timeout_s=timeout_s)


def lost(meets: Meets, processed: int, status: int | None = None, **more: Any) -> Line:
    return Line(meets, True, processed, AttemptState.UNKNOWN, Advice.NONE, status, **more)


def free(meets: Meets, status: int, advice: Advice, wait_s: float | None = None) -> Line:
    return Line(meets, True, 0, AttemptState.UNPROCESSED, advice, status, wait_s)


def refused(meets: Meets, status: int, advice: Advice = Advice.ROW) -> Line:
    return Line(meets, True, 0, AttemptState.REFUSED, advice, status)


def confirmed(meets: Meets) -> Line:
    return Line(meets, True, 1, AttemptState.SUCCEEDED, Advice.NONE, 200)


def redirected(status: int, processed: int, location: str | None = None) -> Line:
    meets = fault("redirect", status=status, location=location, processed=bool(processed))
    return Line(meets, True, processed, AttemptState.UNKNOWN, Advice.STOP, status)


def throttled(wait_s: float, retry_after: str | None = None) -> Line:
    return free(fault("throttle", retry_after=retry_after), 429, Advice.RETRY, wait_s)


NOT_SENT = {
    "connection refused": not_sent(nobody),
    "no such name": not_sent(no_such_name),
    "connecting takes too long": not_sent(queue_full, HASTY_S),
    "certificate not trusted": not_sent(certificate(trusted=False)),
    "handshake ends": not_sent(handshake("close")),
    "handshake breaks": not_sent(handshake("reset")),
    "handshake never answered": not_sent(handshake("stall"), HASTY_S),
    "no TLS there": not_sent(handshake("garbage")),
}
NO_ANSWER = {
    "closed once accepted": lost(fault("close", on="connection"), 0, received=0),
    "reset once accepted": lost(fault("reset", on="connection"), 0, received=0),
    **{
        f"{what} {when} processing": lost(fault(kind, processed=bool(done)), done, timeout_s=timeout_s)
        for kind, what, timeout_s in (
            ("close", "closed", PATIENT_S),
            ("reset", "reset", PATIENT_S),
            ("stall", "no answer in time", HASTY_S),
        )
        for done, when in enumerate(("before", "after"))
    },
    "processed once the client has given up": lost(fault("late"), 1, timeout_s=HASTY_S),
    "headers drip in": lost(fault("drip"), 1, timeout_s=HASTY_S),
}
UNREADABLE = {
    "garbage": lost(fault("garbage"), 1),
    "a header beyond 8 KiB": lost(fault("huge-header"), 1),
    "headers cut": lost(fault("cut-head"), 1),
    "bad chunk": lost(fault("bad-chunk"), 1),
    "chunked body cut": lost(fault("cut-chunk"), 1, 200),
    "body cut": lost(fault("cut"), 1, 200),
    "body broken off": lost(fault("cut", rst=True), 1, 200),
    "not the gzip it says": lost(
        fault("status", status=200, processed=True, body="abc", headers={"Content-Encoding": "gzip"}), 1, 200
    ),
    "longer than any answer": lost(
        fault("status", status=200, processed=True, body="x" * (BODY_MAX + 9)), 1, 200
    ),
}
STATUSES = {
    **{
        f"{status} {when} processing": lost(
            fault("status", status=status, code="", processed=bool(done)), done, status
        )
        for status in (408, 500, 502, 503, 504)
        for done, when in enumerate(("before", "after"))
    },
    "504 of the gateway": lost(fault("gateway", status=504, code="APIG.0203", processed=True), 1, 504),
    "502 of the gateway": free(fault("gateway", status=502), 502, Advice.RETRY),
    "503 of the gateway": free(fault("gateway"), 503, Advice.RETRY),
    "401": free(fault("status", status=401, code="USG.000000004"), 401, Advice.AUTH),
    "401 without a body": free(fault("status", status=401, code=""), 401, Advice.AUTH),
    "token put out": free(fault("expire-tokens"), 401, Advice.AUTH),
    **{
        f"{status}": refused(fault("status", status=status, code="USG.299999999"), status)
        for status in (400, 403, 404, 409)
    },
}
THROTTLED = {
    "429": throttled(5),
    "429 with seconds": throttled(7, "7"),
    "429 with a date": throttled(30, "date+30"),
    "429 with a date gone by": throttled(0, "date-30"),
    "429 with an absurd number": throttled(300, "99999999999"),
    "429 with an absurd date": throttled(300, "Fri, 31 Dec 9999 23:59:59 GMT"),
    "429 with a negative number": throttled(5, "-5"),
    "429 with words": throttled(5, "soon"),
}
OKAYS = {
    "200": confirmed(fault("natural")),
    "200 over TLS": confirmed(certificate(trusted=True)),
    "200 with an object": confirmed(fault("status", status=200, body="{}", processed=True)),
    "200 of old": confirmed(
        fault("status", status=200, body='{"returnCode":0,"returnDesc":"SUCCESS"}', processed=True)
    ),
    "200 with a wrong Date": confirmed(fault("natural", date="+90000")),
    "200 without a Date": confirmed(fault("natural", date="")),
    "200 with garbage for a Date": confirmed(fault("natural", date="yesterday")),
    "200 with an error code": refused(fault("error-json"), 200),
    "200 with broken JSON": lost(fault("broken-json"), 1, 200),
    "200 with a page, processed or not": lost(fault("html"), 0, 200),
    "200 with a page though processed": lost(fault("html", processed=True), 1, 200),
}
REDIRECTS = {
    **{f"{status} to itself": redirected(status, 1) for status in (301, 302, 303, 307, 308)},
    "307 to itself, not processed": redirected(307, 0),
    "302 to elsewhere": redirected(302, 0, "/elsewhere"),
    "307 to nowhere": redirected(307, 0, "http://[nonsense"),
}
TABLE = {**NOT_SENT, **NO_ANSWER, **UNREADABLE, **STATUSES, **THROTTLED, **OKAYS, **REDIRECTS}


async def called(place: Place, timeout_s: float) -> tuple[Answer, Outcome]:
    """One reset, with a token the service knows: the transport's answer, and what it was judged as."""
    answers: list[Answer] = []
    token = "none"
    if place.server is not None:
        token = place.server.service.grant(place.server.clock.now_s())["accessToken"]
    async with Transport(place.url, timeout_s=timeout_s, connections=1, tls=place.tls) as transport:

        async def post(request: Request) -> Answer:
            answers.append(await transport.post(request))
            return answers[-1]

        client = ResetClient(
            post, table=load_table(), rules=RULES, now=lambda: datetime.now(UTC), lang="en-US"
        )
        outcome = await client.send(attempt(AttemptState.OPEN, id="id-1"), CONTACT, token)
    (answer,) = answers
    return answer, outcome


@pytest.mark.parametrize("line", TABLE.values(), ids=TABLE.keys())
async def test_call_that_meets_each_fault_is_judged_by_what_left_and_what_was_proven(line: Line) -> None:
    async with line.meets() as place:
        answer, outcome = await called(place, line.timeout_s)
        calls = [] if place.server is None else place.server.calls
        await until(lambda: all(call.decided for call in calls))

    assert (answer.bytes_left if isinstance(answer, NoReply) else True) == line.left
    assert (outcome.state, outcome.advice) == (line.state, line.advice), outcome
    assert outcome.http_status == line.status
    assert outcome.wait_s == (None if line.wait_s is None else pytest.approx(line.wait_s, abs=2))
    assert [call.request_id for call in calls] == ["id-1"] * line.received, "more went out than one call"
    assert sum(call.processed for call in calls) == line.processed


def test_table_promises_nothing_that_its_own_facts_do_not_bear() -> None:
    """The lines against CONTRACT.md: a slip in one would otherwise be taken for the truth."""
    for name, line in TABLE.items():
        if line.state in (AttemptState.UNPROCESSED, AttemptState.REFUSED):
            assert line.processed == 0, name
        if line.state is AttemptState.SUCCEEDED:
            assert line.processed == 1, name
        if not line.left:
            assert (line.state, line.received) == (AttemptState.UNPROCESSED, 0), name
