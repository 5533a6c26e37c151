"""The terminal models the service lists (`GET /v1/usg/dcs/termdevtype`). Data.

The names are those of the vendor's SDK (`QueryDeviceTypeResultDTO`) and of
https://support.huaweicloud.com/intl/en-us/api-meeting/meeting_21_0092.html; which of them have
activation codes is not published: here Huawei's own have them, other makers' have none.
"""

from __future__ import annotations

from typing import Final

from batchreset.simulator.terminals import THIRD_PARTY

_OWN: Final = (
    *("TE10", "TE20", "TE30", "TE40", "TE50", "TE60"),
    *(f"HUAWEI Box {number}" for number in (200, 300, 500, 600, 700, 900)),
    "DP300",
    "HUAWEI Board",
)
_OTHERS: Final = ("polycom", "cisco")


def types_json() -> list[dict[str, object]]:
    """The answer: every model with its type and whether it has activation codes."""
    own, others = ((name, "TE") for name in _OWN), ((name, THIRD_PARTY) for name in _OTHERS)
    return [
        {
            "type": kind,
            "model": name,
            "enableActiveCode": kind != THIRD_PARTY,
            "resolution": "1080P",
            "supportProjectionCode": kind != THIRD_PARTY,
            "supportSVC": kind != THIRD_PARTY,
        }
        for name, kind in (*own, *others)
    ]
