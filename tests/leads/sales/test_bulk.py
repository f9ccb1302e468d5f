"""The same for many leads at once: in pages, as one edit, undone as one."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.utils import timezone

from leads.history.undo import TooLate
from leads.models import BulkEdit, Change, Edit, Lead
from leads.models.bulk_edit import BulkKind
from leads.sales import bulk
from leads.states import CloseReason, EditCause, Stage
from tests.factories import make_lead, make_user
from tests.leads.at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return make_user()


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 2)


def five(**values: object) -> list[UUID]:
    return [make_lead(**values).pk for _number in range(5)]


def work_off(job: BulkEdit) -> BulkEdit:
    while bulk.work_off(job.pk):
        pass
    job.refresh_from_db()
    return job


def test_many_leads_are_given_to_somebody_as_one_edit(boss: User) -> None:
    tom, ids = make_user(), five()
    job = work_off(bulk.ask(boss, BulkKind.GIVE, ids, {"to": tom.pk}))
    assert (job.found, job.done, job.changed) == (5, 5, 5)
    assert job.finished_at is not None
    assert set(Lead.objects.values_list("owner", "version")) == {(tom.pk, 1)}
    edit = Edit.objects.get()
    assert (edit, edit.actor, edit.cause) == (job.edit, boss, EditCause.PERSON)
    assert Change.objects.filter(edit=edit, field="owner_id").count() == 5


def test_they_are_given_back_by_one_undo(boss: User) -> None:
    ines, ids = make_user(), five()
    first, *others = ids
    Lead.objects.filter(pk=first).update(owner=ines)
    job = work_off(bulk.ask(boss, BulkKind.GIVE, ids, {"to": make_user().pk}))
    Lead.objects.filter(pk=others[0]).update(owner=ines)  # somebody went on from there
    undoing = work_off(bulk.ask_to_undo(boss, job.edit))
    assert bulk.undone_by(undoing) == (4, 1)
    assert set(Lead.objects.filter(owner=ines).values_list("pk", flat=True)) == {first, others[0]}
    assert Lead.objects.filter(owner=None).count() == 3
    assert undoing.edit.undoes == job.edit
    with pytest.raises(TooLate):
        bulk.ask_to_undo(boss, job.edit)


def test_only_leads_that_may_move_there_are_moved(boss: User) -> None:
    ids = five() + five(stage=Stage.WON)
    job = work_off(bulk.ask(boss, BulkKind.STAGE, ids, {"stage": "lost", "close_reason": "no_need"}))
    assert (job.found, job.changed) == (10, 5)
    assert Lead.objects.filter(stage=Stage.LOST, close_reason=CloseReason.NO_NEED).count() == 5
    assert Lead.objects.filter(stage=Stage.WON, close_reason="").count() == 5


def test_open_leads_sleep_until_the_given_time(boss: User) -> None:
    until = timezone.now() + timedelta(days=3)
    ids = five() + five(stage=Stage.LOST)
    work_off(bulk.ask(boss, BulkKind.SNOOZE, ids, {"until": until.isoformat()}))
    found = Lead.objects.filter(snoozed_until=until)
    assert {lead.stage for lead in found} == {Stage.NEW}
    assert found.count() == 5


def test_what_is_irrelevant_gets_a_low_score_with_its_reason(boss: User) -> None:
    work_off(bulk.ask(boss, BulkKind.IRRELEVANT, five(score=20), {}))
    (score,) = set(Lead.objects.values_list("score", flat=True))
    assert score == bulk.IRRELEVANT
    assert all(lead.score_reasons[0]["trait"] == "by_hand" for lead in Lead.objects.all())


def test_nothing_happens_for_somebody_who_is_gone_meanwhile(boss: User) -> None:
    gone = make_user()
    job = bulk.ask(boss, BulkKind.GIVE, five(), {"to": gone.pk})
    gone.delete()
    assert work_off(job).changed == 0
    assert Lead.objects.filter(owner=None).count() == 5


def test_a_worker_that_is_killed_between_pages_leaves_the_rest_to_another(boss: User) -> None:
    job = bulk.ask(boss, BulkKind.IRRELEVANT, five(), {})
    assert bulk.work_off_page(job.pk) is True
    assert Lead.objects.filter(score=bulk.IRRELEVANT).count() == 2
    assert bulk.to_go_on_with() == []
    BulkEdit.objects.update(worked_at=Now() - bulk.GIVEN_UP_AFTER - timedelta(seconds=1))
    assert bulk.to_go_on_with() == [job.pk]
    assert work_off(job).changed == 5
    assert bulk.to_go_on_with() == []
    assert bulk.work_off_page(job.pk) is False


def test_a_page_that_fails_changes_nothing_and_can_be_done_again(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bulk.ask(boss, BulkKind.IRRELEVANT, five(), {})
    with monkeypatch.context() as patch:
        patch.setattr(bulk, "_change", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bulk.work_off_page(job.pk)
    job.refresh_from_db()
    assert (job.done, job.changed, Lead.objects.filter(score=0).count()) == (0, 0, 5)
    assert work_off(job).changed == 5


def test_what_its_asker_works_off_is_left_alone_by_workers(boss: User) -> None:
    bulk.ask(boss, BulkKind.IRRELEVANT, five(), {}, at_once=True)
    assert bulk.to_go_on_with() == []


def test_keys_are_forgotten_when_it_is_done_and_the_row_after_a_day(boss: User) -> None:
    job = work_off(bulk.ask(boss, BulkKind.IRRELEVANT, five(), {}))
    assert bytes(job.lead_ids) == b""
    BulkEdit.objects.update(finished_at=timezone.now() - timedelta(days=2))
    newer = bulk.ask(boss, BulkKind.IRRELEVANT, five(), {})
    assert list(BulkEdit.objects.all()) == [newer]


def test_times_are_undone_to_the_microsecond(boss: User) -> None:
    """The database keeps them, and so must the history."""
    exact = datetime.fromisoformat("2026-03-02T12:00:00.123456+00:00")
    ids = five(routed_at=exact)
    job = work_off(bulk.ask(boss, BulkKind.GIVE, ids, {"to": make_user().pk}))
    work_off(bulk.ask_to_undo(boss, job.edit))
    assert {(lead.routed_at, lead.owner) for lead in Lead.objects.all()} == {(exact, None)}


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_nobody_changes_a_lead_twice(boss: User) -> None:
    job = bulk.ask(boss, BulkKind.GIVE, five(), {"to": make_user().pk})

    def work() -> None:
        while bulk.work_off(job.pk):
            pass

    at_once([work, work])
    work()  # the pages that one left to the other
    job.refresh_from_db()
    assert (job.done, job.changed) == (5, 5)
    assert set(Lead.objects.values_list("version", flat=True)) == {1}
    assert Change.objects.filter(field="owner_id").count() == 5
