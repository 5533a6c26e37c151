from __future__ import annotations

import pytest

from batchreset.report.masking import mask_contacts


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("lee@example.com is wrong", "l***@example.com is wrong"),
        ("“lee.wu+x@mail.example.cn”不可用", "“l***@mail.example.cn”不可用"),
        ("lee＠example.com", "l***@example.com"),
        ("call +8613800138000 now", "call +86138****8000 now"),
        ("+44 7700 900123.", "+4477****0123."),
        ("手机13800138000无效", "手机138****8000无效"),
        ("手机 13800138000 无效", "手机 138****8000 无效"),
        ("138 0013 8000 / 138-0013-8000", "138****8000 / 138****8000"),
        ("SN 210235123456789012345", "SN 210235123456789012345"),
        ("code USG.201040001 and 206010039", "code USG.201040001 and 206010039"),
        ("2026-11-23 21:30:05 +08:00", "2026-11-23 21:30:05 +08:00"),
        ("id 13800138-1111-4222-8333-123456789012", "id 13800138-1111-4222-8333-123456789012"),
        ("nothing here", "nothing here"),
    ],
)
def test_mask_contacts_when_a_contact_is_in_it_then_only_that_is_masked(text: str, masked: str) -> None:
    assert mask_contacts(text) == masked


def test_mask_contacts_when_the_sn_looks_like_a_mobile_then_kept() -> None:
    assert mask_contacts("SN 13800138000 of 13800138001", keep="13800138000") == (
        "SN 13800138000 of 138****8001"
    )
    assert mask_contacts("a@b", keep="a@b") == "a@b"
