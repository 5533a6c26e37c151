"""Serial numbers as Excel and people damage them."""

from __future__ import annotations

from tests.makers.formats import Formula, Value, write_xlsx
from tests.makers.golden.sheet import DAY, HEAD, A, Golden, Line, M, changed, sn


def sns() -> list[Golden]:
    """The sheets."""

    def one(value: Value, expected: str) -> Line:
        return (value, M, None, A, expected)

    return [
        Golden(
            "sn-of-other-kinds",
            (
                HEAD,
                one(210231145210400, "invalid: sn-number"),
                one(2102311452104001, "invalid: sn-number"),
                one(2.10235123456789e19, "invalid: sn-number"),
                one(1.5, "invalid: sn-number"),
                one(DAY, "invalid: sn-date"),
                one(True, "invalid: sn-boolean"),
                one(Formula('"2102310QPD"&"10K3000020"', sn(20)), "usable"),
                one(Formula("1+1", 2), "invalid: sn-number"),
            ),
        ),
        Golden(
            "sn-formulas-without-values",
            (HEAD, one(Formula('"2102"&"31"'), "invalid: sn-formula"), one("#N/A", "invalid: sn-error")),
            write=write_xlsx,
        ),
        Golden(
            "sn-zeros-by-format",
            (HEAD, one(12345, "invalid: sn-number")),
            write=changed(lambda sheet: setattr(sheet["A2"], "number_format", "0" * 20)),
        ),
        Golden(
            "sn-invisible-and-full-width",
            (
                HEAD,
                one("２１０２３１０ＱＰＤ１０Ｋ３００００１", "usable: mended"),
                one(f"{sn(2)}\u200b", "usable: mended"),
                one(f"\ufeff{sn(3)}", "usable: mended"),
                one(f"\u00a0{sn(4)}\u3000", "usable: mended"),
                one(f"\u202a{sn(5)}\u202c", "usable: mended"),
                one(f"{sn(6)[:5]}\u00ad{sn(6)[5:]}", "usable: mended"),
                one(f"\t{sn(7)}  ", "usable: mended"),
                one(f"{sn(8)}\r\n", "usable: mended"),
            ),
        ),
        Golden(
            "sn-never-repaired",
            (
                HEAD,
                one("21023①0QPD", "invalid: sn-characters"),
                one("2102310QPDⅧ", "invalid: sn-characters"),
                one("2102310QPD–10K3", "invalid: sn-characters"),
                one("2102310QPD-10K3", "invalid: sn-characters"),
                one("2102310QPD 10K3", "invalid: sn-characters"),
                one("2102310QPD\n10K3", "invalid: sn-characters"),
                one("2102310QPD1О", "invalid: sn-characters"),
                one("'2102310QPD10K3", "invalid: sn-characters"),
                one('="2102310QPD10K3"', "invalid: sn-characters"),
                one("SN:2102310QPD10K3", "invalid: sn-characters"),
                one("无", "invalid: sn-characters"),
                one("x" * 31, "invalid: sn-length"),
                one(None, "invalid: sn-missing"),
            ),
        ),
        Golden(
            "sn-damaged-as-text",
            (
                HEAD,
                one("2.10235E+19", "invalid: sn-scientific"),
                one("2,10235e19", "invalid: sn-scientific"),
                one("21023512345678900000", "usable: sn-zeros"),
                one("1E5", "usable"),
            ),
        ),
        Golden(
            "sn-words-of-programs",
            (
                HEAD,
                *[one(word, "usable: sn-word") for word in ("NA", "null", "None")],
                *[one(word, "usable") for word in ("nan", "TRUE", "inf")],
            ),
        ),
        Golden(
            "sn-repeated",
            (
                HEAD,
                (sn(1), M, None, A, "usable"),
                (sn(1).lower(), "+86 138 0013 8000", "CN", A, "duplicate"),
                (sn(2), M, None, None, "invalid: sn-repeated"),
                (sn(2), "13900139000", None, None, "invalid: sn-repeated"),
                (sn(3), M, None, None, "invalid: sn-repeated"),
                (sn(3), "abc", None, None, "invalid: mobile-characters sn-repeated"),
            ),
        ),
        Golden(
            "sn-look-alikes",
            (
                HEAD,
                one("2102310QPD10K3OO", "usable: sn-look-alike"),
                one("2102310QPD10K30O", "usable: sn-look-alike"),
                one("2102310QPDI0K3B0", "usable: sn-look-alike"),
                one("2102310qpd10k380", "usable: sn-look-alike"),
                one("2102310QPD10K3Z0", "usable"),
            ),
        ),
    ]
