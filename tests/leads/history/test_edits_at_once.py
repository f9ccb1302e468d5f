"""Of two people who press at once, one wins, and the history tells the same story as the rows."""

import pytest

from leads.history.edits import By, edit_lead
from leads.history.undo import TooLate, Undone, undo
from leads.models import Change, Edit, Lead
from leads.sales.owning import take
from tests.factories import make_lead, make_user
from tests.leads.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lead_is_taken_by_one() -> None:
    lead, people = make_lead(), [make_user() for _n in range(4)]
    edits = at_once([lambda user=user: take(user, lead.id) for user in people])  # type: ignore[misc]
    (won,) = [edit for edit in edits if edit]
    lead.refresh_from_db()
    assert lead.owner == won.actor
    assert list(Change.objects.filter(field="owner_id").values_list("after", flat=True)) == [lead.owner_id]


def test_changes_at_once_form_one_chain() -> None:
    lead = make_lead()

    def work(number: int) -> None:
        for score in range(5):
            edit_lead(By(), lead.id, {"score": 10 * number + score + 1})

    at_once([lambda number=number: work(number) for number in range(4)])  # type: ignore[misc]
    lead.refresh_from_db()
    made = list(Change.objects.order_by("id").values_list("before", "after"))
    assert lead.version == len(made) == 20
    befores, afters = {before for before, _after in made}, {after for _before, after in made}
    assert befores - afters == {0}
    assert afters - befores == {Lead.objects.get().score}


def test_an_undo_pressed_twice_happens_once() -> None:
    user, lead = make_user(), make_lead()
    edit = edit_lead(By(user), lead.id, {"score": 7})
    assert edit is not None

    def press() -> Undone | None:
        try:
            return undo(edit, user)
        except TooLate:
            return None

    assert sorted(at_once([press] * 3), key=bool) == [None, None, Undone(1, 0)]
    assert Edit.objects.filter(undoes=edit).count() == 1
