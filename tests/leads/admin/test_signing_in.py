"""Signing in and out, the lock after wrong passwords, and the pages that say no."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from leads.roles import SALES
from tests.factories import make_delivery, make_lead, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
LIMIT = 5


def try_to_sign_in(client: Client, password: str, username: str = "mina") -> int:
    posted = {"username": username, "password": password}
    return client.post("/admin/login/?next=/admin/", posted).status_code


@pytest.fixture
def mina(db: None) -> User:
    return make_user(SALES, username="mina", password=PASSWORD, is_staff=True)


def test_the_first_address_leads_to_the_sign_in_and_back_to_what_was_asked_for(client: Client, mina: User) -> None:
    assert client.get("/", follow=True).redirect_chain[-1] == ("/admin/login/?next=/admin/", 302)
    wanted = "/admin/leads/lead/?stage__exact=new"
    at_the_door = client.get(wanted, follow=True)
    signed_in = client.post(
        at_the_door.request["PATH_INFO"] + "?" + at_the_door.request["QUERY_STRING"],
        {"username": "mina", "password": PASSWORD},
    )
    assert signed_in.headers["Location"] == wanted


def test_whoever_presses_a_button_after_their_session_ended_comes_back_to_its_page(client: Client, mina: User) -> None:
    lead = make_lead()
    page = page_of(lead)
    origin = {"referer": f"http://testserver{page}?page=2"}
    answer = client.post(button_of(lead, "take"), headers=origin, follow=True)
    assert answer.redirect_chain == [(f"/admin/login/?next={page}", 302)]
    assert "You had been signed out, so nothing was saved." in answer.text
    lead.refresh_from_db()
    assert lead.owner is None


@pytest.mark.parametrize("referer", ["", "https://evil.example/admin/leads/lead/", "nonsense"])
def test_without_a_page_of_ours_it_is_the_first_one(client: Client, referer: str) -> None:
    answer = client.post(button_of(make_lead(), "take"), headers={"referer": referer} if referer else {})
    assert answer.headers["Location"] == "/admin/login/?next=/admin/"


def test_a_sign_in_never_leads_to_a_foreign_address(client: Client, mina: User) -> None:
    posted = {"username": "mina", "password": PASSWORD, "next": "https://evil.example/"}
    answer = client.post("/admin/login/?next=https://evil.example/", posted)
    assert answer.headers["Location"] == "/admin/"


def test_signing_out_takes_a_button(enter: Enter, mina: User) -> None:
    client = enter(user=mina)
    assert client.get(address_of("logout")).status_code == 405
    assert client.get("/admin/leads/lead/").status_code == 200
    client.post(address_of("logout"))
    assert client.get("/admin/").status_code == 302


def test_somebody_who_is_no_member_of_staff_is_not_let_in(client: Client) -> None:
    make_user(SALES, username="mina", password=PASSWORD)
    assert try_to_sign_in(client, PASSWORD) == 200
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("name", ["a" * 151, "a" * 9000, "\ufdfa" * 150])  # the last is longer as it is compared
def test_a_name_that_is_longer_than_any_is_refused_beside_its_field(client: Client, name: str) -> None:
    answer = client.post("/admin/login/?next=/admin/", {"username": name, "password": PASSWORD})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["username"]
    assert "Ensure this value has at most 150 characters" in answer.text
    assert AccessAttempt.objects.count() == 0


def test_the_longest_name_signs_in(client: Client) -> None:
    make_user(SALES, username="m" * 150, password=PASSWORD, is_staff=True)
    assert try_to_sign_in(client, PASSWORD, "m" * 150) == 302


def test_after_too_many_wrong_passwords_a_page_says_how_long_to_wait(client: Client, mina: User) -> None:
    assert [try_to_sign_in(client, "wrong") for _try in range(LIMIT - 1)] == [200] * (LIMIT - 1)
    answer = client.post("/admin/login/?next=/admin/", {"username": "mina", "password": "wrong"})
    assert answer.status_code == 429
    assert "Too many wrong passwords" in answer.text
    assert "locked for 15 minutes" in answer.text
    assert "leadcrm/admin.css" in answer.text  # in the theme's frame
    assert "<title>" in answer.text


def test_while_it_is_locked_the_right_password_does_not_help(client: Client, mina: User) -> None:
    for _try in range(LIMIT):
        try_to_sign_in(client, "wrong")
    assert try_to_sign_in(client, PASSWORD) == 429
    assert client.get("/admin/").status_code == 302


def test_others_are_not_locked_out(client: Client, mina: User) -> None:
    make_user(SALES, username="jin", password=PASSWORD, is_staff=True)
    for _try in range(LIMIT):
        try_to_sign_in(client, "wrong")
    assert try_to_sign_in(client, PASSWORD, "jin") == 302


def test_the_page_of_the_lock_is_in_the_visitors_language(client: Client, mina: User) -> None:
    client.cookies["django_language"] = "ko"
    for _try in range(LIMIT):
        answer = client.post("/admin/login/?next=/admin/", {"username": "mina", "password": "wrong"})
    assert '<html lang="ko"' in answer.text


def test_a_page_that_is_not_for_this_person_says_so_in_the_themes_frame(sales: Client) -> None:
    answer = sales.get(address_of("leads_endpoint_changelist"))
    assert answer.status_code == 403
    assert "Your account has no right to this page or button." in answer.text
    assert "leadcrm/admin.css" in answer.text
    assert f'href="{reverse("admin:index")}"' in answer.text


def test_a_button_that_is_not_for_this_person_says_so(sales: Client) -> None:
    answer = sales.post(button_of(make_delivery(), "release"))
    assert answer.status_code == 403
    assert "Your account has no right to this page or button." in answer.text


@override_settings(DEBUG=False)
def test_what_is_not_there_leads_to_the_overview_with_a_message(sales: Client) -> None:
    answer = sales.get("/admin/leads/lead/no-such-lead/change/", follow=True)
    assert answer.redirect_chain == [("/admin/", 302), ("/admin/leads/lead/queue/", 302)]
    assert "doesn’t exist" in answer.text
