"""One list of who did what, when, and by what way."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from leads.admin import personal
from leads.admin.privacy import audit
from leads.admin.privacy.audit_sources import SOURCES, Asked, AuditKind, Place, newest
from leads.history.edits import By, edit_leads
from leads.models import Destination, Edit, Lead, PrivacyRequest, PurgeRun
from leads.models.ids import first_id_at, new_id
from leads.models.privacy import RequestKind
from leads.roles import SALES
from leads.sales import activities
from leads.sales.contact_facts import set_facts
from leads.states import ActivityKind, EditCause
from tests.factories import NOON, make_destination, make_lead, make_token, make_user
from tests.leads.admin.places import address_of, page_of
from tests.leads.admin.rows import all_rows
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.django_db

AUDIT = "/admin/audit/"


@pytest.fixture
def auditor(owner: Client) -> Client:
    """Whose own sign-in is not in the list."""
    AccessLog.objects.all().delete()
    return owner


@pytest.fixture
def tom() -> User:
    return make_user(SALES, username="tom", first_name="Tom", last_name="Becker")


def shown(client: Client, **query: Any) -> list[tuple[str, str, str, str]]:
    """Who, kind, what, by what way."""
    answer = client.get(AUDIT, query)
    assert answer.status_code == 200
    return [(line.who, line.kind, line.what, line.via) for line in answer.context["lines"]]


def logged(user: User, row: Any, text: str, at: datetime | None = None) -> LogEntry:
    kind = ContentType.objects.get_for_model(row)
    entry = LogEntry.objects.create(
        user=user, content_type=kind, object_id=row.pk, object_repr=str(row), action_flag=CHANGE, change_message=text
    )
    LogEntry.objects.filter(pk=entry.pk).update(action_time=at or timezone.now())
    return entry


def everything(tom: User) -> None:
    """One of each kind."""
    lead = make_lead()
    edit_leads(By(tom), {lead.pk: {"stage": "contacted"}})
    LogEntry.objects.create(
        user=tom,
        content_type=ContentType.objects.get_for_model(Lead),
        object_id=str(lead.pk),
        object_repr=str(lead.pk),
        action_flag=CHANGE,
        change_message=str(personal.LOOKED),
    )
    logged(tom, make_destination(name="CRM"), "Paused.")
    logged(tom, lead, "Exported all that is kept about the person.")
    PrivacyRequest.objects.create(kind=RequestKind.ERASE, made_by=tom)
    AccessLog.objects.create(username="tom", ip_address="203.0.113.9")


def test_every_kind_of_thing_is_in_one_list_newest_first(auditor: Client, tom: User) -> None:
    everything(tom)
    PurgeRun.objects.create(counts={"notices": 3})
    AccessFailureLog.objects.create(username="tom", ip_address="203.0.113.9", locked_out=True)
    asked = PrivacyRequest.objects.get()
    found = shown(auditor)
    assert set(found) == {
        ("Tom Becker", "Leads changed", "Stage: New → Contacted", "Admin"),
        (
            "Tom Becker",
            "Held-back data seen or released",
            f"lead {Lead.objects.get().pk} · Looked at personal data that a privacy rule holds back.",
            "Admin or API",
        ),
        ("Tom Becker", "Settings and operation", "destination CRM · Paused.", "Admin or API"),
        (
            "Tom Becker",
            "Exports",
            "lead Mina Park · Exported all that is kept about the person.",
            "Admin or API",
        ),
        ("Tom Becker", "Privacy requests and clearing", f"{asked}: Wants to be erased", "Admin"),
        ("–", "Privacy requests and clearing", "Cleared. Notices: 3", "Clock"),
        ("tom", "Sign-ins", "Signed in", "203.0.113.9"),
        ("tom", "Sign-ins", "Locked out after wrong passwords", "203.0.113.9"),
    }
    assert len(found) == 8
    times = [line.at for line in auditor.get(AUDIT).context["lines"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("kind", list(AuditKind))
def test_each_kind_is_found_alone(auditor: Client, tom: User, kind: AuditKind) -> None:
    everything(tom)
    found = shown(auditor, kind=kind.value)
    assert {line[1] for line in found} == {str(kind.label)}
    assert len(found) == 1


def test_one_person_is_found_alone(auditor: Client, tom: User) -> None:
    everything(tom)
    other = make_user(SALES, username="mina")
    logged(other, make_destination(), "Resumed.")
    AccessLog.objects.create(username="mina")
    edit_leads(By(other), {make_lead().pk: {"stage": "contacted"}})
    PrivacyRequest.objects.create(kind=RequestKind.REPORT, made_by=other)
    PurgeRun.objects.create()
    client = auditor
    assert len(shown(client, person=tom.pk)) == 6
    assert {line[0] for line in shown(client, person=other.pk)} == {"mina"}
    assert len(shown(client, person=other.pk)) == 4
    assert len(shown(client)) == 11


def test_times_bound_the_list(auditor: Client, tom: User) -> None:
    destination, now = make_destination(), timezone.now()
    for age in (0, 5, 20, 60, 200):
        at = now - timedelta(days=age)
        logged(tom, destination, f"{age} days", at)
        Edit.objects.create(id=first_id_at(at), actor=tom, at=at)
    client = auditor

    def days(**query: Any) -> int:
        found = shown(client, **query)
        assert len(found) % 2 == 0
        return len(found) // 2

    assert [days(period=period) for period in ("1", "7", "30", "90", "")] == [1, 2, 3, 4, 5]
    assert days() == 3
    day = (now - timedelta(days=60)).date().isoformat()
    assert days(since=day, until=day) == 1
    assert days(until=day) == 2
    assert days(since=day) == 4


def test_odd_filters_choose_nothing(auditor: Client, tom: User) -> None:
    everything(tom)
    client = auditor
    odd = {"person": "x", "kind": "x", "period": "x", "since": "x", "until": "x", "before": "x"}
    for name, value in odd.items():
        assert client.get(AUDIT, {name: value}).status_code == 200
    for before in ("2026-03-02_0_x", "2026-03-02T12:00+00:00_99_1", "2026-03-02T12:00+00:00_0_x", "_", "a_-1_b"):
        assert client.get(AUDIT, {"before": before}).status_code == 200
    assert len(shown(client, person="999999")) == 0 or shown(client, person="999999") == shown(client)


def test_what_the_api_changed_says_so(client: Client, auditor: Client, tom: User) -> None:
    lead = make_lead()
    token = {"Authorization": f"Bearer {make_token(tom)}"}
    path = f"/api/v1/leads/{lead.pk}/stage"
    answer = client.post(path, {"stage": "contacted"}, content_type="application/json", headers=token)
    assert answer.status_code == 200, answer.text
    assert shown(auditor) == [("Tom Becker", "Leads changed", "Stage: New → Contacted", "API")]


@pytest.mark.parametrize(
    ("cause", "via"),
    [
        (EditCause.RULE, "Rule"),
        (EditCause.CLOCK, "Clock"),
        (EditCause.IMPORT, "Import"),
        (EditCause.TOUCH, "Marketplace"),
    ],
)
def test_what_no_person_changed_says_what_did(auditor: Client, cause: EditCause, via: str) -> None:
    edit_leads(By(cause=cause, params={"rule": "R"}), {make_lead().pk: {"stage": "contacted"}})
    assert shown(auditor) == [("–", "Leads changed", "Stage: New → Contacted", via)]


def test_of_many_leads_at_once_it_is_one_entry(auditor: Client, tom: User) -> None:
    leads = [make_lead() for _number in range(3)]
    edit_leads(By(tom), {lead.pk: {"stage": "contacted"} for lead in leads})
    (line,) = shown(auditor)
    assert line[2] == "several leads · Stage: New → Contacted"


def test_a_note_is_an_entry_without_its_text_and_facts_are_named_without_their_values(
    auditor: Client, tom: User
) -> None:
    lead = make_lead()
    activities.log(tom, lead.pk, ActivityKind.NOTE, "Secret")
    set_facts(tom, lead.pk, {"last_name": "Kim"})
    answer = auditor.get(AUDIT)
    assert [line.what for line in answer.context["lines"]] == ["Last name changed", "Note"]
    assert "Secret" not in answer.text
    assert "Kim" not in answer.text
    assert f'href="{page_of(lead)}"' in answer.text


def test_what_was_logged_in_korean_is_found_by_its_kind(auditor: Client, tom: User) -> None:
    with translation.override("ko"):
        logged(tom, make_lead(), str(personal.LOOKED))
    assert len(shown(auditor, kind="held_back")) == 1


def test_older_pages_hold_everything_once_and_in_order(auditor: Client, tom: User) -> None:
    """Also where many things happened at the same moment, to the microsecond, in several sources."""
    destination = make_destination()
    for number in range(40):
        at = NOON + timedelta(microseconds=500 * (number % 7))
        logged(tom, destination, str(number), at)
        Edit.objects.create(id=_key_at(at), actor=tom)
        AccessLog.objects.create(username=f"user{number}")
        AccessLog.objects.filter(username=f"user{number}").update(attempt_time=at)
    whole = newest(Asked(), None, 1000)
    assert len(whole) == 120
    paged: list[Any] = []
    before = None
    while page := newest(Asked(), before, 7):
        paged += page
        before = Place.read(str(page[-1].place))
        assert before == page[-1].place
    assert [entry.place for entry in paged] == [entry.place for entry in whole]


def _key_at(at: datetime) -> Any:
    return type(new_id())(int=first_id_at(at).int | new_id().int & (1 << 62) - 1)


def test_the_next_page_is_fetched_alone(auditor: Client, tom: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    for number in range(3):
        logged(tom, make_destination(), str(number))
    client = auditor
    first = client.get(AUDIT)
    assert len(first.context["lines"]) == 2
    second = client.get(AUDIT + first.context["older"], headers={"HX-Request": "true"})
    assert len(second.context["lines"]) == 1
    assert second.context["older"] == ""
    assert "<html" not in second.text


def test_it_is_taken_along_as_csv_in_which_nothing_is_a_formula(auditor: Client, tom: User) -> None:
    logged(tom, make_destination(name="=cmd()"), "Paused.", datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    AccessLog.objects.create(username="=HYPERLINK(1)", ip_address="203.0.113.9")
    client = auditor
    answer: Any = client.post("/admin/audit/export/?period=")
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeffTime,")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert [row[1] for row in rows[1:]].count("'=HYPERLINK(1)") == 1
    assert rows[-1][:4] == [
        "2026-03-02T12:00:00+00:00",
        "Tom Becker",
        "Settings and operation",
        "destination =cmd() · Paused.",
    ]
    assert rows[1][3].endswith("Exported the audit.")


def test_no_more_than_so_many_are_taken_along(auditor: Client, tom: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_EXPORTED", 4)
    monkeypatch.setattr(audit, "PAGE", 2)
    for number in range(9):
        logged(tom, make_destination(), str(number))
    answer: Any = auditor.post("/admin/audit/export/")
    assert len(b"".join(answer.streaming_content).splitlines()) == 5


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_all_are_days(auditor: Client, day: str) -> None:
    for name in ("since", "until"):
        assert shown(auditor, **{name: day}) == []


def test_looking_changes_nothing(auditor: Client, tom: User) -> None:
    everything(tom)
    client = auditor
    before = all_rows()
    shown(client)
    assert client.get("/admin/audit/export/").status_code == 405
    assert all_rows() == before


def test_the_number_of_queries_does_not_grow(auditor: Client, tom: User) -> None:
    client = auditor

    def queries() -> int:
        client.get(AUDIT)
        with CaptureQueriesContext(connection) as captured:
            client.get(AUDIT)
        return len(captured)

    everything(tom)
    few = queries()
    for _number in range(5):
        everything(make_user(SALES)) if not Destination.objects.filter(name="CRM").delete() else None
        edit_leads(By(tom), {make_lead().pk: {"owner_id": make_user().pk}})
    assert queries() <= few + 1  # names of owners


def test_the_newest_are_found_by_indexes(tom: User) -> None:
    kind = ContentType.objects.get_for_model(Destination)
    at = [NOON + timedelta(minutes=number) for number in range(6000)]
    LogEntry.objects.bulk_create(
        [LogEntry(user=tom, content_type=kind, object_id="1", action_flag=CHANGE, action_time=one) for one in at]
    )
    Edit.objects.bulk_create([Edit(id=_key_at(one), actor=tom) for one in at])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    place = Place(NOON + timedelta(minutes=3000), 1, 10)
    with query_plans() as plans:
        assert len(newest(Asked(), place, 50)) == 50
        assert len(newest(Asked(since=NOON, until=NOON + timedelta(minutes=100)), None, 50)) == 50
    for table in ("django_admin_log", "leads_edit"):
        assert [plan.steps for plan in plans if reads_through(plan.steps, table)] == []
    assert len(SOURCES) == 7


def test_it_is_for_owners() -> None:
    assert address_of("leads_audit") == AUDIT
