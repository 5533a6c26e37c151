"""facts.md §1.1's own vectors: what is signed, and the header built from it."""

from __future__ import annotations

import pytest

from batchreset.service.signing import authorization, signature, string_to_sign

KEY = "0123456789abcdef0123456789abcdef"
APP = "fdb8e4699586458bbd10c834872dcc62"
EXPIRE = 1627722929
NONCE = "EycLQsHwxhzK9OW8UEKWNfH2I3CGR2nINuU1EBpv162d42d92s"


@pytest.mark.parametrize(
    ("corp_id", "user_id", "expected"),
    [
        (None, "", "bf003ebe5a82053053b4a14f195562e720eb3474a6a107599be0bad2fdd8a816"),
        (
            None,
            "testuser@mycorp.com",
            "538f10a4d4768e3ed95e2006a7936a2954bc3eea9f5b4c5bf658127c304bb3c9",
        ),
        ("", "", "31b6637bbcbc7ec2dbbd11eabbf493e40d88797f02b762e412d70ad38a81e77d"),
        ("807074304", "", "aae3c47b319179cbf35e078f2430282c33b23fa171698c9828eeb61e51ed99ae"),
        (
            "807074304",
            "alice@ent01",
            "79b7945d1821699600cf9a70b78067d457837fcabb2a83382f2fdb26daf6735c",
        ),
    ],
)
def test_signature_for_each_kind_of_caller_is_the_vector(
    corp_id: str | None, user_id: str, expected: str
) -> None:
    assert signature(KEY, string_to_sign(APP, EXPIRE, NONCE, corp_id=corp_id, user_id=user_id)) == expected


def test_authorization_carries_access_as_in_the_documents_sample() -> None:
    header = authorization(APP, "ab12")
    assert header == "HMAC-SHA256 signature=ab12,access=ZmRiOGU0Njk5NTg2NDU4YmJkMTBjODM0ODcyZGNjNjI="
