import pytest

from leads.marketplace.address import email_key


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Mina.Park@Fabrikam.Example", "mina.park@fabrikam.example"),
        ("josé@exämple.example", "josé@exämple.example"),
        ("a+b@mail.cs.example.edu", "a+b@mail.cs.example.edu"),
    ],
)
def test_one_person_s_addresses_have_one_key(address: str, key: str) -> None:
    assert email_key(address) == key


@pytest.mark.parametrize(
    "address", ["", "n/a", "none", "@x.example", "a@", "a@localhost", "a b@x.example", "a@b@x.example", "a@x..example"]
)
def test_what_is_no_address_joins_nobody(address: str) -> None:
    assert email_key(address) == ""


def test_a_key_is_never_longer_than_an_address_may_be() -> None:
    assert len(email_key("a" * 243 + "@x.example")) == 253
    assert email_key("ß" * 243 + "@x.example") == ""
