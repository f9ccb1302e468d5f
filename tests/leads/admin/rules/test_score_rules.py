"""Score rules: each with what it is compared with, the effect before saving, and all open leads scored again."""

from typing import Any

import pytest
from django.test import Client

from leads.models import Lead, Rescoring, ScoreRule
from leads.sales import rescoring
from leads.scoring import USUAL
from leads.states import Stage
from tests.factories import make_lead, make_offer, make_score_rule
from tests.leads.admin.places import page_of
from tests.leads.admin.rows import all_rows
from tests.leads.admin.shown import errors_of, messages_of

pytestmark = pytest.mark.django_db

LIST = "/admin/leads/scorerule/"
ADD = f"{LIST}add/"


def posted(**values: Any) -> dict[str, Any]:
    return {"trait": "phone", "points": "10", "enabled": "on"} | values


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"trait": "action", "action": "PLT", "country": "DE"}, ("action", "PLT")),
        ({"trait": "country", "country": "DE"}, ("country", "DE")),
        ({"trait": "title", "words_in_title": "chief"}, ("title", "chief")),
        ({"trait": "phone", "words_in_title": "left over"}, ("phone", "")),
    ],
)
def test_a_rule_keeps_what_its_trait_is_compared_with_and_nothing_else(
    owner: Client, values: dict[str, str], stored: tuple[str, str]
) -> None:
    owner.post(ADD, posted(**values))
    rule = ScoreRule.objects.get()
    assert (rule.trait, rule.value, rule.offer, rule.points) == (*stored, None, 10)


def test_a_rule_on_an_offer_names_it_and_forgets_it_with_another_trait(owner: Client) -> None:
    offer = make_offer(name="Firewall")
    owner.post(ADD, posted(trait="offer", offer=offer.pk))
    rule = ScoreRule.objects.get()
    assert (rule.offer, rule.value) == (offer, "")
    assert "The offer is Firewall" in owner.get(LIST).text
    owner.post(page_of(rule), posted(trait="note", offer=offer.pk))
    rule.refresh_from_db()
    assert (rule.trait, rule.offer) == ("note", None)


def test_a_stored_rule_is_shown_with_its_value(owner: Client) -> None:
    form = owner.get(page_of(make_score_rule(trait="action", value="PLT"))).context["adminform"].form
    assert (form["action"].value(), form["country"].value()) == ("PLT", None)
    gone = owner.get(page_of(make_score_rule(trait="action", value="OLD"))).context["adminform"].form
    assert gone["action"].value() == "OLD"
    assert ("OLD", "OLD") in gone.fields["action"].choices


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"trait": "action"}, "action"),
        ({"trait": "country", "country": "ZZ"}, "country"),
        ({"trait": "title"}, "words_in_title"),
        ({"trait": "offer"}, "offer"),
        ({"trait": "luck"}, "trait"),
        ({"points": "101"}, "points"),
        ({"points": "-101"}, "points"),
        ({"points": ""}, "points"),
    ],
)
def test_what_is_wrong_is_named_beside_the_field(owner: Client, values: dict[str, str], field: str) -> None:
    assert list(errors_of(owner.post(ADD, posted(**values)))) == [field]
    assert not ScoreRule.objects.exists()


def test_a_trial_shows_the_points_before_and_after(owner: Client) -> None:
    rule = make_score_rule(points=10)
    for phone in ("1", "2", ""):
        make_lead(phone=phone)
    before = all_rows()
    answer = owner.post(page_of(rule), posted(points="-3", _try="1"))
    assert all_rows() == before
    (table,) = answer.context["tried"].tables
    shown = [(row.label, row.before, row.after) for row in table.rows if row.before or row.after]
    assert shown == [("10 to 14", 2, 0), ("0 to 4", 1, 1), ("-5 to -1", 0, 2)]
    assert "2 leads would have other points." in answer.text
    assert {(was, would_be) for _lead, _name, was, would_be in answer.context["tried"].examples} == {("10", "-3")}


def test_a_trial_of_a_new_and_of_a_disabled_rule(owner: Client) -> None:
    rule = make_score_rule(points=10)
    make_lead(phone="1")
    added = owner.post(ADD, posted(trait="come_back", _try="1"))
    assert added.context["tried"].trial.changed == 0
    disabled = owner.post(page_of(rule), {"trait": "phone", "points": "10", "_try": "1"})
    assert [(was, then) for _lead, _name, was, then in disabled.context["tried"].examples] == [("10", "0")]


def test_all_open_leads_are_scored_again_in_the_background(owner: Client, hinted: list[str]) -> None:
    make_score_rule()
    make_lead(phone="1")
    make_lead(phone="1", stage=Stage.WON)
    answer = owner.post(f"{LIST}score-again/", follow=True)
    assert messages_of(answer) == [
        "All open leads are being scored again. Look again in a moment to see how far it is."
    ]
    assert "Under way, asked for " in answer.text
    assert list(Lead.objects.values_list("score", flat=True)) == [0, 0]
    assert Rescoring.objects.get().asked_by is not None
    rescoring.go_on()
    assert sorted(Lead.objects.values_list("score", flat=True)) == [0, 10]
    assert "1 lead, 1 with other points than before." in owner.get(LIST).text


def test_who_only_looks_scores_nothing_again(sales_lead: Client) -> None:
    assert "Score all open leads again" not in sales_lead.get(LIST).text
    assert sales_lead.post(f"{LIST}score-again/").status_code == 403
    assert not Rescoring.objects.exists()


def test_who_has_no_rule_yet_begins_with_the_usual_ones(owner: Client, sales_lead: Client) -> None:
    assert "Begin with the usual rules" in owner.get(LIST).text
    assert "Begin with the usual rules" not in sales_lead.get(LIST).text
    answer = owner.post(f"{LIST}usual/", follow=True)
    assert messages_of(answer) == ["Change them as you see fit."]
    assert "Begin with the usual rules" not in answer.text
    rules = [(rule.trait, rule.value, rule.points) for rule in ScoreRule.objects.order_by("id")]
    assert rules == list(USUAL)
    assert messages_of(owner.post(f"{LIST}usual/", follow=True)) == ["There are rules already."]
    assert ScoreRule.objects.count() == len(USUAL)
