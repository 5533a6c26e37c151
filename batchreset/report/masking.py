"""Contacts out of sentences: a reason may quote a cell or the service, and both may hold an address.

`Contact.masked()` is for contacts we know; this is for text that leaves the house (page, summary).
"""

from __future__ import annotations

import re
from typing import Final

from batchreset.rows import mask_email, mask_mobile

_EMAIL: Final = re.compile(r"[^\s@＠<>\"'(),:;\[\]（），：；“”‘’]+[@＠][^\s@＠<>\"'(),:;\[\]（），：；“”‘’]+")
# An international number, or a mainland mobile as people write it. Longer digit runs are SNs and codes.
_MOBILE: Final = re.compile(
    r"(?<![0-9A-Za-z_.+-])(?:\+\d[\d -]{6,16}\d|1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?![0-9A-Za-z_])"
)


def mask_contacts(text: str, *, keep: str = "") -> str:
    """`text` with e-mail addresses and mobile numbers masked; `keep` (the row's SN) stays as it is.

    >>> mask_contacts("13800138000 and lee@example.com are wrong")
    '138****8000 and l***@example.com are wrong'
    """

    def mobile(match: re.Match[str]) -> str:
        return match[0] if match[0] == keep else mask_mobile(re.sub(r"[ -]", "", match[0]))

    def email(match: re.Match[str]) -> str:
        return match[0] if match[0] == keep else mask_email(match[0].replace("＠", "@"))

    return _MOBILE.sub(mobile, _EMAIL.sub(email, text))
