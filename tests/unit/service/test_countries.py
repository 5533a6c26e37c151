"""The service's country values, against facts.md §6."""

from __future__ import annotations

import difflib

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from batchreset.service import countries


def test_list_when_loaded_then_it_has_every_value_of_the_service() -> None:
    everything = countries.all_countries()

    assert len(everything) == 169
    assert {country.value for country in everything} >= {
        "chinaPR",
        "UK",
        "GB",
        "BVl",
        "dominica",
        "TAT",
        "usa",
    }


def test_values_when_lower_cased_then_no_two_are_equal() -> None:
    values = [country.value.casefold() for country in countries.all_countries()]

    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("text", "value", "dial_code", "iso2"),
    [
        ("chinaPR", "chinaPR", "+86", "CN"),
        ("CHINAPR", "chinaPR", "+86", "CN"),
        ("gb", "GB", "+245", "GW"),
        ("uk", "UK", "+44", "GB"),
        ("bvl", "BVl", "+1284", "VG"),
        ("Dominica", "dominica", "+1809", "DO"),
        ("chinaoma", "chinaOMA", "+853", "MO"),
    ],
)
def test_find_when_case_differs_then_the_printed_spelling_comes_back(
    text: str, value: str, dial_code: str, iso2: str
) -> None:
    assert countries.find(text) == countries.Country(value, dial_code, iso2)


@pytest.mark.parametrize("text", ["", "CN", "China", "BVI", " chinaPR"])
def test_find_when_it_is_no_value_of_the_service_then_none(text: str) -> None:
    assert countries.find(text) is None


def test_iso_codes_when_taken_for_values_then_only_gb_means_another_country() -> None:
    misread = [
        country.value
        for country in countries.all_countries()
        if (iso := countries.by_iso2(country.value)) is not None and iso != country
    ]

    assert misread == ["GB"]


@pytest.mark.parametrize(
    ("number", "dial_code"),
    [
        ("+8613800138000", "+86"),
        ("+12842345678", "+1284"),
        ("+14155552671", "+1"),
        ("+18765551234", "+1876"),
        ("+35312345678", "+353"),
        ("+3546111234", None),
        ("+", None),
        ("", None),
    ],
)
def test_dial_code_when_several_fit_then_the_longest_counts(number: str, dial_code: str | None) -> None:
    assert countries.dial_code_of(number) == dial_code


def test_sharing_when_all_codes_are_looked_at_then_only_two_are_shared() -> None:
    shared = {
        country.dial_code: {other.value for other in countries.sharing(country.dial_code)}
        for country in countries.all_countries()
        if len(countries.sharing(country.dial_code)) > 1
    }

    assert shared == {"+1": {"canada", "usa"}, "+7": {"kazakhstan", "russia"}}


@pytest.mark.parametrize(
    ("number", "region", "value"),
    [
        ("+447400123456", "GB", "UK"),
        ("+447797712345", "JE", "UK"),
        ("+590690000000", "GP", "saintMartin"),
        ("+18295551234", "DO", "dominica"),
        ("+14165550123", "CA", "canada"),
        ("+12465551234", "BB", None),
        ("+3546111234", "IS", None),
        ("+3546111234", None, None),
    ],
)
def test_country_of_a_number_when_the_region_has_no_value_then_its_own_dial_code_decides(
    number: str, region: str | None, value: str | None
) -> None:
    found = countries.of_number(number, region)

    assert (found.value if found else None) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("CN", "chinaPR"),
        ("cn", "chinaPR"),
        ("CHN", "chinaPR"),
        ("China", "chinaPR"),
        ("中国", "chinaPR"),
        ("+86", "chinaPR"),
        ("0086", "chinaPR"),
        ("86", "chinaPR"),
        ("GBR", "UK"),
        ("United Kingdom", "UK"),
        ("England", "UK"),
        ("英国", "UK"),
        ("Hong Kong", "chinaHKG"),
        ("香港", "chinaHKG"),
        ("BVI", None),
        ("British Virgin Islands", "BVl"),
        ("Viet Nam", "vietNam"),
        ("Germnay", "germany"),
        ("Colombia", "columbia"),
        ("1", None),
        ("999", None),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_suggestion_when_a_person_writes_another_name_then_the_value_meant_is_told(
    text: str, value: str | None
) -> None:
    meant = countries.suggest(text)

    assert (meant.value if meant else None) == value


@settings(deadline=None, max_examples=60)  # a look at all names takes milliseconds
@given(
    st.sampled_from([one.value for one in countries.all_countries()]), st.integers(0, 20), st.text("aeinrs")
)
def test_suggestion_when_looked_for_among_what_may_be_meant_then_it_is_the_one_of_all_names(
    value: str, at: int, slip: str
) -> None:
    written = (value[:at] + slip[:3] + value[at + 1 :]).casefold()
    names = countries._names()
    near = difflib.get_close_matches(written, names, n=1, cutoff=0.84) if len(written) > 3 else []

    wanted = countries.named(written) or (names[near[0]] if near else None)
    assert countries.suggest(written) == wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("China (mainland)", "chinaPR"),
        ("P.R. China", "chinaPR"),
        ("中國", "chinaPR"),
        ("中国 China", "chinaPR"),
        ("China/中国", "chinaPR"),
        ("中国(CN)", "chinaPR"),
        ("Hong Kong SAR", "chinaHKG"),
        ("Taiwan, Province of China", "chinaTPE"),
        ("Korea, Republic of", "southKorea"),
        ("韓國", "southKorea"),
        ("NA", "namibia"),
        ("N/A", None),
        ("中国 Hong Kong", None),
        ("China/Hong Kong", None),
        ("/", None),
    ],
)
def test_name_when_as_people_write_it_then_its_country(text: str, value: str | None) -> None:
    found = countries.named(text)

    assert (found.value if found else None) == value


def test_suggestion_when_it_is_an_iso_code_then_it_is_that_country() -> None:
    for country in countries.all_countries():
        if countries.find(country.iso2) is None:
            assert countries.suggest(country.iso2) == country


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("chinaPR", "chinaPR"),
        ("CN", "chinaPR"),
        ("CHN", "chinaPR"),
        ("China", "chinaPR"),
        ("中国", "chinaPR"),
        ("中國", "chinaPR"),
        ("GB", "GB"),
        ("GBR", "UK"),
        ("英国", "UK"),
        ("United Kingdom", "UK"),
        ("United States", "usa"),
        ("美国", "usa"),
        ("Hong Kong", "chinaHKG"),
        ("澳門", "chinaOMA"),
        ("台湾", "chinaTPE"),
        ("viet nam", "vietNam"),
        ("俄罗斯", "russia"),
        ("刚果", None),
        ("Chian", None),
        ("86", None),
        ("+86", None),
        ("1", None),
        ("", None),
        (" ", None),
        ("-", None),
    ],
)
def test_named_when_it_is_a_value_a_code_or_a_name_then_the_country_and_no_guess(
    text: str, value: str | None
) -> None:
    found = countries.named(text)

    assert (found.value if found else None) == value


def test_named_when_it_is_cldrs_own_name_then_it_is_that_country() -> None:
    for language in ("en", "zh_Hans"):
        names = Locale.parse(language).territories
        for country in countries.all_countries():
            assert countries.named(names[country.iso2]) == country
