"""Mobile numbers, countries and e-mail addresses."""

from __future__ import annotations

from tests.makers.formats import Formula, Value
from tests.makers.golden.sheet import DAY, HEAD, A, Golden, Line, M, sn


def contacts() -> list[Golden]:
    """The sheets."""

    def of(number: int, mobile: Value, country: Value, email: Value, expected: str) -> Line:
        return (sn(number), mobile, country, email, expected)

    chinese: tuple[Value, ...] = (
        *(
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "138.0013.8000",
            "138·0013·8000",
            "+8613800138000",
        ),
        *("+86 138 0013 8000", "(+86)13800138000", "+86(0)13800138000", "0086-13800138000", "86 13800138000"),
        *("8613800138000", "013800138000", "138—0013—8000", 13800138000, 8613800138000, 13800138000.0),
    )
    foreign: tuple[tuple[Value, Value], ...] = (
        ("+44 7400 123456", None),
        ("07400 123456", "UK"),
        ("0044 7400 123456", "United Kingdom"),
        ("+44 (0)7400 123456", "英国"),
        (447400123456, "GBR"),
        ("415-555-2671", "usa"),
        ("+1 416 555 0123", "CA"),
        ("8 (912) 345-67-89", "Russia"),
        ("+7 701 234 5678", "哈萨克斯坦"),
        ("6123 4567", "HK"),
        ("0912 345 678", "台湾"),
        ("+49 1512 3456789", "DE"),
    )
    spelled = {"UK": 1, "usa": 1, None: 1}
    return [
        Golden(
            "mobile-chinese", (HEAD, *[of(n, value, None, None, "usable") for n, value in enumerate(chinese)])
        ),
        Golden(
            "mobile-foreign",
            (
                HEAD,
                *[
                    of(
                        n,
                        mobile,
                        country,
                        None,
                        "usable" if country in spelled else "usable: country-spelling",
                    )
                    for n, (mobile, country) in enumerate(foreign)
                ],
            ),
        ),
        Golden(
            "mobile-bad",
            (
                HEAD,
                of(1, "1380013800", None, None, "invalid: mobile-invalid"),
                of(2, "138001380000", None, None, "invalid: mobile-invalid"),
                of(3, "1380013800O", None, None, "invalid: mobile-characters"),
                of(4, "13800138000（李）", None, None, "invalid: mobile-characters"),
                of(5, "13800138000/13900139000", None, None, "invalid: mobile-several"),
                of(6, "0755-28780808", None, None, "invalid: mobile-type"),
                of(7, 13800138000.5, None, None, "invalid: mobile-number"),
                of(8, 1.38e20, None, None, "invalid: mobile-number"),
                of(9, DAY, None, None, "invalid: mobile-date"),
                of(10, "1.38E+10", None, None, "invalid: mobile-characters"),
                of(13, "13800138000.0", None, None, "invalid: mobile-decimal"),
                of(14, "+491711234567.0", "DE", None, "invalid: mobile-decimal"),
                of(11, "+354 611 1234", None, None, "invalid: country-unserved"),
                of(12, None, None, None, "invalid: contact-missing"),
            ),
        ),
        Golden(
            "country-by-any-name",
            (
                HEAD,
                *[
                    of(n, M, name, None, "usable: country-spelling")
                    for n, name in enumerate(
                        ("CN", "cn", "CHN", "China", "中国", "中国大陆", "CHINAPR", "ＣＮ")
                    )
                ],
                of(20, M, "chinaPR", None, "usable"),
                of(21, M, "Chian", None, "invalid: country-unknown"),
                of(22, M, 86, None, "invalid: country-unknown"),
                of(23, M, DAY, None, "invalid: country-date"),
                of(24, None, "Atlantis", A, "usable"),
            ),
        ),
        Golden(
            "country-contradicts",
            (
                HEAD,
                of(1, "+44 7400 123456", "GB", None, "invalid: mobile-country"),
                of(2, "+44 7400 123456", "CN", None, "invalid: mobile-country"),
                of(3, "+1 767 225 1234", "Dominica", None, "invalid: mobile-country"),
                of(4, "+1 829 555 1234", "Dominican Republic", None, "usable: country-spelling"),
                of(5, "+1 416 555 0123", "usa", None, "invalid: mobile-country"),
            ),
        ),
        Golden(
            "dial-code-shared",
            (
                HEAD,
                of(1, "+1 415 555 2671", None, None, "invalid: country-missing"),
                of(2, "+7 912 345 67 89", None, None, "invalid: country-missing"),
                of(3, "+1 415 555 2671", "US", None, "usable: country-spelling"),
                of(4, "+7 912 345 67 89", "russia", None, "usable"),
                of(5, "+1 284 495 1234", None, None, "invalid: mobile-type"),
            ),
        ),
        Golden(
            "country-by-setting",
            (
                HEAD,
                of(1, "07400 123456", None, None, "usable"),
                of(2, M, "CN", None, "usable: country-spelling"),
            ),
            options={"default_country": "UK"},
        ),
        Golden(
            "email",
            (
                HEAD,
                of(1, None, None, "Li.Na+IT@Example.COM", "usable"),
                of(2, None, None, "li.na＠example.com", "usable: mended"),
                of(3, None, None, " li.na@example.com\u200b", "usable: mended"),
                of(4, None, None, "wei@例子.cn", "usable"),
                of(5, None, None, "li.na.example.com", "invalid: email-invalid"),
                of(6, None, None, "li na@example.com", "invalid: email-invalid"),
                of(7, None, None, "李@example.com", "invalid: email-invalid"),
                of(8, None, None, "a@localhost", "invalid: email-invalid"),
                of(9, None, None, "Li Na <li@example.com>", "invalid: email-invalid"),
                of(10, None, None, 13800138000, "invalid: email-number"),
                of(11, M, None, "x@y", "invalid: email-invalid"),
                of(12, None, None, Formula('"li"&"@example.com"', A), "usable"),
            ),
        ),
        Golden(
            "several-contacts",
            (
                HEAD,
                *[
                    of(n, None, None, f"a@example.com{between}b@example.com", "invalid: email-several")
                    for n, between in enumerate((";", "；", ",", "，", "、", "/", " ", "\n"))
                ],
            ),
        ),
        Golden(
            "several-contacts-first-taken",
            (
                HEAD,
                of(1, None, None, "a@example.com; b@example.com", "usable: first-contact"),
                of(2, None, None, "a＠example.com、b@example.com", "usable: mended first-contact"),
                of(3, "13800138000/13900139000", None, None, "usable: first-contact"),
                of(4, None, None, "nobody@, b@example.com", "invalid: email-invalid"),
                of(5, "138/13900139000", None, None, "invalid: mobile-characters"),
            ),
            options={"first_contact": True},
        ),
        Golden(
            "domains-allowed",
            (
                HEAD,
                of(1, None, None, "li@Example.com", "usable"),
                of(2, None, None, "li@mail.example.com", "invalid: email-not-allowed"),
                of(3, M, None, "li@gmail.com", "invalid: email-not-allowed"),
                of(4, M, None, None, "usable"),
            ),
            options={"allow_domains": ["example.com", "@corp.example"]},
        ),
        Golden(
            "countries-allowed",
            (
                HEAD,
                of(1, M, None, None, "usable"),
                of(2, "+44 7400 123456", None, None, "usable"),
                of(3, "+49 1512 3456789", None, A, "invalid: mobile-not-allowed"),
                of(4, None, None, A, "usable"),
            ),
            options={"allow_countries": ["中国", "UK"]},
        ),
    ]
