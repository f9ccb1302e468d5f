"""Nothing English is left on the pages of somebody who reads Korean."""

from collections.abc import Iterator
from http import HTTPStatus
from zoneinfo import available_timezones

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.translation import override

from leads.api.v1.problems import server_error
from leads.delivery.proving import prove
from leads.models import Destination
from leads.roles import OWNER, SALES
from leads.states import ProofKind
from tests import factories
from tests.i18n.reading import english_in, texts_of
from tests.leads.admin.places import PAGES, address_of

pytestmark = pytest.mark.slow

NAMES = (
    # products, and their buttons
    *("Lead CRM", "Azure", "Marketplace", "Portal", "AppSource", "Standard Webhooks"),
    *("Microsoft", "Dynamics", "Dataverse", "Salesforce", "Web-to-Lead", "Run As", "Marketo", "HubSpot"),
    *("Azure Storage", "Azure Table", "Blob", "Setup", "My Domain", "External Client App Manager", "Settings"),
    *("Microsoft Entra ID", "Microsoft Teams", "Slack", "Referrals", "Country", "reCAPTCHA", "Excel", "SQLite"),
    *("OAuth", "OAuth Settings", "Consumer Key and Secret", "External ID", "Unique", "Block"),
    *("Offer setup", "Customer leads", "Connect", "Validate", "HTTPS Endpoint"),
    # what a program reads, written as the program takes it
    *("Authorization", "Bearer", "Basic", "Gone", "webhook-id", "webhook-timestamp", "webhook-signature"),
    *("UserDetails", "LeadSource", "userDetails", "leadSource", "type", "timestamp", "data", "id"),
    *("contoso", "contoso-firewall", "edu", "xn--", "Api-Key", "leadsourcecode", "prvReadAsyncOperation"),
    *("celery", "leadcrm worker", "leadcrm beat", "manage.py", "release"),
    "OperationalError",
    # as the migrations named them
    *("Everything else", "Within a day"),
    # as their own speakers call them
    *("English", "Holy See", "en", "ko", "esc", "ms", "GiB", "Ctrl", "Enter"),
    *(name.replace("_", " ") for name in available_timezones() if "_" in name),
)
ROWS = (
    *("Mina", "Park", "Destination", "Endpoint", "Offer", "Title", "Rule", "Level", "View", "Team", "Hours", "Group"),
    *("Wants", "Name", "E-mail", "nobody"),
)
MOST_ROWS = 16


def english_on(page: str, *names: str) -> set[str]:
    return {text for text in texts_of(page) if english_in(text, apart_from=NAMES + names)}


def addresses() -> Iterator[str]:
    """The pages of the admin, as far as they differ."""
    for name in ("index", "search", "password_change", "password_change_done"):
        yield reverse(f"admin:{name}")
    yield from (reverse("admin:search") + f"?s={word}" for word in ("방화벽", "없는말"))
    for model in admin.site._registry:
        pages = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        rows = list(model._default_manager.all()[:MOST_ROWS])
        assert rows, f"{model} has no row to look at"
        yield from (reverse(f"{pages}_change", args=[row.pk]) for row in rows)
        yield from (reverse(f"{pages}_{page}", args=[rows[-1].pk]) for page in ("history", "delete"))
        yield from (reverse(f"{pages}_add"), reverse(f"{pages}_changelist"))


@pytest.mark.usefixtures("installation")
def test_no_page_of_the_admin_has_english_words(korean: Client) -> None:
    pages = list(addresses())
    assert len(pages) > 100
    left = {text: page for page in pages for text in english_on(korean.get(page, follow=True).content.decode())}
    assert left == {}


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("group", [OWNER, SALES])
def test_no_page_that_is_no_models_own_has_english_words(group: str, owner: User) -> None:
    """The rows that these pages are about are made by their registry, in English."""
    client = Client(headers={"accept-language": "ko"})
    client.force_login(owner if group == OWNER else factories.make_user(group, is_staff=True))
    left: dict[str, str] = {}
    for name, page in PAGES.items():
        if group in page.allowed and page.status == HTTPStatus.OK:
            answer = client.get(address_of(name, *page.arguments()))
            assert (answer.status_code, name) == (HTTPStatus.OK, name)
            if answer["content-type"].startswith("text/html"):
                left |= dict.fromkeys(english_on(answer.content.decode(), *ROWS), name)
    assert left == {}


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("group", ["sales", "sales lead", "ops"])
def test_what_the_other_groups_see_has_no_english_words(group: str) -> None:
    client = Client(headers={"accept-language": "ko"})
    client.force_login(factories.make_user(group, is_staff=True))
    models = ("lead", "delivery", "destination")
    lists = [reverse(f"admin:leads_{model}_changelist") for model in models]
    rows = [reverse("admin:leads_destination_change", args=[row.pk]) for row in Destination.objects.all()]
    for page in (reverse("admin:index"), *lists, *rows):
        answer = client.get(page, follow=True)
        assert answer.status_code == HTTPStatus.OK
        assert english_on(answer.content.decode()) == set()


@pytest.mark.usefixtures("installation")
def test_no_complaint_about_an_empty_form_has_english_words(korean: Client) -> None:
    forms = [reverse(f"admin:leads_{name}_add") for name in ("endpoint", "offer", "term", "privacyrule")]
    https = f"{reverse('admin:leads_destination_add')}?kind=https"
    for form in [*forms, https, reverse("admin:password_change")]:
        answer = korean.post(form, {"titles-TOTAL_FORMS": 0, "titles-INITIAL_FORMS": 0})
        assert answer.status_code == HTTPStatus.OK
        assert "필수 항목입니다." in answer.content.decode()
        assert english_on(answer.content.decode()) == set()


def test_a_check_that_ran_in_one_language_is_read_in_another(korean: Client) -> None:
    destination = factories.make_destination(settings={"url": "nonsense"})
    with override("en"):
        prove(destination, ProofKind.CHECK)
    page = reverse("admin:leads_destination_change", args=[destination.pk])
    assert "전송 대상의 설정이 완전하지 않거나" in korean.get(page).content.decode()
    in_english = korean.get(page, headers={"accept-language": "en"}).content.decode()
    assert "settings are not complete or no longer allowed" in in_english


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["admin:login", "admin:logout"])
def test_who_is_not_signed_in_reads_korean(address: str) -> None:
    client = Client(headers={"accept-language": "ko"})
    page = client.post(reverse(address), {"username": "x", "password": "y"}, follow=True)
    assert "로그인" in page.content.decode()
    assert english_on(page.content.decode()) == set()


@pytest.mark.django_db
def test_who_is_locked_out_reads_korean() -> None:
    client = Client(headers={"accept-language": "ko"})
    for _try in range(5):
        page = client.post(reverse("admin:login"), {"username": "주인", "password": "틀림"})
    assert page.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "15분" in page.content.decode()
    assert english_on(page.content.decode()) == set()


@pytest.mark.django_db
def test_who_may_not_do_something_reads_korean() -> None:
    client = Client(headers={"accept-language": "ko"}, enforce_csrf_checks=True)
    client.force_login(factories.make_user("sales", is_staff=True))
    users = client.get(reverse("admin:auth_user_changelist"))
    assert users.status_code == HTTPStatus.FORBIDDEN
    assert "권한이 없습니다" in users.content.decode()
    assert english_on(users.content.decode()) == set()
    stale = client.post(reverse("admin:password_change"))
    assert stale.status_code == HTTPStatus.FORBIDDEN
    assert english_on(stale.content.decode()) == set()


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_is_explained_in_korean() -> None:
    page = Client(headers={"accept-language": "ko"}).get("/nowhere")
    assert page.status_code == HTTPStatus.NOT_FOUND
    assert "이 주소에는 아무것도 없습니다" in page.content.decode()
    assert english_on(page.content.decode()) == set()


def test_an_error_of_our_own_is_explained_in_korean(rf: RequestFactory) -> None:
    with override("ko"):
        page = server_error(rf.get("/admin/"))
    assert page.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "Lead CRM 자체에서 오류가 발생했습니다" in page.content.decode()
    assert english_on(page.content.decode()) == set()


@pytest.mark.django_db
def test_english_stays_english() -> None:
    page = Client(headers={"accept-language": "en"}).get(reverse("admin:login")).content.decode()
    assert not any("가" <= character <= "힣" for text in texts_of(page) for character in text if text != "한국어")
