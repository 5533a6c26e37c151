"""Which header names which field."""

from __future__ import annotations

import pytest

from batchreset.report.columns import HEADINGS
from batchreset.rows import Field
from batchreset.sheet.aliases import field_of, header_key
from batchreset.text import LANGS, Text


@pytest.mark.parametrize(
    ("header", "field"),
    [
        # facts.md §8
        *((header, "sn") for header in ("sn", "SN", "serial", "serial number", "terminal sn", "device sn")),
        *((header, "sn") for header in ("序列号", "SN码", "终端SN", "终端SN码", "终端序列号", "设备序列号")),
        *((header, "mobile") for header in ("smsNumber", "phone", "phone number", "mobile", "mobile number")),
        *((header, "mobile") for header in ("手机", "手机号", "手机号码", "电话")),
        *((header, "country") for header in ("country", "country/region", "国家", "国家码", "国家/地区")),
        ("手机号所属的国家", "country"),
        *((header, "email") for header in ("emailAddr", "email", "e-mail", "email address")),
        *((header, "email") for header in ("邮箱", "邮箱地址", "邮件地址", "电子邮箱")),
    ],
)
def test_field_when_the_header_is_a_known_alias_then_it_is_found(header: str, field: Field) -> None:
    assert field_of(header) == field


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("* SN", "sn"),
        ("＊终端 SN 码（必填，文本格式）", "sn"),
        ("Serial_No.", "sn"),
        ("S/N:", "sn"),
        ("ＳＮ", "sn"),
        ("S\u200bN", "sn"),
        ("Mobile\nNumber", "mobile"),
        ("E-Mail [office]", "email"),
        ("序列号 SN", "sn"),
        ("产品SN", "sn"),
        ("会议终端序列号", "sn"),
        ("Device S/N", "sn"),
        ("Product serial no.", "sn"),
        ("Terminal serial", "sn"),
        ("联系人手机号码", "mobile"),
        ("管理员手机号", "mobile"),
        ("现场负责人的电话", "mobile"),
        ("会议室管理员手机 Admin's mobile", "mobile"),
        ("Contact person's phone number", "mobile"),
        ("User mobile", "mobile"),
        ("Site contact e-mail", "email"),
        ("管理员邮箱", "email"),
        ("联系人国家", "country"),
        ("手机号国家码", "country"),
        ("SN / 序列号", "sn"),
        ("国家/地区 Country/Region", "country"),
        ("邮箱|E-mail", "email"),
        ("設備序列號", "sn"),
        ("终端设备SN编码", "sn"),
        ("视频终端 SN", "sn"),
        ("IdeaHub SN", "sn"),
        ("Asset serial number", "sn"),
        ("手機號碼", "mobile"),
        ("行動電話", "mobile"),
        ("聯絡人電話", "mobile"),
        ("接收激活码的手机号", "mobile"),
        ("Handphone No.", "mobile"),
        ("S/N #", "sn"),
        ("S/N No.", "sn"),
        ("Phone #", "mobile"),
        ("Contact number", "mobile"),
        ("電子郵件", "email"),
        ("企业邮箱", "email"),
        ("Work e-mail", "email"),
        ("國家/地區", "country"),
        ("手机（原则上必填）", "mobile"),
        ("E-mail (manager, no alias)", "email"),
    ],
)
def test_field_when_the_header_is_decorated_or_in_two_languages_then_it_is_found(
    header: str, field: Field
) -> None:
    assert field_of(header) == field


@pytest.mark.parametrize(
    "header",
    [
        "",
        "No.",
        "Model",
        "Terminal name",
        "SN / Model",
        "手机 SN",
        "部门",
        "联系人",
        "(SN)",
        "IMEI",
        "会议室电话",
        "终端手机",
        "联系人序列号",
        "管理员",
        "User",
        "Contact",
        "Device country",
        "SN（旧）",
        "SN (old)",
        "Serial number [ Replaced device ]",
        "手机（备用）",
        "手机(紧急联系人)",
        "Mobile (emergency contact)",
        "邮箱（抄送）",
        "E-mail (cc)",
        "公司电话",
        "Work phone",
        "旧SN",
        "摄像头SN",
    ],
)
def test_field_when_the_header_says_something_else_then_none(header: str) -> None:
    assert field_of(header) is None


@pytest.mark.parametrize("lang", LANGS)
def test_field_when_the_column_was_added_by_a_report_then_none(lang: str) -> None:
    text = Text("zh-CN" if lang == "zh-CN" else "en-US")

    assert [field_of(text(heading)) for heading in HEADINGS] == [None] * 9


def test_key_when_only_a_note_stands_there_then_it_is_not_empty() -> None:
    assert header_key("(必填)") != ""
    assert header_key("***") == ""
