"""A person with unmistakable values in whatever the product can hold is erased: nothing of them is left anywhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from leads.delivery.giving_up import give_up
from leads.exporting import jobs as exports
from leads.importing import jobs as imports
from leads.importing.storing import Uploaded, lines_of, store
from leads.intake.interpreting import interpret_waiting
from leads.models import (
    Delivery,
    DestinationGate,
    ExportJob,
    ImportChunk,
    ImportJob,
    Lead,
    Notice,
    Touch,
    Trouble,
)
from leads.models.export_job import ExportFormat, ExportState
from leads.models.notice import NoticeKind
from leads.models.trouble import TroubleKind
from leads.roles import OWNER
from leads.sales import activities, contact_facts, merging, steps
from leads.states import ActivityKind, CallOutcome, DeliveryState, InboundState, TaskKind
from tests.factories import (
    lead_json,
    make_attempt,
    make_delivery,
    make_destination,
    make_endpoint,
    make_inbound,
    make_route,
    make_user,
    make_view,
)
from tests.leads.privacy.erased import erase, places_of

pytestmark = pytest.mark.django_db

ADDRESS, OTHER_ADDRESS = "zq.sentinel@unmistakable.example", "zq.sentinel+two@unmistakable.example"
FIRST, LAST, COMPANY, TITLE = "Qzwxaline", "Vbnmkovic", "Sentinelwerke", "Oberzqmeister"
PHONE, OTHER_PHONE = "+49 30 901820 77", "+49 30 901820 88"
NOTE, CALL, TASK, GIVEN_UP, ANSWER = "zq-note", "zq-call", "zq-task", "zq-given-up", "zq-answer"
UNKNOWN, WISH = "zq-unknown", "zq-wish"
SENTINELS = (
    *(ADDRESS, OTHER_ADDRESS, "unmistakable", FIRST, LAST, COMPANY, TITLE, PHONE, OTHER_PHONE),
    *("493090182077", "493090182088", NOTE, CALL, TASK, GIVEN_UP, ANSWER, UNKNOWN, WISH),
)


def posted(offer: str = "Contoso Firewall", **more: Any) -> dict[str, Any]:
    person = {"FirstName": FIRST, "LastName": LAST, "Email": ADDRESS, "Phone": PHONE, "Country": "DE"}
    about = {"Company": COMPANY, "Title": TITLE, "OfferTitle": offer, "Description": WISH, "Colour": UNKNOWN}
    return lead_json(**person | about | more)


@pytest.fixture
def user() -> User:
    return make_user(OWNER)


@pytest.fixture
def lead(user: User) -> Lead:
    """One who came twice, once by another address, was worked on, merged, sent, refused, imported and exported."""
    endpoint = make_endpoint()
    crm, other = make_destination(name="CRM"), make_destination()
    make_route(crm)
    for body in (posted(), posted(), posted("Contoso Backup", Email=OTHER_ADDRESS, Phone=OTHER_PHONE)):
        make_inbound(body, endpoint=endpoint, user_agent="Microsoft")
    make_inbound(json.dumps(posted()).encode()[:-9], endpoint=endpoint, state=InboundState.REJECTED, reason="defect")
    interpret_waiting()
    first, second = (Lead.objects.get(offer_title=title) for title in ("Contoso Firewall", "Contoso Backup"))
    _work_on(first, user)
    _deliver(Delivery.objects.filter(touch__lead=first).get(), other, user)
    merging.merge(user, first.pk, second.pk)
    contact_facts.set_facts(user, first.pk, {"last_name": LAST + "ova"})
    _quote(user, crm)
    return Lead.objects.get(pk=first.pk)


def _work_on(lead: Lead, user: User) -> None:
    contact_facts.set_facts(user, lead.pk, {"title": TITLE + " II", "phone": OTHER_PHONE})
    activities.log_call(user, lead.pk, CallOutcome.REACHED, CALL)
    activities.log(user, lead.pk, ActivityKind.NOTE, NOTE)
    steps.plan(user, lead.pk, TaskKind.CALL, timezone.now(), TASK)
    done = steps.plan(user, lead.pk, TaskKind.MAIL, timezone.now(), TASK)
    steps.finish(done)


def _deliver(delivered: Delivery, other: Any, user: User) -> None:
    """One arrived, and one was refused and given up."""
    exchange = {"method": "POST", "url": "https://crm.example.com", "request_body": json.dumps(posted())}
    ended: dict[str, Any] = {"finished_at": timezone.now(), "exchange": exchange, "detail": f"Unknown: {ADDRESS}"}
    arrived = {"state": DeliveryState.DELIVERED, "delivered_at": timezone.now(), "external_id": "00Q1"}
    Delivery.objects.filter(pk=delivered.pk).update(**arrived, external_url="https://crm.example.com/00Q1")
    make_attempt(delivered, result="delivered", **ended | {"detail": ANSWER})
    refused = make_delivery(other, delivered.touch, state=DeliveryState.FAILED)
    make_attempt(refused, result="rejected", cause="record_refused", params={"value": COMPANY}, **ended)
    give_up(Delivery.objects.filter(pk=refused.pk), user, GIVEN_UP)


def _quote(user: User, crm: Any) -> None:
    make_view(user, f"q={FIRST}+{LAST}", name=f"Ask {ADDRESS}")
    DestinationGate.objects.filter(destination=crm).update(pause_detail=f"No such mail: {ADDRESS}")
    trouble = Trouble.objects.create(key="x", kind=TroubleKind.LEADS_FAILED, destination=crm, params={"value": ADDRESS})
    told = {"names": {"value": ADDRESS}, "count": 1, "began_at": "2026-03-02T12:00:00+00:00", "told": 0}
    Notice.objects.create(kind=NoticeKind.TROUBLE, destination=crm, trouble=trouble, params=told)


@pytest.fixture
def imported(user: User, settings: Any, tmp_path: Path) -> ImportJob:
    """A file with the person and somebody else was imported, and another is only checked."""
    settings.LEADCRM_EXPORT_DIR = tmp_path / "exports"
    first = _uploaded(user, "Contoso Vault")
    imports.start(first, forwards=False, gives_owners=False)
    while imports.work_off(first.pk):
        pass
    return _uploaded(user, "Contoso Shield")


def _uploaded(user: User, offer: str) -> ImportJob:
    head = "First name,Last name,E-mail,Company,Offer name,Creation Date"
    hers, his = f"{FIRST},{LAST},{ADDRESS},{COMPANY}", "Jin,Kim,jin@fabrikam.example,X"
    rows = "\n".join([head, *(f"{who},{offer},2026-03-01" for who in (hers, his))])
    job = store(user, [Uploaded(f"{ADDRESS}.csv", rows.encode())])
    while imports.work_off(job.pk):
        pass
    job.refresh_from_db()
    return job


@pytest.fixture
def exported(imported: ImportJob, lead: Lead, user: User) -> ExportJob:
    job = exports.ask(user, ExportFormat.CSV, f"q={FIRST}+{LAST}")
    while exports.work_off(job.pk):
        pass
    job.refresh_from_db()
    assert job.state == ExportState.DONE
    return job


def test_nothing_of_an_erased_person_is_left_in_any_column_of_any_table(
    exported: ExportJob, lead: Lead, user: User, settings: Any
) -> None:
    before = places_of(SENTINELS)
    assert {"leads_lead.email", "leads_touch.note", "leads_inboundrequest.body", "leads_merge.before"} <= before
    assert {"leads_change.before", "leads_attempt.exchange", "django_admin_log.change_message"} <= before
    assert {"leads_importchunk.encrypted_rows", "leads_savedview.query", "leads_notice.params"} <= before
    assert FIRST in (settings.LEADCRM_EXPORT_DIR / exported.file).read_text()
    hers = Lead.objects.filter(email_key__contains="unmistakable")
    keys = {key for key in hers.values_list("join_key", flat=True) if key}
    digests = keys | set(Touch.objects.exclude(fingerprint="").values_list("fingerprint", flat=True))
    assert {"leads_lead.join_key", "leads_touch.fingerprint", "leads_importrow.join_key"} <= places_of(digests)
    others = {*Touch.objects.filter(first_name="Jin").values_list("fingerprint", flat=True)}
    erase(lead, user, who_asked=f"{FIRST} by mail")
    assert places_of(SENTINELS) == set()
    assert places_of(digests - others) == set()
    assert list(settings.LEADCRM_EXPORT_DIR.iterdir()) == []
    (chunk,) = ImportChunk.objects.all()
    assert [line.cells[0] for line in lines_of(chunk)] == ["Jin"]
