"""What the service tells of terminals, read whatever the case of its keys."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.rows import Contact
from batchreset.service import registered
from batchreset.service.registered import Registered
from batchreset.service.wire import Reply

SAMPLE = {
    "name": "Hangzhou Z5-3-A29", "type": "TE", "model": "TE20", "sn": "asdasfscasd",
    "number": "+991118029589", "phone": "+8613800138000", "country": "chinaPR", "email": "hall@huawei.com",
    "status": 0,
}  # fmt: skip


def reply(body: object, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())


def test_terminal_as_documented_is_read() -> None:
    contact = Contact("+8613800138000", "chinaPR", "hall@huawei.com")
    assert registered.read_terminal(reply(SAMPLE)) == Registered(
        "asdasfscasd", "+991118029589", "TE20", disabled=False, contact=contact
    )


@pytest.mark.parametrize(
    ("said", "contact"),
    [
        # the documented sample masks them (facts.md §3)
        ({"phone": "+86***********", "email": "****@huawei.com"}, None),
        ({"phone": "+86***********"}, Contact(email="hall@huawei.com")),
        ({"country": None}, Contact(email="hall@huawei.com")),
        ({"phone": None, "email": None}, None),
        ({"email": ""}, Contact("+8613800138000", "chinaPR")),
    ],
)
def test_contact_when_masked_or_incomplete_is_none(said: dict[str, object], contact: Contact | None) -> None:
    terminal = registered.read_terminal(reply({**SAMPLE, **said}))
    assert terminal is not None
    assert terminal.contact == contact


def test_alive_is_read_in_either_spelling() -> None:
    documented = [{"number": "+991", "regStatus": 0}, {"number": "+992", "regStatus": 1}]
    of_the_sdk = [{"Number": "tel:+991", "RegStatus": "0"}, {"Number": "tel:+992", "RegStatus": "1"}]
    for body in (documented, of_the_sdk):
        assert registered.read_alive(reply(body)) == {"+991": True, "+992": False}


def test_codeless_are_models_said_to_have_no_activation_code() -> None:
    body = [
        {"model": "TE20", "enableActiveCode": True},
        {"model": "cisco", "enableActiveCode": False},
        {"model": "x"},
    ]
    assert registered.read_codeless(reply(body)) == frozenset({"cisco"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["data", "sn", "count", "Number"]), inner)
    ),
)


@given(JSON, st.sampled_from([200, 400]))
def test_any_answer_is_read_or_none_and_never_fails(body: object, status: int) -> None:
    for read in (
        registered.read_page,
        registered.read_terminal,
        registered.read_codeless,
        registered.read_alive,
    ):
        if status != 200:
            assert read(reply(body, status)) is None
        else:
            read(reply(body, status))
