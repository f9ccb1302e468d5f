"""Working on leads over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leads.models import Activity, Edit, Lead, Task
from leads.roles import OPS, SALES
from leads.states import CloseReason, Stage
from tests.factories import make_lead, make_task, make_team, make_user
from tests.leads.api.v1.conftest import ClientFor

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(db: None) -> User:
    return make_user(SALES)


@pytest.fixture
def api(client_for: ClientFor, seller: User) -> Client:
    return client_for(seller)


def patch(api: Client, lead: Lead, body: Any, version: str | None = '"0"') -> Any:
    headers = {} if version is None else {"If-Match": version}
    return api.patch(f"/api/v1/leads/{lead.pk}", body, content_type="application/json", headers=headers)


def post(api: Client, lead: Lead, what: str, body: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    address = f"/api/v1/leads/{lead.pk}/{what}"
    return api.post(address, body, content_type="application/json", headers=named)


def fresh(lead: Lead) -> Lead:
    lead.refresh_from_db()
    return lead


# --- versions ---------------------------------------------------------------------------------------------------------


def test_the_version_that_was_read_is_the_one_to_name(api: Client) -> None:
    lead = make_lead()
    read = api.get(f"/api/v1/leads/{lead.pk}")
    assert (read.headers["ETag"], read.json()["version"]) == ('"0"', 0)
    changed = patch(api, lead, {"phone": "1"}, read.headers["ETag"])
    assert (changed.status_code, changed.headers["ETag"], changed.json()["phone"]) == (200, '"1"', "1")
    assert fresh(lead).kept_fields.keys() == {"phone"}


def test_another_version_changes_nothing(api: Client, seller: User) -> None:
    lead = make_lead(version=5)
    answers = [
        patch(api, lead, {"phone": "1"}, '"4"'),
        post(api, lead, "stage", {"stage": "contacted"}, If_Match='"4"'),
        post(api, lead, "owner", {"owner": seller.pk}, If_Match='"4"'),
        post(api, lead, "activities", {"kind": "note", "text": "x"}, If_Match='"4"'),
        post(api, lead, "tasks", {"kind": "call", "due_at": "2030-01-01T09:00Z"}, If_Match="nonsense"),
    ]
    assert {answer.status_code for answer in answers} == {412}
    assert answers[0].json() == {
        "type": "urn:leadcrm:problem:other-version",
        "title": "It was changed meanwhile",
        "status": 412,
        "detail": "The lead was changed meanwhile. Read it again, and decide whether your change still fits.",
    }
    assert (fresh(lead).version, Edit.objects.count(), Activity.objects.count(), Task.objects.count()) == (5, 0, 0, 0)


@pytest.mark.parametrize("version", [None, "", "  "])
def test_a_correction_must_name_a_version(api: Client, version: str | None) -> None:
    lead = make_lead()
    answer = patch(api, lead, {"phone": "1"}, version)
    assert (answer.status_code, answer.json()["type"]) == (428, "urn:leadcrm:problem:version-missing")
    assert fresh(lead).phone == ""


@pytest.mark.parametrize("version", ["*", '"0"', '"7", "0"'])
def test_any_version_may_be_named(api: Client, version: str) -> None:
    assert patch(api, make_lead(), {"phone": "1"}, version).status_code == 200


# --- corrections ------------------------------------------------------------------------------------------------------


def test_what_is_corrected_is_in_the_history(api: Client, seller: User) -> None:
    lead = make_lead()
    assert patch(api, lead, {"email": "a@contoso.example", "country_code": "DE"}).status_code == 200
    edit = Edit.objects.get()
    assert edit.actor == seller
    assert {change.field for change in edit.changes.all()} == {"email", "country_code"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "x"}, "#/email"),
        ({"country_code": "ZZZ"}, "#/country_code"),
        ({"phone": "1" * 501}, "#/phone"),
        ({"phone": None}, "#/phone"),
        ({"phone": "a\0"}, "#/phone"),
        ({"stage": "won"}, "#/stage"),
        ({"owner": 1}, "#/owner"),
    ],
)
def test_what_cannot_be_is_refused(api: Client, body: dict[str, Any], field: str) -> None:
    lead = make_lead()
    answer = patch(api, lead, body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [field])
    assert fresh(lead).version == 0


def test_who_may_not_see_personal_data_does_not_correct_it(api: Client) -> None:
    lead = make_lead(is_private=True)
    assert patch(api, lead, {"phone": "1"}).status_code == 403
    assert fresh(lead).phone == ""


# --- stage and owner --------------------------------------------------------------------------------------------------


def test_a_lead_is_moved(api: Client) -> None:
    lead = make_lead()
    answer = post(api, lead, "stage", {"stage": "lost", "close_reason": "no_budget"})
    assert (answer.status_code, answer.json()["stage"], answer.json()["close_reason"]) == (200, "lost", "no_budget")
    assert (fresh(lead).stage, lead.close_reason) == (Stage.LOST, CloseReason.NO_BUDGET)


def test_a_move_that_is_not_allowed_says_so(api: Client) -> None:
    lead = make_lead()
    answer = post(api, lead, "stage", {"stage": "won"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "From the stage “new” no lead moves to “won”.")
    assert fresh(lead).stage == Stage.NEW


@pytest.mark.parametrize("body", [{"stage": "lost"}, {"stage": "contacted", "close_reason": "other"}, {}, {"stage": 1}])
def test_a_reason_belongs_to_what_is_given_up(api: Client, body: dict[str, Any]) -> None:
    lead = make_lead()
    assert post(api, lead, "stage", body).status_code == 400
    assert fresh(lead).stage == Stage.NEW


def test_a_lead_is_given_and_given_back(api: Client, seller: User) -> None:
    lead = make_lead()
    assert post(api, lead, "owner", {"owner": seller.pk}).json()["owner"] == seller.pk
    assert post(api, lead, "owner", {"owner": None}).json()["owner"] is None
    assert Edit.objects.count() == 2


def test_who_gives_a_lead_out_of_sight_still_gets_an_answer(api: Client, seller: User) -> None:
    other = make_user(SALES)
    make_team(seller)
    make_team(other)
    lead = make_lead(owner=seller)
    answer = post(api, lead, "owner", {"owner": other.pk})
    assert (answer.status_code, answer.json()["owner"]) == (200, other.pk)
    assert api.get(f"/api/v1/leads/{lead.pk}").status_code == 404


@pytest.mark.parametrize("owner", [0, 10**30, "x", {}])
def test_nobody_who_is_not_there_gets_a_lead(api: Client, owner: Any) -> None:
    assert post(api, make_lead(), "owner", {"owner": owner}).status_code == 400


def test_only_who_works_on_leads_gets_one(api: Client) -> None:
    answer = post(api, make_lead(), "owner", {"owner": make_user(OPS).pk})
    assert answer.json()["detail"] == "#/owner: Nobody with this id works on leads."


# --- activities -------------------------------------------------------------------------------------------------------


def test_a_call_has_its_consequences(api: Client, seller: User) -> None:
    lead = make_lead(owner=seller)
    body = {"kind": "call", "outcome": "voicemail", "text": "Left my number", "next_due_at": "2030-01-01T09:00:00Z"}
    answer = post(api, lead, "activities", body)
    activity = Activity.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": str(activity.pk),
            "lead": str(lead.pk),
            "kind": "call",
            "outcome": "voicemail",
            "text": "Left my number",
            "author": seller.get_username(),
            "at": activity.at.isoformat().replace("+00:00", "Z"),
            "personal_data": "shown",
        },
    )
    assert fresh(lead).stage == Stage.CONTACTED
    assert lead.next_task_at == datetime(2030, 1, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "call"},
        {"kind": "note", "text": "x", "outcome": "reached"},
        {"kind": "note", "text": "x", "next_due_at": "2030-01-01T09:00Z"},
        {"kind": "note"},
        {"kind": "hand_over", "text": "x"},
        {"kind": "note", "text": "x" * 10_001},
        {"text": "x"},
    ],
)
def test_what_fits_no_kind_is_refused(api: Client, body: dict[str, Any]) -> None:
    assert post(api, make_lead(), "activities", body).status_code == 400
    assert Activity.objects.count() == 0


def test_the_newest_activities_come_first(api: Client) -> None:
    lead = make_lead()
    for text in ("first", "second"):
        post(api, lead, "activities", {"kind": "note", "text": text})
    found = api.get(f"/api/v1/leads/{lead.pk}/activities").json()
    assert [activity["text"] for activity in found] == ["second", "first"]


def test_texts_about_who_is_held_back_are_held_back(api: Client) -> None:
    lead = make_lead(is_private=True)
    written = post(api, lead, "activities", {"kind": "note", "text": "about Zaphod"}).json()
    (read,) = api.get(f"/api/v1/leads/{lead.pk}/activities").json()
    planned = post(api, lead, "tasks", {"kind": "call", "text": "Zaphod", "due_at": "2030-01-01T09:00Z"}).json()
    assert {one["text"] for one in (written, read, planned)} == {None}
    assert {one["personal_data"] for one in (written, read, planned)} == {"held_back"}


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_a_step_is_planned_for_the_owner(api: Client) -> None:
    lead = make_lead(owner=make_user(SALES))
    answer = post(api, lead, "tasks", {"kind": "mail", "text": "Price list", "due_at": "2030-01-01T09:00:00+09:00"})
    task = Task.objects.get()
    assert (answer.status_code, answer.json()["id"]) == (201, str(task.pk))
    assert (task.kind, task.text, task.assignee) == ("mail", "Price list", lead.owner)
    assert fresh(lead).next_task_at == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_task_is_finished_opened_again_and_put_off(api: Client) -> None:
    task = make_task()
    address = f"/api/v1/tasks/{task.pk}"

    def change(**body: Any) -> Any:
        return api.patch(address, body, content_type="application/json").json()

    assert change(done=True)["done_at"] is not None
    assert fresh(task.lead).next_task_at is None
    assert change(done=False, due_at="2030-01-01T09:00Z")["done_at"] is None
    assert fresh(task.lead).next_task_at == datetime(2030, 1, 1, 9, tzinfo=UTC)
    assert api.patch(address, {"text": "x"}, content_type="application/json").status_code == 400


def test_tasks_are_filtered(api: Client, seller: User) -> None:
    mine, done = make_task(assignee=seller), make_task(assignee=seller, done_at=timezone.now())
    late = make_task(due_at=timezone.now() - timedelta(days=1))

    def found(query: str) -> set[str]:
        return {task["id"] for task in api.get(f"/api/v1/tasks?{query}").json()["results"]}

    assert found(f"assignee={seller.pk}") == {str(mine.pk), str(done.pk)}
    assert found(f"assignee={seller.pk}&done=false") == {str(mine.pk)}
    assert found("done=true") == {str(done.pk)}
    assert found(f"lead={late.lead.pk}") == {str(late.pk)}
    assert found(f"due_before={timezone.now():%Y-%m-%dT%H:%M:%SZ}") == {str(late.pk)}


def test_leads_out_of_sight_are_not_there(api: Client, seller: User) -> None:
    make_team(seller)
    task = make_task(make_lead(owner=make_user(SALES)))
    for address in (f"tasks/{task.pk}", f"leads/{task.lead.pk}", f"leads/{task.lead.pk}/activities"):
        assert api.get(f"/api/v1/{address}").status_code == 404
    assert post(api, task.lead, "stage", {"stage": "contacted"}).status_code == 404
    assert api.get("/api/v1/tasks").json()["results"] == []
