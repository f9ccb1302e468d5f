"""An installation in which everything there is to see is there once, named in Korean."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from integrations.contract import Arrival, CredentialEnd, StepResult
from leads.marketplace.lead_source import Quality
from leads.models import Delivery, Destination, Endpoint, Notice, PrivacyRule, Term, Touch
from leads.models.ids import new_id
from leads.models.notice import NoticeKind, NoticeState
from leads.models.resend_job import ResendKind, ResendState, Skipped
from leads.notices.credentials import keep_ends
from leads.states import AttemptResult, DeliveryState, InboundState, PausedBy, Stage, Withheld
from tests import factories
from tests.i18n import workday


@pytest.fixture
def owner(db: None) -> User:
    return factories.make_user("owner", username="주인", is_staff=True)


@pytest.fixture
def korean(owner: User) -> Client:
    """The owner's browser, which asks for Korean."""
    client = Client(headers={"accept-language": "ko-KR,ko;q=0.9"})
    client.force_login(owner)
    return client


@pytest.fixture
def installation(owner: User) -> None:
    cache.clear()
    _people(owner)
    endpoint = _set_up()
    _destinations(timezone.now())
    _deliveries(_leads(endpoint))
    _replays(owner)
    _rejected(endpoint)
    workday.leave_behind(owner)


def _people(owner: User) -> None:
    factories.make_token(owner)
    factories.make_user("sales", "sales lead", username="영업", is_staff=True)
    Term.objects.create(kind=Term.Kind.SOURCE, code="SHOW", label="전시회")
    PrivacyRule.objects.create(domain="ac.kr", action="strip")


def _set_up() -> Endpoint:
    offer = factories.make_offer(name="방화벽", publisher_id="contoso-7", offer_id="contoso-7-firewall")
    factories.make_title("방화벽 플러스", offer)
    factories.make_title("모르는 제목")
    factories.make_endpoint(name="꺼진 접수", enabled=False)
    now = timezone.now()
    endpoint = factories.make_endpoint(name="접수", offer=offer, last_lead_at=now, last_test_lead_at=now)
    for slot in (1, 2):
        factories.make_secret(endpoint, slot)
    return endpoint


def _destinations(now: datetime) -> None:
    long_ago, soon = now - timedelta(hours=5), now + timedelta(minutes=7)
    proved = {"last_success_at": now, "last_failure_at": long_ago}
    good = factories.make_destination(name="잘 되는 곳", gate=proved)
    steps = [{"label": "연결", "result": result.value, "detail": ""} for result in StepResult]
    factories.make_proof(good, steps=steps)
    factories.make_route(good, sources=["SPZA"], actions=["PLT"], countries=["KR"])
    _ending_credential(good, now)
    factories.make_destination("salesforce", name="영업 시스템")
    factories.make_destination(name="꺼진 곳", enabled=False)
    factories.make_destination(name="새로운 곳")
    factories.make_destination(name="밀린 곳", gate={"held_until": soon, "last_success_at": long_ago})
    factories.make_destination(name="실패한 곳", gate={"last_success_at": long_ago, "last_failure_at": now})
    paused = {"paused_at": long_ago, "paused_by": PausedBy.MACHINE, "pause_cause": "sign_in_refused"}
    factories.make_destination(name="멈춘 곳", gate={**paused, "pause_detail": "401", "next_check_at": soon})


def _ending_credential(destination: Destination, now: datetime) -> None:
    ends_on = (now + timedelta(days=5)).date()
    keep_ends(destination, [CredentialEnd("bearer_token", "토큰", ends_on)])
    params = {"credential": "bearer_token", "ends_on": ends_on.isoformat()}
    for state in NoticeState:
        sent_at = {"sent_at": now} if state is NoticeState.SENT else {}
        given = {"kind": NoticeKind.CREDENTIAL_ENDS, "destination": destination, "params": params, "state": state}
        Notice.objects.create(**given, **sent_at)


def _leads(endpoint: Endpoint) -> list[Touch]:
    """One of each stage and quality."""
    given = {"last_name": "박", "first_name": "미나", "company": "파브리캄", "title": "팀장"}
    touches = []
    for stage in Stage.values:
        lead = factories.make_lead(stage=stage, country_code="KR", action="PLT", source="SPZA", **given)
        touches += [_touch(lead=lead, endpoint=endpoint, quality=quality) for quality in Quality.values]
        lead.touch_count = 70
        lead.save()
    for flag in ("is_test", "is_dnc", "is_private"):
        lead = factories.make_lead(**given, **{flag: True})
        touches.append(_touch(lead=lead, endpoint=endpoint, is_test=flag == "is_test", is_dnc=flag == "is_dnc"))
    return touches


def _touch(**values: Any) -> Touch:
    remark = {"code": "number_as_text", "params": {"field": "Phone_1"}}
    values |= {"note": "견적을 부탁드립니다", "campaign_ids": ["7"], "tested_at": timezone.now()}
    return factories.make_touch(**values, warnings=[remark], unknown_fields={"Field_1": "값"})


def _deliveries(touches: list[Touch]) -> None:
    """One for every state, reason, arrival and result there is."""
    destinations = list(Destination.objects.all())
    pairs = iter([(touch, destination) for touch in touches for destination in destinations])

    def make(**values: Any) -> Delivery:
        touch, destination = next(pairs)
        return factories.make_delivery(destination, touch, **values)

    for reason in ("may_have_arrived", "sign_in_refused", "defect"):
        make(state=DeliveryState.FAILED, reason=reason)
    for reason in Withheld.values:
        make(state=DeliveryState.WITHHELD, reason=reason)
    for arrival in Arrival:
        make(state=DeliveryState.DELIVERED, arrival=arrival.value, external_url="https://crm.example/7")
    make(state=DeliveryState.SENDING)
    make(state=DeliveryState.CANCELLED, without_personal_data=True)
    _attempts(make(deadline_at=timezone.now() + timedelta(days=3)))


def _attempts(delivery: Delivery) -> None:
    exchange = {"method": "POST", "url": "https://crm.example/leads", "request_headers": {}, "request_body": "{}"}
    for result in AttemptResult.values:
        finished = {"finished_at": timezone.now(), "result": result, "cause": "server_trouble", "duration_ms": 7}
        factories.make_attempt(
            delivery, claim_id=new_id(), exchange=exchange, is_late=True, http_status=503, **finished
        )
    factories.make_attempt(delivery)


def _replays(owner: User) -> None:
    """Of each kind, in each state, with all that can be left out."""
    destination = Destination.objects.first()
    skipped = dict.fromkeys(Skipped.values, 2)
    for kind in ResendKind:
        given = {"kind": kind, "asked_by": owner, "since": timezone.now(), "skipped": skipped}
        factories.make_resend_job(destination, **given, state=ResendState.CANCELLED, finished_at=timezone.now())
    factories.make_resend_job(reason="sign_in_refused", state=ResendState.DONE, finished_at=timezone.now())
    factories.make_resend_job(state=ResendState.RUNNING, found=7, moved=3)
    factories.make_resend_job(states=["cancelled", "queued"])


def _rejected(endpoint: Endpoint) -> None:
    params = {"line": 1, "column": 7, "reason": "comma_missing"}
    refused = {"state": InboundState.REJECTED, "reason": "not_json", "reason_params": params}
    factories.make_inbound(b"{", endpoint=endpoint, content_type="application/json", **refused)
    factories.make_inbound({}, endpoint=endpoint)
    factories.make_inbound({}, endpoint=endpoint, state=InboundState.REPEAT, repeat_of=Touch.objects.first())
