"""Points with their reasons, and all open leads scored again after the rules changed."""

from typing import Any

import pytest

from leads import tasks
from leads.models import Lead, Rescoring, ScoreRule
from leads.sales import rescoring
from leads.scoring import BY_HAND, MOST, holds, load_scoring, set_score
from leads.states import Stage
from tests.factories import make_lead, make_offer, make_touch, make_user

pytestmark = pytest.mark.django_db

Trait = ScoreRule.Trait


@pytest.mark.parametrize(
    ("trait", "value", "lead", "expected"),
    [
        (Trait.ACTION, "ins", {"action": "INS"}, True),
        (Trait.ACTION, "PLT", {"action": "INS"}, False),
        (Trait.COUNTRY, "KR", {"country_code": "KR"}, True),
        (Trait.COUNTRY, "KR", {"country_code": "DE"}, False),
        (Trait.TITLE, "manager", {"title": "IT Manager"}, True),
        (Trait.TITLE, "chief", {"title": "IT Manager"}, False),
        (Trait.TITLE, "", {"title": "IT Manager"}, False),
        (Trait.BUSINESS_MAIL, "", {"mail_domain": "fabrikam.example"}, True),
        (Trait.BUSINESS_MAIL, "", {"mail_domain": ""}, False),
        (Trait.PHONE, "", {"phone": "02-555-0123"}, True),
        (Trait.PHONE, "", {"phone": ""}, False),
        (Trait.COME_BACK, "", {"touch_count": 2}, True),
        (Trait.COME_BACK, "", {"touch_count": 1}, False),
        ("gone", "", {}, False),
    ],
)
def test_a_rule_holds_when_its_trait_is_true_of_the_lead(
    trait: str, value: str, lead: dict[str, Any], expected: bool
) -> None:
    assert holds(ScoreRule(trait=trait, value=value, points=1), Lead(**lead), has_note=False) is expected


def test_an_offer_and_a_note_count_too() -> None:
    offer = make_offer(name="Firewall")
    ScoreRule.objects.create(trait=Trait.OFFER, offer=offer, points=5)
    ScoreRule.objects.create(trait=Trait.NOTE, points=15)
    ScoreRule.objects.create(trait=Trait.PHONE, points=99, enabled=False)
    noted, plain = make_lead(offer=offer, phone="1"), make_lead(offer=make_offer())
    make_touch(noted, note="Call me")
    make_touch(plain)
    set_score([noted, plain], load_scoring())
    assert (noted.score, plain.score, plain.score_reasons) == (20, 0, [])
    assert noted.score_reasons == [
        {"trait": "note", "value": "", "points": 15},
        {"trait": "offer", "value": "Firewall", "points": 5},
    ]


def test_a_score_has_its_bounds() -> None:
    for number in range(30):
        ScoreRule.objects.create(trait=Trait.TITLE, value="x", points=-100 if number < 15 else 100)
    ScoreRule.objects.filter(points__lt=0).delete()
    lead = make_lead(title="x")
    set_score([lead], load_scoring())
    assert lead.score == MOST


def test_what_somebody_scored_by_hand_stays() -> None:
    ScoreRule.objects.create(trait=Trait.ACTION, value="INS", points=20)
    reasons = [{"trait": BY_HAND, "value": "", "points": -50}]
    lead = make_lead(action="INS", score=-50, score_reasons=reasons)
    set_score([lead], load_scoring())
    assert (lead.score, lead.score_reasons) == (-50, reasons)


def scores() -> list[int]:
    return list(Lead.objects.order_by("id").values_list("score", flat=True))


def test_all_open_leads_are_scored_again_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "PAGE", 2)
    ScoreRule.objects.create(trait=Trait.ACTION, value="INS", points=20)
    for number in range(5):
        make_lead(action="INS", score=20 * (number == 0))
    make_lead(action="INS", stage=Stage.WON)
    job = rescoring.ask(make_user())
    assert not rescoring.go_on()
    assert scores() == [20, 20, 20, 20, 20, 0]
    job.refresh_from_db()
    assert (job.scored, job.changed, job.finished_at is not None) == (5, 5, True)  # of the first one the reasons
    assert not Lead.objects.filter(version__gt=0).exists()


def test_a_worker_that_died_leaves_its_place_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "PAGE", 2)
    monkeypatch.setattr(rescoring, "SECONDS_AT_ONCE", 0.0)
    ScoreRule.objects.create(trait=Trait.ACTION, value="INS", points=20)
    for _n in range(3):
        make_lead(action="INS")
    rescoring.ask(None)
    with monkeypatch.context() as broken:
        broken.setattr(rescoring, "SECONDS_AT_ONCE", 9.0)
        broken.setattr(rescoring, "set_score", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rescoring.go_on()
    assert (scores(), Rescoring.objects.get().cursor) == ([0, 0, 0], None)
    monkeypatch.setattr(rescoring, "SECONDS_AT_ONCE", 9.0)
    rescoring.go_on()
    assert scores() == [20, 20, 20]


def test_asking_again_ends_the_one_under_way() -> None:
    first, second = rescoring.ask(None), rescoring.ask(None)
    first.refresh_from_db()
    assert (first.finished_at is None, second.finished_at is None) == (False, True)


def test_the_task_goes_on_in_the_back_of_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(tasks.score_again, "delay", lambda: started.append("again"))
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    monkeypatch.setattr(rescoring, "SECONDS_AT_ONCE", 0.0)
    tasks.score_again()
    assert started == ["again"]
    monkeypatch.setattr(rescoring, "SECONDS_AT_ONCE", 9.0)
    tasks.score_again()
    assert started == ["again"]
