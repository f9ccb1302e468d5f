"""What is changed is noted: who, why, what stood there before; and it can be taken back."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from leads.history.edits import By, edit_lead, edit_leads
from leads.history.undo import TooLate, Undone, undo
from leads.models import Change, Edit, Lead
from leads.states import EditCause, Stage
from tests.factories import make_lead, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina() -> User:
    return make_user(username="mina")


@pytest.fixture
def tom() -> User:
    return make_user(username="tom")


def changes(edit: Edit) -> dict[str, tuple[object, object]]:
    return {change.field: (change.before, change.after) for change in edit.changes.all()}


def owned_by(user: User, *leads: Lead) -> dict[UUID, dict[str, int]]:
    return {lead.id: {"owner_id": user.pk} for lead in leads}


def test_one_edit_holds_each_field_of_each_lead_that_changed(mina: User) -> None:
    first, second, same = make_lead(), make_lead(stage=Stage.CONTACTED), make_lead(owner=mina)
    values = {"stage": Stage.CONTACTED, "owner_id": mina.pk}
    edit = edit_leads(By(mina, reason="Tidying"), {first.id: values, second.id: values, same.id: {"owner_id": mina.pk}})
    assert edit is not None
    assert (edit.actor, edit.cause, edit.reason) == (mina, EditCause.PERSON, "Tidying")
    assert set(Change.objects.values_list("lead", "field", "before", "after")) == {
        (first.id, "stage", "new", "contacted"),
        (first.id, "owner_id", None, mina.pk),
        (second.id, "owner_id", None, mina.pk),
    }
    versions = {lead.id: lead.version for lead in Lead.objects.all()}
    assert versions == {first.id: 1, second.id: 1, same.id: 0}


def test_an_edit_that_changes_nothing_is_none() -> None:
    lead = make_lead()
    assert edit_lead(By(), lead.id, {"stage": Stage.NEW}) is None
    assert edit_lead(By(), lead.id, {"stage": Stage.WON}, only=Q(stage=Stage.LOST)) is None
    assert not Edit.objects.exists()
    lead.refresh_from_db()
    assert (lead.stage, lead.version) == (Stage.NEW, 0)


def test_what_a_lead_is_found_by_follows_its_name_and_address(mina: User) -> None:
    lead = make_lead()
    edit_lead(By(mina), lead.id, {"last_name": "Kim", "email": "Mina+x@Contoso.example"})
    assert Lead.objects.search("kim contoso").get() == lead
    lead.refresh_from_db()
    assert (lead.email_key, lead.mail_domain) == ("mina@contoso.example", "contoso.example")


def test_undo_brings_back_every_value_to_the_last_microsecond(mina: User, tom: User) -> None:
    moment = timezone.now().replace(microsecond=123456)
    lead = make_lead(owner=tom, snoozed_until=moment, score_reasons=[{"trait": "note"}])
    values = {"owner_id": mina.pk, "snoozed_until": moment + timedelta(microseconds=1), "routed_at": moment,
              "score_reasons": [], "stage": Stage.LOST, "close_reason": "no_need"}  # fmt: skip
    edit = edit_lead(By(mina), lead.id, values)
    assert edit is not None
    assert undo(edit, mina) == Undone(1, 0)
    lead.refresh_from_db()
    assert (lead.owner, lead.snoozed_until, lead.routed_at) == (tom, moment, None)
    assert (lead.score_reasons, lead.stage, lead.close_reason) == ([{"trait": "note"}], Stage.NEW, "")
    undoing = Edit.objects.get(undoes=edit)
    assert (undoing.actor, undoing.cause) == (mina, EditCause.UNDO)
    assert changes(undoing) == {field: (after, before) for field, (before, after) in changes(edit).items()}


def test_a_lead_that_somebody_changed_since_is_left_alone(mina: User, tom: User) -> None:
    first, second, third = make_lead(), make_lead(), make_lead()
    edit = edit_leads(By(mina), owned_by(mina, first, second, third))
    assert edit is not None
    edit_lead(By(tom), second.id, {"owner_id": tom.pk})
    edit_lead(By(tom), third.id, {"stage": Stage.CONTACTED})  # another field is no conflict
    assert undo(edit, mina) == Undone(2, 1)
    assert [lead.owner for lead in Lead.objects.order_by("id")] == [None, tom, None]


def test_a_lead_that_is_gone_is_no_conflict_for_the_others(mina: User) -> None:
    first, second = make_lead(), make_lead()
    edit = edit_leads(By(mina), owned_by(mina, first, second))
    assert edit is not None
    second.delete()
    assert undo(edit, mina) == Undone(1, 0)


def test_undo_works_once_and_for_ten_minutes(mina: User) -> None:
    edit = edit_lead(By(mina), make_lead().id, {"owner_id": mina.pk})
    late = edit_lead(By(mina), make_lead().id, {"owner_id": mina.pk})
    assert edit is not None
    assert late is not None
    undo(edit, mina)
    with pytest.raises(TooLate):
        undo(edit, mina)
    Edit.objects.filter(pk=late.pk).update(at=timezone.now() - timedelta(minutes=10, seconds=1))
    with pytest.raises(TooLate):
        undo(late, mina)
    assert Lead.objects.filter(owner=mina).count() == 1


def test_an_undo_can_be_undone(mina: User) -> None:
    lead = make_lead()
    edit = edit_lead(By(mina), lead.id, {"owner_id": mina.pk})
    assert edit is not None
    undo(edit, mina)
    assert undo(Edit.objects.get(undoes=edit), mina) == Undone(1, 0)
    lead.refresh_from_db()
    assert lead.owner == mina
