"""Who posted, as far as the proxies in between can be trusted."""

from typing import Any

import pytest
from django.test import RequestFactory

from leads.api.posting import client_address


def seen(remote: str, forwarded: str | None = None) -> str | None:
    headers: dict[str, Any] = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().post("/", REMOTE_ADDR=remote, **headers))


@pytest.mark.parametrize("forwarded", [None, "203.0.113.9", "203.0.113.9, 198.51.100.2"])
def test_without_trusted_proxies_the_header_is_not_believed(settings: Any, forwarded: str | None) -> None:
    settings.LEADCRM_PROXY_COUNT = 0
    assert seen("192.0.2.1", forwarded) == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),  # fewer hops than proxies: nobody to believe
        (1, "", None),
        (1, "unknown", None),
        (1, "_hidden", None),
        (1, "203.0.113.9:54321", "203.0.113.9"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, " 203.0.113.9 ", "203.0.113.9"),
    ],
)
def test_behind_proxies_the_address_is_the_one_that_the_outermost_of_them_saw(
    settings: Any, proxies: int, forwarded: str, address: str | None
) -> None:
    settings.LEADCRM_PROXY_COUNT = proxies
    assert seen("192.0.2.1", forwarded) == address


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("", None),
        ("unix:", None),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_an_address_is_kept_in_a_form_that_every_database_takes(remote: str, address: str | None) -> None:
    assert seen(remote) == address
