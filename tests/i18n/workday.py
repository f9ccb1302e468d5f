"""What a day in sales leaves behind: rows of every kind and state, named in Korean."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from leads.assignment.assigning import assign_waiting
from leads.history.edits import By
from leads.importing import jobs, storing
from leads.importing.storing import Uploaded
from leads.models import Destination, Endpoint, Lead
from leads.models.export_job import ExportFault, ExportJob, ExportState
from leads.models.import_job import ImportJob, ImportState
from leads.models.notice import NoticeState
from leads.models.privacy import Chase, PrivacyRequest, RequestKind, RequestState
from leads.models.saved_view import SharedWith
from leads.models.scoring import ScoreRule
from leads.reports.tallying import all_days, count_again
from leads.sales.activities import log, log_call
from leads.sales.duplicates import compare_waiting
from leads.sales.merging import merge
from leads.sales.owning import give, take
from leads.sales.stages import move_stage
from leads.sales.steps import plan, snooze
from leads.states import ActivityKind, CallOutcome, CloseReason, DeliveryState, SalesKind, Stage, TaskKind
from tests import factories

PERSON = {"last_name": "박", "first_name": "미나", "company": "파브리캄", "title": "팀장", "country_code": "KR"}


def leave_behind(owner: User) -> None:
    seller = factories.make_user("sales", username="판매", is_staff=True)
    _rules(seller)
    _work(seller, owner)
    _duplicates(seller)
    _notices(seller)
    _files(owner)
    _privacy(owner)
    assert list(count_again(all_days()))


def _rules(seller: User) -> None:
    team = factories.make_team(seller, name="서울팀", leader=seller)
    calendar = factories.make_calendar(name="근무 시간", holidays=["2026-12-25"])
    factories.make_country_group("KR", "JP", name="동아시아")
    factories.make_absence(seller)
    factories.make_assignment_rule(seller, name="한국", countries=["KR"])
    factories.make_assignment_rule(name="나머지", team=team, enabled=False)
    factories.make_service_level(name="급함", calendar=calendar)
    for trait in ScoreRule.Trait:
        factories.make_score_rule(trait=trait)
    for shared in SharedWith:
        factories.make_view(seller, name="보기", shared_with=shared, team=team if shared == SharedWith.TEAM else None)


def _work(seller: User, owner: User) -> None:
    addresses = (f"mina{number}@fabrikam.example" for number in range(24))
    leads = [factories.make_lead(**PERSON, action="PLT", email=address).pk for address in addresses]
    assign_waiting()
    rest = iter(leads)
    for outcome in CallOutcome:
        log_call(seller, next(rest), outcome, "내일 다시")
    for kind in (ActivityKind.NOTE, ActivityKind.MAIL, ActivityKind.MEETING):
        log(seller, next(rest), kind, "견적을 보냄")
    for reason in CloseReason:
        move_stage(By(owner), next(rest), Stage.DISCARDED, reason)
    busy = next(rest)
    take(seller, busy)
    give(By(owner, reason="휴가"), [busy], owner)
    for task in TaskKind:
        plan(seller, busy, task, timezone.now() - timedelta(days=1), "전화하기")
    snooze(By(seller), [busy], timezone.now() + timedelta(days=2))


def _duplicates(seller: User) -> None:
    one, other, third = (factories.make_lead(**PERSON, email_key="mina@fabrikam.example") for _ in range(3))
    merge(seller, one.pk, other.pk)
    Lead.objects.filter(pk=third.pk).update(to_compare=True)
    compare_waiting()


def _notices(seller: User) -> None:
    lead = factories.make_lead(**PERSON, opened_at=timezone.now())
    for kind in SalesKind:
        factories.make_sales_notice(seller, lead, kind=kind)
    factories.make_sales_notice(seller, lead, event="늦음", state=NoticeState.FAILED, fault="멈춤")
    factories.make_sales_notice(
        lead=lead, address="mina@fabrikam.example", state=NoticeState.SENT, sent_at=timezone.now()
    )


def _files(owner: User) -> None:
    files = [Uploaded("리드.csv", "이름,주소\n미나,nobody\n미나,mina@fabrikam.example\n".encode())]
    read = storing.store(owner, files)
    while jobs.work_off_page(read.pk):
        pass
    for state in ImportState:
        ImportJob.objects.create(asked_by=owner, state=state, rows=2, chunks=1, finished_at=timezone.now())
    for exported in ExportState:
        ExportJob.objects.create(asked_by=owner, language="ko", state=exported, finished_at=timezone.now())
    for fault in ExportFault:
        ExportJob.objects.create(asked_by=owner, language="ko", state=ExportState.FAILED, fault=fault)


def _privacy(owner: User) -> None:
    destination = Destination.objects.earliest("pk")
    for kind in RequestKind:
        lead = factories.make_lead(**PERSON)
        for state in RequestState:
            ended = {"finished_at": timezone.now()} if state in (RequestState.DONE, RequestState.DECLINED) else {}
            given = {"kind": kind, "state": state, "made_by": owner, "lead": lead, "who_asked": "전화로"}
            asked = PrivacyRequest.objects.create(**given, **ended)
    touch = factories.make_touch(Lead.objects.first(), endpoint=Endpoint.objects.earliest("pk"))
    sent = factories.make_delivery(destination, touch, state=DeliveryState.DELIVERED)
    Chase.objects.create(request=asked, delivery=sent, destination=destination)
