"""What is told of a job's end: plain values, as a mail and as signed JSON. Pure. No contact is in it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from batchreset.model import Job, Status
from batchreset.text.messages import Message, msg

SIGNATURE: Final = "X-Batchreset-Signature"
TIMESTAMP: Final = "X-Batchreset-Timestamp"


@dataclass(frozen=True, slots=True)
class News:
    """A job's end: its rows by status, where its page lies, and what stopped it (a stable code)."""

    job: str
    sheet: str
    simulated: bool
    at: datetime
    counts: Mapping[Status, int]
    page: Path | None
    exit_code: int
    stop: str | None = None

    @classmethod
    def of(
        cls,
        job: Job,
        counts: Mapping[Status, int],
        *,
        at: datetime,
        page: Path | None,
        exit_code: int,
        stop: str | None,
    ) -> News:
        """The news of a job; of its sheet only the file's name."""
        return cls(job.id, job.input_path.name, job.rehearsal, at, dict(counts), page, exit_code, stop)


def subject_of(news: News, counts: str) -> Message:
    """A mail's subject; `counts` are in words."""
    if news.simulated:
        return msg("batchreset (rehearsal): {sheet}: {counts}", sheet=news.sheet, counts=counts)
    return msg("batchreset: {sheet}: {counts}", sheet=news.sheet, counts=counts)


def body_of(news: News, counts: str) -> list[Message]:
    """A mail's lines."""
    lines = [
        msg("Job {job} ({sheet}) ended at {at}.", job=news.job, sheet=news.sheet, at=news.at),
        msg("{rows} rows: {counts}", rows=sum(news.counts.values()), counts=counts),
        msg("Exit code: {code}", code=news.exit_code),
    ]
    if news.simulated:
        lines.insert(0, msg("A rehearsal: a simulator answered, no real terminal was reset."))
    if news.page is not None:
        lines.append(msg("The page, on the machine that ran it: {page}", page=news.page))
    return lines


def mail_of(
    *, subject: str, lines: list[str], sender: str, to: str, at: datetime, news: News
) -> EmailMessage:
    """A plain mail that no list or answering machine replies to. Its id is the job's and the time's."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = sender
    mail["To"] = to
    mail["Date"] = at
    mail["Message-ID"] = f"<{news.job}.{at:%Y%m%d%H%M%S%f}@batchreset.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(lines) + "\n")
    return mail


def json_of(news: News) -> bytes:
    """What a webhook gets."""
    value = {
        "event": "job-ended",
        "job": news.job,
        "sheet": news.sheet,
        "simulated": news.simulated,
        "at": news.at.isoformat(),
        "rows": sum(news.counts.values()),
        "counts": {str(status): rows for status, rows in news.counts.items()},
        "page": None if news.page is None else str(news.page),
        "exit_code": news.exit_code,
        "stop": news.stop,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def signature_of(body: bytes, timestamp: str, secret: str) -> str:
    """HMAC-SHA256 over `timestamp.body`: who checks it and the age is not fooled by a recorded call."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers_of(body: bytes, at: datetime, secret: str | None) -> dict[str, str]:
    """A webhook call's headers; without a secret it is not signed."""
    timestamp = str(int(at.timestamp()))
    headers = {"Content-Type": "application/json; charset=utf-8", TIMESTAMP: timestamp}
    return headers if secret is None else {**headers, SIGNATURE: signature_of(body, timestamp, secret)}
