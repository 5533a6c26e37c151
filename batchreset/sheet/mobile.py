"""A mobile number and its country judged together. Pure.

The service wants the number in E.164 and one of its own country values beside it (facts.md §2, §6).
The usual spellings of a number are read; a number that belongs to another country than the row says
is refused, because nobody knows which of the two is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from batchreset.rows import Problem, mask_mobile
from batchreset.service import countries
from batchreset.service.countries import Country
from batchreset.sheet.abroad import perhaps_abroad, written_as_abroad
from batchreset.sheet.cells import (
    Spot,
    first_taken,
    mended,
    not_text,
    nothing_there,
    shown,
    stands_for_nothing,
)
from batchreset.sheet.clean import clean, code_point, visible
from batchreset.sheet.criteria import Criteria
from batchreset.sheet.raw import CellKind, number_shown
from batchreset.text.messages import Message, msg

_BETWEEN_DIGITS: Final = re.compile(r"[\s().\-\u2010-\u2015\u2212\u00b7\u30fb]")
_DIGIT: Final = re.compile(r"[0-9]")
_NUMBER: Final = re.compile(r"\+?[0-9]+")
_DECIMAL: Final = re.compile(r"\+?[0-9]{5,}\.[0-9]{1,2}")
"""What a program makes of a number that it took for a quantity: read as digits, it is another number."""
_SEVERAL: Final = re.compile(r"[;,、/|\n]|或|\bor\b", re.IGNORECASE)
_ROUNDED: Final = re.compile(r"0{6}$")
"""What Excel leaves of 13800138000 in a .csv is 1.38E+10; opened once more, that is a number of zeros."""
_CHINESE: Final = re.compile(r"(?:\+86)?(1(?!79)[3-9][0-9]{9})")
"""Numbers of which phonenumbers' parsing makes just the digits (a test holds it to that, 179 is a carrier's
prefix): nearly all there are, and parsing is a quarter of the time of checking a sheet."""
_WHOLE: Final = re.compile(r"\+?[0-9]{10,15}")
_FEWEST_DIGITS: Final = 7
"""Of each part, for two numbers in one cell: `0571-8888/9` is not two."""


@dataclass(frozen=True, slots=True)
class Mobile:
    """A number in E.164 with the service's country value for it, or the problems of the two cells."""

    number: str | None = None
    country: str | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


class _Phone(NamedTuple):
    e164: str
    region: str | None
    is_mobile: bool


def judge_mobile(mobile: Spot, country: Spot | None, criteria: Criteria) -> Mobile:
    """The number in a cell that isn't blank, with the row's country cell, if it has one.

    Without one, the country is the number's own where that is certain (a number with +, and a dial
    code of one country only), and the default for a number without +.
    """
    parts = _parts(mobile)
    number = _number(mobile, parts, first_of_several=criteria.first_contact)
    given: Country | Problem | None = None
    if country is not None and not country.blank:
        given = _country(country, number if isinstance(number, str) else None)
    problems = tuple(found for found in (number, given) if isinstance(found, Problem))
    if isinstance(number, Problem) or isinstance(given, Problem):
        return Mobile(problems=problems)
    chinese = given is None and criteria.default_country.iso2 == "CN"
    judged = (chinese and written_as_abroad(parts[0], mobile)) or _agreeing(
        mobile, number, given, country, criteria.default_country
    )
    if isinstance(judged, Problem):
        return Mobile(problems=(judged,))
    phone, own = judged
    if criteria.allow_countries and own not in criteria.allow_countries:
        return Mobile(problems=(_not_allowed(mobile, own),))
    taken = (first_taken(mobile, mask_mobile(phone.e164)),) if len(parts) > 1 else ()
    doubts = (*_rounded(mobile, phone), *(perhaps_abroad(parts[0], mobile) if chinese else ()))
    notes = (*_mends(mobile, phone), *taken, *doubts, *_spelling(country, given))
    return Mobile(phone.e164, own.value, notes=notes)


def _parts(spot: Spot) -> list[str]:
    """The numbers in the cell, as many as there are; one that can't be meant counts too."""
    if spot.cell.kind is CellKind.NUMBER:
        return [number_shown(spot.cell.text)]
    text = clean(spot.cell.text)
    if not _SEVERAL.search(text):
        found = text.split()
        # two whole numbers with a blank between them; no number has so many digits
        return found if len(found) > 1 and all(map(_WHOLE.fullmatch, found)) else [text]
    found = [part for part in _SEVERAL.split(text) if sum(map(str.isdigit, part)) >= _FEWEST_DIGITS]
    return found if len(found) > 1 else [text]


def _number(spot: Spot, parts: list[str], *, first_of_several: bool) -> str | Problem:
    """The digits of the cell, with a leading + for an international number."""
    text = parts[0].strip()
    if spot.cell.kind is CellKind.NUMBER and not text.isdigit():
        return not_text("mobile", spot)
    if spot.cell.kind not in {CellKind.TEXT, CellKind.NUMBER}:
        return not_text("mobile", spot)
    if len(parts) > 1 and not first_of_several:
        message = msg("The cell holds several mobile numbers; a code goes to one.")
        mend = msg("Keep one number, or take the first of each cell with --first-contact.")
        return Problem("mobile-several", spot.at, message, mend)
    if "." in text and _DECIMAL.fullmatch(text):
        message = msg("The cell holds a number with decimals, kept as text.")
        return Problem("mobile-decimal", spot.at, message, msg("Type the mobile number again, as Text."))
    if stands_for_nothing(text):
        return nothing_there("mobile-characters", spot)
    compact = _BETWEEN_DIGITS.sub("", text)
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    if _NUMBER.fullmatch(compact):
        return compact
    odd = next((char for char in compact.removeprefix("+") or text if not _DIGIT.fullmatch(char)), "+")
    return Problem(
        "mobile-characters",
        spot.at,
        msg("{char} ({code}) can't stand there in a mobile number.", char=odd, code=code_point(odd)),
        msg("Write digits only, with + and the country code for a number abroad."),
    )


def _country(spot: Spot, number: str | None) -> Country | Problem:
    if spot.cell.kind not in {CellKind.TEXT, CellKind.NUMBER}:
        return not_text("country", spot)
    text = clean(spot.cell.text)
    country = countries.named(text)
    if country is not None:
        return country
    if stands_for_nothing(text):
        return nothing_there("country-unknown", spot)
    phone = _parsed(number) if number else None
    meant = countries.suggest(text) or (countries.of_number(phone.e164, phone.region) if phone else None)
    return Problem(
        "country-unknown",
        spot.at,
        msg("{shown} is no country that the service knows.", shown=shown(spot.cell)),
        msg("Write {value}.", value=meant.value)
        if meant
        else msg("Write a value of the service's own list, such as chinaPR, UK or usa."),
    )


def _agreeing(
    spot: Spot, number: str, given: Country | None, country: Spot | None, default: Country
) -> tuple[_Phone, Country] | Problem:
    """The number read with its country, or why the two can't be used together."""
    international = number.startswith("+")
    phone = _parsed(number, (given or default).iso2)
    if phone is None:
        return _invalid(spot, number, given, country)
    if not phone.is_mobile:
        return Problem(
            "mobile-type",
            spot.at,
            msg("The number is not a mobile number, so no SMS would arrive."),
            msg("Give a mobile number, or leave the cell empty and give an e-mail address."),
        )
    own = countries.of_number(phone.e164, phone.region)
    if given is not None:
        return (phone, given) if own == given else _contradiction(spot, phone, own, given, country)
    if not international:
        return (phone, default) if own == default else _contradiction(spot, phone, own, default, country)
    return _derived(spot, phone, own)


def _derived(spot: Spot, phone: _Phone, own: Country | None) -> tuple[_Phone, Country] | Problem:
    """The number's own country, unless the service has none or the row has to say which of two."""
    if own is None:
        return Problem(
            "country-unserved",
            spot.at,
            msg("The service has no country value for this number."),
            msg("Leave the cell empty and give an e-mail address."),
        )
    sharers = countries.sharing(own.dial_code)
    if len(sharers) > 1:
        return Problem(
            "country-missing",
            spot.at,
            msg(
                "{dial_code} belongs to several countries ({values}), so the number alone doesn't say which.",
                dial_code=own.dial_code,
                values=tuple(sharer.value for sharer in sharers),
            ),
            msg("Give the row a country in a column of that name."),
        )
    return phone, own


def _invalid(spot: Spot, number: str, given: Country | None, country: Spot | None) -> Problem:
    # `GB` with a British number: the row is wrong about the country, not about the number.
    iso = countries.by_iso2(given.value) if given else None
    phone = _parsed(number, iso.iso2) if iso else None
    if phone is not None and given is not None:
        return _contradiction(spot, phone, iso, given, country)
    if given is None and not number.startswith("+"):
        mend = msg("Check it; a number abroad needs + and its country code, or the row a country.")
    else:
        mend = msg("Check the number with its owner.")
    return Problem("mobile-invalid", spot.at, msg("There is no such mobile number."), mend)


def _contradiction(
    spot: Spot, phone: _Phone, own: Country | None, given: Country, country: Spot | None
) -> Problem:
    message = msg(
        "The number belongs to {own}, but the country is {given} ({dial_code}).",
        own=own.value if own else phone.region or "-",
        given=given.value,
        dial_code=given.dial_code,
    )
    return Problem("mobile-country", spot.at, message, _mend_country(own, given, country))


def _mend_country(own: Country | None, given: Country, country: Spot | None) -> Message:
    if own is None:
        return msg("Correct the number, or leave it empty and give an e-mail address.")
    if country is None:
        return msg("Correct the number, or add a column with the country {value}.", value=own.value)
    if given.value == "GB" and own.value == "UK":
        return msg(
            "To the service GB is Guinea-Bissau; the United Kingdom is UK. Write UK in {cell}.",
            cell=country.at,
        )
    return msg("Write {value} in {cell}, or correct the number.", value=own.value, cell=country.at)


def _mends(spot: Spot, phone: _Phone) -> tuple[Problem, ...]:
    changed = spot.cell.kind is CellKind.TEXT and clean(spot.cell.text) != spot.cell.text
    return (mended(spot, mask_mobile(phone.e164)),) if changed else ()


def _rounded(spot: Spot, phone: _Phone) -> tuple[Problem, ...]:
    if not _ROUNDED.search(phone.e164):
        return ()
    message = msg(
        "{number} ends in zeros, as a number does whose last digits Excel has lost.",
        number=mask_mobile(phone.e164),
    )
    return (Problem("mobile-zeros", spot.at, message, msg("Compare it with its owner before you go on.")),)


def _not_allowed(spot: Spot, own: Country) -> Problem:
    return Problem(
        "mobile-not-allowed",
        spot.at,
        msg("Mobile numbers of {country} are not among those allowed.", country=own.value),
        msg("Correct the number, or allow the country with --allow-country {country}.", country=own.value),
    )


def _spelling(spot: Spot | None, given: Country | None) -> tuple[Problem, ...]:
    if spot is None or given is None or spot.cell.text == given.value:
        return ()
    message = msg(
        "{raw} is read as the service's value {value}.", raw=visible(spot.cell.text), value=given.value
    )
    return (Problem("country-spelling", spot.at, message, msg("Nothing to do.")),)


def _parsed(number: str, region: str | None = None) -> _Phone | None:
    """The number if it is valid. Never given letters: phonenumbers would read them as a keypad's digits."""
    import phonenumbers

    chinese = _CHINESE.fullmatch(number) if region == "CN" or number.startswith("+") else None
    try:
        found = (
            phonenumbers.PhoneNumber(86, int(chinese[1])) if chinese else phonenumbers.parse(number, region)
        )
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(found)
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:  # what is_valid_number asks, too
        return None
    mobile = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return _Phone(
        phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164),
        phonenumbers.region_code_for_number(found),
        kind in mobile,
    )
