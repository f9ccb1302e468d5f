import pytest
from django.test import Client
from rest_framework.throttling import SimpleRateThrottle

from leads.roles import OWNER
from tests.factories import make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"read": "2/min", "write": "1/min", "anon": "2/min"})


def read(client: Client) -> int:
    return client.get("/api/v1/offers").status_code


def write(client: Client) -> int:
    return client.post("/api/v1/offers", {"name": "Contoso"}, content_type="application/json").status_code


def test_a_token_that_asks_too_often_is_told_when_to_come_back(owner: Client) -> None:
    assert [read(owner), read(owner)] == [200, 200]
    answer = owner.get("/api/v1/offers")
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:leadcrm:problem:too-many-requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_reading_and_writing_are_counted_apart(owner: Client) -> None:
    assert [read(owner), read(owner), read(owner)] == [200, 200, 429]
    assert [write(owner), write(owner)] == [201, 429]


def test_each_token_is_counted_for_itself_even_of_one_user(client_for: ClientFor) -> None:
    user = make_user(OWNER)
    first, second = client_for(user), client_for(user)
    assert [read(first), read(first), read(first)] == [200, 200, 429]
    assert read(second) == 200


def test_people_signed_in_to_the_admin_are_counted_by_user(client: Client) -> None:
    client.force_login(make_user(OWNER), backend="django.contrib.auth.backends.ModelBackend")
    assert [read(client), read(client), read(client)] == [200, 200, 429]


def test_the_description_is_counted_by_address(client: Client) -> None:
    def fetch(address: str) -> int:
        forged = {"X-Forwarded-For": "203.0.113.9"}
        return client.get("/api/v1/docs/", headers=forged, REMOTE_ADDR=address).status_code

    assert [fetch("192.0.2.1"), fetch("192.0.2.1"), fetch("192.0.2.1")] == [200, 200, 429]
    assert fetch("192.0.2.2") == 200
