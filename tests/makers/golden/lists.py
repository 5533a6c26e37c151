"""Lists as IT teams export and keep them: other columns beside ours, remarks, sub-totals, two lists."""

from __future__ import annotations

from tests.makers.formats import text_writer
from tests.makers.golden.sheet import BLANK, A, Golden, Line, M, merged, sn

_OTHER = "13900139000"


def lists() -> list[Golden]:
    """The sheets."""
    return [*_exports(), *_remarks(), *_doubts(), *_signs()]


def _exports() -> list[Golden]:
    return [
        Golden(
            "export-of-a-console",
            (
                ("终端名称", "终端类型", "SN", "部门", "联系人", "手机号", "邮箱", "状态", "-"),
                ("杭州-3F-01", "TE20", sn(1), "IT", "李娜", M, A, "在线", "usable"),
                ("杭州-3F-02", "TE20", sn(2), "IT", "李娜", M, "", "离线", "usable"),
            ),
        ),
        Golden(
            "export-of-a-cmdb",
            (
                ("Asset Tag", "Asset Serial Number", "Model", "Mobile Phone No.", "Work E-mail", "-"),
                ("A-0001", sn(1), "IdeaHub", "+86 138 0013 8001", A, "usable"),
                ("A-0002", sn(2), "IdeaHub", None, A, "usable"),
            ),
        ),
        Golden(
            "traditional-chinese",
            (
                ("設備序列號", "手機號碼", "國家/地區", "電子郵件", "-"),
                (sn(1), "6123 4567", "中國香港", A, "usable: country-spelling"),
                (sn(2), M, "中國大陸", A, "usable: country-spelling"),
            ),
        ),
        Golden(
            "three-phones",
            (
                ("SN", "Office Phone", "Mobile", "Emergency Contact Phone", "-"),
                (sn(1), "+86 571 8888 8888", M, _OTHER, "usable"),
                (sn(2), "0571-88888888", None, _OTHER, "invalid: contact-missing"),
            ),
        ),
        Golden(
            "another-persons-mobile",
            (("SN", "手机（备用）", "E-mail", "-"), (sn(1), _OTHER, None, "invalid: contact-missing")),
        ),
        Golden(
            "mobile-and-another-persons",
            (("SN", "手机", "手机（紧急联系人）", "-"), (sn(1), None, _OTHER, "invalid: contact-missing")),
        ),
        Golden(
            "copies-are-no-contacts",
            (("SN", "Mobile", "E-mail (cc)", "-"), (sn(1), M, "this is not read", "usable")),
        ),
        Golden(
            "headers-in-two-languages",
            (
                ("序列号", "手机号", "邮箱", "-"),
                ("Serial number", "Mobile", "E-mail", "ignored"),
                (sn(1), M, A, "usable"),
                (sn(2), None, None, "invalid: contact-missing"),
            ),
            options={"header_row": 1},
        ),
        Golden(
            "groups-of-people",
            (
                ("SN", "联系人", None, "紧急联系人", None, "-"),
                (None, "姓名", "手机", "姓名", "手机", "-"),
                (sn(1), "李", M, "王", _OTHER, "usable"),
                (sn(2), "李", None, "王", _OTHER, "invalid: contact-missing"),
            ),
            write=merged("A1:A2", "B1:C1", "D1:E1"),
        ),
        Golden(
            "group-of-another-person-only",
            (
                ("SN", "Emergency contact", None, "-"),
                (None, "Name", "Mobile", "-"),
                (sn(1), "Li", _OTHER, "-"),
            ),
            write=merged("A1:A2", "B1:C1"),
            error="no-contact-column",
        ),
        Golden(
            "title-of-spare-terminals",
            (("备用终端", None, "-"), ("SN", "手机", "-"), (sn(1), M, "usable")),
            write=merged("A1:B1"),
        ),
        Golden(
            "groups-of-terminals",
            (
                ("旧设备（已报废）", None, "新设备", None, "手机", "-"),
                ("型号", "SN", "型号", "SN", None, "-"),
                ("TE20", sn(1), "TE30", sn(2), M, "usable"),
            ),
            write=merged("A1:B1", "C1:D1", "E1:E2"),
        ),
        Golden(
            "sn-replaced",
            (("SN（旧）", "替换后SN", "手机", "-"), (sn(1), sn(2), M, "-")),
            error="no-sn-column",
        ),
        Golden(
            "sn-replaced-beside-the-new-one",
            (("SN (old)", "SN", "Mobile", "-"), ("this is not read", sn(2), M, "usable")),
        ),
    ]


def _remarks() -> list[Golden]:
    def one(number: int, expected: str = "usable", site: str = "杭州") -> Line:
        return (site, sn(number), M, expected)

    head: Line = ("站点", "SN", "手机", "-")
    return [
        Golden(
            "sub-totals-of-sites",
            (
                head,
                one(1),
                ("杭州小计", None, 1, "ignored"),
                one(2),
                ("北京 小计：", "1台", None, "ignored"),
                ("Hangzhou Total", 1, None, "ignored"),
                ("Hangzhou Count", None, 12345, "ignored"),
                ("杭州 汇总", 1, "3 部", "ignored"),
                (None, "小计", None, "ignored"),
                one(3, site="数据汇总"),
                ("数据汇总", 2102311452104001, M, "invalid: sn-number"),
                ("数据汇总", sn(4), None, "invalid: contact-missing"),
                ("数据汇总", None, _OTHER, "invalid: sn-missing"),
                ("Key account", None, M, "invalid: sn-missing"),
            ),
        ),
        Golden(
            "remarks-below",
            (
                ("SN", "手机", "-"),
                (sn(1), M, "usable"),
                ("---", "---", "ignored"),
                (sn(2), M, "usable"),
                ("————", "ignored"),
                ("1、以上终端请于12月1日前完成", "ignored"),
                ("2. Reset them before Friday", "ignored"),
                ("Hangzhou campus", "ignored"),
                (sn(3), M, "usable"),
                ("End of list", "ignored"),
                ("第 1 页，共 2 页", "ignored"),
                ("Page 1 of 2", "ignored"),
                ("3. 2102310QPD10K3000009 已报废", "invalid: sn-characters contact-missing"),
                ("21023", "invalid: contact-missing"),
            ),
        ),
        Golden(
            "header-of-two-rows-on-every-page",
            (
                ("No", "SN", "Contact", None, "-"),
                (None, None, "Mobile", "E-mail", "-"),
                *((number, sn(number), M, A, "usable") for number in range(1, 22)),
                ("No", "SN", "Contact", None, "ignored"),
                (None, None, "Mobile", "E-mail", "ignored"),
                (30, sn(30), M, A, "usable"),
            ),
            write=merged("A1:A2", "B1:B2", "C1:D1"),
        ),
        Golden(
            "another-table-below",
            (
                ("SN", "Mobile", "-"),
                *((sn(number), M, "-") for number in range(1, 22)),
                BLANK,
                ("SN", "Emergency phone", "-"),
                (sn(1), _OTHER, "-"),
            ),
            error="header-other",
        ),
    ]


def _doubts() -> list[Golden]:
    return [
        Golden(
            "numbers-that-went-through-csv",
            (
                ("SN", "Mobile", "-"),
                (sn(1), 1.38e10, "usable: mobile-zeros"),
                (sn(2), "13800000000", "usable: mobile-zeros"),
                (sn(3), 8.6138e12, "usable: mobile-zeros"),
                (sn(4), "1.38E+10", "invalid: mobile-characters"),
                (sn(5), "13800100000", "usable"),
            ),
        ),
        Golden(
            "numbers-from-abroad-without-a-country",
            (
                ("SN", "Mobile", "-"),
                (sn(1), "1 (385) 555-1234", "invalid: mobile-abroad"),
                (sn(2), "1-385-555-1234", "invalid: mobile-abroad"),
                (sn(3), "(19) 98765-4321", "invalid: mobile-abroad"),
                (sn(4), "0151 23456789", "invalid: mobile-abroad"),
                (sn(5), "015123456789", "usable: mobile-zero"),
                (sn(6), "+49 151 23456789", "usable"),
                (sn(7), "1380 013 8000", "usable"),
                (sn(8), "138 001 38000", "usable"),
                (sn(9), "(86) 138-0013-8000", "usable"),
                (sn(10), "(+86) 138-0013-8000", "usable"),
                (sn(11), "0 138 0013 8000", "usable"),
            ),
        ),
        Golden(
            "numbers-from-abroad-with-a-country",
            (
                ("SN", "Mobile", "Country", "-"),
                (sn(1), "1 (415) 555-2671", "usa", "usable"),
                (sn(2), "(19) 98765-4321", "brazil", "usable"),
                (sn(3), "0151 23456789", "germany", "usable"),
                (sn(4), "0151 23456789", "chinaPR", "usable"),
            ),
        ),
        Golden(
            "column-named-for-two-fields",
            (("SN", "Mobile", "-"), (sn(1), M, "-")),
            options={"columns": {"sn": "Mobile"}},
            error="column-twice",
        ),
        Golden(
            "columns-shifted",
            (
                ("SN", "Mobile", "E-mail", "-"),
                (M, M, A, "usable: sn-like-mobile"),
                ("8613800138001", M, A, "usable: sn-like-mobile"),
                ("li@example.com", M, A, "invalid: sn-characters"),
                (sn(1), A, M, "invalid: mobile-characters email-invalid"),
            ),
        ),
        Golden(
            "two-numbers-with-a-blank",
            (
                ("SN", "Mobile", "-"),
                (sn(1), f"{M} {_OTHER}", "invalid: mobile-several"),
                (sn(2), f"+86{M} +86{_OTHER}", "invalid: mobile-several"),
                (sn(3), f"0086 {M}", "usable"),
            ),
        ),
        Golden(
            "mail-as-mail-programs-copy-it",
            (
                ("SN", "E-mail", "-"),
                (sn(1), "Li Na <li.na@example.com>", "invalid: email-invalid"),
                (sn(2), "mailto:li.na@example.com", "invalid: email-invalid"),
                (sn(3), '"Li, Na" <li.na@example.com>; Wei <wei@example.com>', "invalid: email-several"),
            ),
        ),
    ]


def _signs() -> list[Golden]:
    """Signs that there is nothing, and how countries are called."""
    return [
        Golden(
            "signs-for-nothing",
            (
                ("SN", "Mobile", "Country", "E-mail", "-"),
                ("N/A", M, None, A, "invalid: sn-characters"),
                ("待补", M, None, A, "invalid: sn-characters"),
                ("TBD", M, None, A, "usable: sn-word"),
                (sn(1), "-", None, A, "invalid: mobile-characters"),
                (sn(2), M, "N/A", A, "invalid: country-unknown"),
                (sn(3), M, None, "无", "invalid: email-invalid"),
                (sn(4), "同上", None, None, "invalid: mobile-characters"),
                (sn(5), "+264 81 123 4567", "NA", None, "usable: country-spelling"),
            ),
        ),
        Golden(
            "countries-as-they-are-called",
            (
                ("SN", "Mobile", "Country", "-"),
                *(
                    (sn(number), mobile, name, "usable: country-spelling")
                    for number, (mobile, name) in enumerate(
                        (
                            *(
                                (M, name)
                                for name in ("China (mainland)", "P.R.China", "中国内地", "中国 China")
                            ),
                            *((M, name) for name in ("中国(CN)", "China/中国", "People's Republic of China")),
                            ("+852 6123 4567", "Hong Kong SAR"),
                            ("+853 6612 3456", "Macao, China"),
                            ("+886 912 345 678", "Taiwan, Province of China"),
                            ("+7 912 345 67 89", "Russian Federation"),
                            ("+82 10 1234 5678", "Korea, Republic of"),
                        )
                    )
                ),
                (sn(50), M, "中国 Hong Kong", "invalid: country-unknown"),
            ),
            write=text_writer(".csv", ";", "gb18030"),
        ),
    ]
