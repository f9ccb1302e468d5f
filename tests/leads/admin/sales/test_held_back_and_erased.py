"""What sales may not see of a person who is held back, and may not do with one who was erased."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leads.models import Lead
from leads.roles import SALES
from leads.sales.merging import merge
from leads.states import Stage, TaskKind
from tests.factories import make_lead, make_task, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.rows import all_rows
from tests.leads.admin.shown import messages_of

pytestmark = pytest.mark.django_db

REFUSAL = "The person was erased: nothing more can be done with this lead."


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES, is_staff=True)


@pytest.fixture
def client(enter: Enter, seller: User) -> Client:
    return enter(user=seller)


@pytest.fixture
def erased(seller: User) -> Lead:
    return make_lead(
        first_name="", last_name="", email="", owner=seller, stage=Stage.DISCARDED, erased_at=timezone.now()
    )


def test_whom_a_held_back_lead_was_merged_with_is_not_told(client: Client, seller: User) -> None:
    held_back, other = make_lead(is_private=True), make_lead(first_name="Max", last_name="Muster")
    merge(make_user(), held_back.pk, other.pk)
    for place in (page_of(held_back), address_of("leads_lead_fold", held_back.pk)):
        page = client.get(place).text
        assert "Muster" not in page
        assert "another lead" in page


def test_what_is_to_be_done_with_a_held_back_lead_is_told_by_its_kind(client: Client, seller: User) -> None:
    lead = make_lead(is_private=True, owner=seller)
    make_task(lead, kind=TaskKind.CALL, text="Call Max Muster")
    make_task(lead, kind=TaskKind.MEETING, text="Meet Max Muster", done_at=timezone.now())
    places = (page_of(lead), address_of("leads_lead_fold", lead.pk), "/admin/leads/lead/", address_of("leads_my_queue"))
    for place in places:
        assert "Max Muster" not in client.get(place).text, place
    assert "<strong>Done: Meet</strong>" in client.get(page_of(lead)).text


@pytest.mark.parametrize(
    ("action", "posted"),
    [
        ("move", {"stage": "new"}),
        ("give", {"to": ""}),
        ("compose", {"kind": "note", "text": "They are Max Muster"}),
        ("snooze", {"until": "tomorrow"}),
    ],
)
def test_no_button_does_anything_with_an_erased_person(
    client: Client, erased: Lead, action: str, posted: dict[str, str]
) -> None:
    before = all_rows()
    answer = client.post(button_of(erased, action), posted, follow=True)
    assert messages_of(answer) == [REFUSAL]
    assert all_rows() == before


def test_no_page_offers_it(client: Client, erased: Lead) -> None:
    menu = client.get(address_of("leads_lead_menu", erased.pk)).text
    assert REFUSAL in menu
    assert "<form" not in menu
    assert client.get(address_of("leads_lead_edit", erased.pk)).status_code == 403
    assert client.get(address_of("leads_lead_hand_over", erased.pk)).status_code == 403


def test_work_on_many_leaves_them_alone(client: Client, erased: Lead) -> None:
    client.post(address_of("leads_lead_bulk", "stage"), {"_selected_action": [erased.pk], "stage": "new", "do": "1"})
    erased.refresh_from_db()
    assert erased.stage == Stage.DISCARDED
