from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone
from knox.models import AuthToken

from leads.roles import OPS, SALES
from tests.factories import make_token, make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db

HOW = "Send a token in the header “Authorization: Bearer TOKEN”. “manage.py create_api_token” makes one."


@pytest.fixture
def user() -> User:
    return make_user(SALES, username="mina")


def test_without_a_token_the_answer_says_how_to_sign_in(client: Client) -> None:
    answer = client.get("/api/v1/leads")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:leadcrm:problem:not-signed-in",
        "title": "Sign in first",
        "status": 401,
        "detail": HOW,
    }


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer two words", "Bearer " + "0" * 64, "Bearer \xff\xfe", "Bearer %00", "bearer ähnlich"],
)
def test_a_token_that_is_none_is_refused(client: Client, header: str) -> None:
    answer = client.get("/api/v1/leads", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "urn:leadcrm:problem:sign-in-failed"


def test_the_word_before_the_token_may_have_any_case(client: Client, user: User) -> None:
    assert client.get("/api/v1/leads", headers={"Authorization": f"bEARER {make_token(user)}"}).status_code == 200


def test_an_expired_token_is_refused(client: Client, user: User) -> None:
    token = make_token(user)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/leads", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_the_token_of_somebody_who_left_is_refused(client_for: ClientFor, user: User) -> None:
    signed_in = client_for(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert signed_in.get("/api/v1/leads").status_code == 401


def test_people_signed_in_to_the_admin_may_read(client: Client, user: User) -> None:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/leads").status_code == 200


def test_people_signed_in_to_the_admin_change_nothing_without_the_cross_site_token(user: User) -> None:
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = checked.post("/api/v1/offers", {"name": "Contoso Firewall"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:leadcrm:problem:not-permitted"


def test_wrong_tokens_lock_nobody_out_and_a_lock_out_stops_no_token(client: Client, client_for: ClientFor) -> None:
    signed_in = client_for(make_user(OPS, username="operator"))
    for _try in range(10):
        assert client.get("/api/v1/leads", headers={"Authorization": "Bearer " + "f" * 64}).status_code == 401
    assert AccessAttempt.objects.count() == 0
    for _try in range(6):
        assert authenticate(RequestFactory().post("/admin/login/"), username="operator", password="wrong") is None
    assert AccessAttempt.objects.get().failures_since_start >= 5
    assert signed_in.get("/api/v1/leads").status_code == 200
