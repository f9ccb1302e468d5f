from ipaddress import ip_network

import pytest

from integrations.transport.policy import DestinationBlocked, Policy, Target, permitted_address, permitted_url

PUBLIC_ONLY = Policy()


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"])
def test_a_public_address_is_permitted(address: str) -> None:
    assert permitted_address(address, PUBLIC_ONLY) == address


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.9.10", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.255.255.250", "255.255.255.255", "168.63.129.16",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a9fe:a9fe::1", "3fff::1",
        "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_blocked(address: str) -> None:
    with pytest.raises(DestinationBlocked) as blocked:
        permitted_address(address, PUBLIC_ONLY)
    assert blocked.value.cause == "address_not_public"


def test_a_network_the_installation_allows_is_permitted_and_its_neighbour_is_not() -> None:
    policy = Policy((ip_network("10.1.0.0/16"),))
    assert permitted_address("10.1.255.255", policy) == "10.1.255.255"
    with pytest.raises(DestinationBlocked):
        permitted_address("10.2.0.1", policy)


def test_an_ipv4_address_in_ipv6_clothes_is_judged_and_dialled_as_ipv4() -> None:
    assert permitted_address("::ffff:10.1.2.3", Policy((ip_network("10.1.0.0/16"),))) == "10.1.2.3"
    assert permitted_address("::ffff:1.1.1.1", PUBLIC_ONLY) == "1.1.1.1"


def test_a_permitted_url_comes_in_parts_with_its_port_and_query() -> None:
    target = permitted_url("https://CRM.example.com/leads?code=1", PUBLIC_ONLY)
    assert target == Target("https", "crm.example.com", 443, "/leads?code=1")
    assert permitted_url("https://crm.example.com:1024", PUBLIC_ONLY) == Target("https", "crm.example.com", 1024, "/")


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("", "url_unreadable"),
        ("crm.example.com", "url_unreadable"),
        ("https://", "url_unreadable"),
        ("https:///leads", "url_unreadable"),
        ("https://crm.example.com:port/", "url_unreadable"),
        ("https://crm.example.com:65536/", "url_unreadable"),
        ("https://crm.example.com:-1/", "url_unreadable"),
        ("https://crm.example.com/a b", "url_unreadable"),
        ("https://crm.example.com/a\r\nHost: other", "url_unreadable"),
        ("https://crm.example.com\\@other.example/", "url_unreadable"),
        ("https://[::1/", "url_unreadable"),
        ("http://crm.example.com/", "url_not_https"),
        ("ftp://crm.example.com/", "url_not_https"),
        ("file:///etc/passwd", "url_unreadable"),
        ("https://mina:secret@crm.example.com/", "url_has_user"),
        ("https://crm.example.com/#part", "url_has_fragment"),
        ("https://crm.example.com/#", "url_has_fragment"),
        ("https://bücher.example/", "url_not_ascii"),
        ("https://crm.example.com:0/", "url_port_not_allowed"),
        ("https://crm.example.com:22/", "url_port_not_allowed"),
        ("https://crm.example.com:80/", "url_port_not_allowed"),
        ("https://crm.example.com:1023/", "url_port_not_allowed"),
    ],
)
def test_a_url_that_breaks_a_rule_is_blocked_with_its_cause(url: str, cause: str) -> None:
    with pytest.raises(DestinationBlocked) as blocked:
        permitted_url(url, PUBLIC_ONLY)
    assert blocked.value.cause == cause


def test_plain_http_needs_the_installation_to_allow_it() -> None:
    assert permitted_url("http://crm.example.com", Policy(allow_http=True)) == Target(
        "http", "crm.example.com", 80, "/"
    )
    with pytest.raises(DestinationBlocked) as blocked:
        permitted_url("http://crm.example.com:443", Policy(allow_http=True))
    assert blocked.value.cause == "url_port_not_allowed"


def test_the_policy_of_the_installation_comes_from_the_settings(settings: object) -> None:
    settings.LEADCRM_ALLOWED_PRIVATE_NETWORKS = [ip_network("10.0.0.0/8")]  # type: ignore[attr-defined]
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False  # type: ignore[attr-defined]
    assert Policy.of_installation() == Policy((ip_network("10.0.0.0/8"),), allow_http=False)
