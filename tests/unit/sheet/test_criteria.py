"""Allow-lists and the default country, as they are typed."""

from __future__ import annotations

import pytest

from batchreset.errors import UsageError
from batchreset.sheet.criteria import allowed_countries, allowed_domains, default_country_of
from tests.unit.sheet.build import CHINA, country


def test_domains_when_typed_in_any_way_then_they_are_compared_as_one() -> None:
    assert allowed_domains([" Example.com", "@example.COM", "例子.cn"]) == {"example.com", "xn--fsqu00a.cn"}


def test_countries_when_named_by_value_code_or_name_then_they_are_the_services() -> None:
    assert allowed_countries(["chinaPR", "CN", "中国", "United Kingdom"]) == {CHINA, country("UK")}


@pytest.mark.parametrize("domain", ["", "example", "li@example.com", "a b.com"])
def test_domains_when_one_is_none_then_usage_error(domain: str) -> None:
    with pytest.raises(UsageError) as caught:
        allowed_domains([domain])

    assert caught.value.code == "allow-domain"


@pytest.mark.parametrize("value", ["", "Atlantis", "+86"])
def test_countries_when_one_is_none_then_usage_error(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        allowed_countries([value])

    assert caught.value.code == "allow-country"


def test_default_country_when_no_value_of_the_service_then_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        default_country_of("CN")

    assert caught.value.code == "default-country"
