"""Assignment rules: their order, the catch-all that stays, and what a change would have done with leads that came."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import AssignmentRule, CountryGroup, Lead
from leads.models.ids import new_id
from leads.roles import SALES
from tests.factories import (
    make_absence,
    make_assignment_rule,
    make_country_group,
    make_lead,
    make_offer,
    make_team,
    make_user,
)
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.rows import all_rows, log
from tests.leads.admin.shown import errors_of, messages_of

pytestmark = pytest.mark.django_db

LIST = "/admin/leads/assignmentrule/"
ADD = f"{LIST}add/"


def posted(**values: Any) -> dict[str, Any]:
    return {"name": "Rule", "enabled": "on", "sharing": "in_turn"} | values


def names() -> list[str]:
    return [rule.name for rule in AssignmentRule.objects.all()]


@pytest.fixture
def catch_all(db: None) -> AssignmentRule:
    return AssignmentRule.objects.get(is_catch_all=True)


@pytest.fixture
def mina(db: None) -> User:
    return make_user(SALES, first_name="Mina", last_name="Park")


def test_a_rule_is_made_with_conditions_chosen_by_name(owner: Client, mina: User) -> None:
    offer, group, team = make_offer(), make_country_group(), make_team()
    values = posted(
        offers=[offer.pk], country_groups=[group.pk], countries=["FR"], sources=["SPZA"], actions=["INS"], team=team.pk,
        people=[mina.pk], sharing="least_busy",
    )  # fmt: skip
    owner.post(ADD, values)
    rule = AssignmentRule.objects.get(name="Rule")
    assert (rule.countries, rule.sources, rule.actions) == (["FR"], ["SPZA"], ["INS"])
    assert [*rule.offers.all(), *rule.country_groups.all(), *rule.people.all(), rule.team] == [offer, group, mina, team]
    assert (rule.sharing, rule.enabled, rule.is_catch_all) == ("least_busy", True, False)
    page = owner.get(page_of(rule)).text
    for shown in ("France", "AppSource", "Get it now", "Mina Park"):
        assert shown in page


def test_new_rules_come_after_the_others_and_before_the_catch_all(owner: Client) -> None:
    for name in ("First", "Second"):
        owner.post(ADD, posted(name=name))
    assert names() == ["First", "Second", "Everything else"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"countries": ["ZZ"]}, "countries"),
        ({"sources": ["x"]}, "sources"),
        ({"actions": ["x"]}, "actions"),
        ({"people": ["999999"]}, "people"),
        ({"people": ["x"]}, "people"),
        ({"offers": ["x"]}, "offers"),
        ({"team": "999999"}, "team"),
        ({"sharing": "by_lot"}, "sharing"),
    ],
)
def test_what_is_wrong_is_named_beside_the_field(owner: Client, values: dict[str, Any], field: str) -> None:
    assert list(errors_of(owner.post(ADD, posted(**values)))) == [field]
    assert names() == ["Everything else"]


def test_codes_that_are_no_longer_known_stay_as_they_are(owner: Client) -> None:
    rule = make_assignment_rule(actions=["OLD"])
    owner.post(page_of(rule), posted(name="New name", actions=["OLD"]))
    rule.refresh_from_db()
    assert (rule.name, rule.actions) == ("New name", ["OLD"])


def test_who_left_stays_in_the_rule_until_somebody_takes_them_out(owner: Client, mina: User) -> None:
    rule = make_assignment_rule(mina)
    User.objects.filter(pk=mina.pk).update(is_active=False)
    assert "Mina Park (inactive)" in owner.get(page_of(rule)).text
    owner.post(page_of(rule), posted(people=[mina.pk]))
    assert list(rule.people.all()) == [mina]


def test_the_buttons_move_a_rule_and_the_log_says_so(owner: Client) -> None:
    first, second, third = (make_assignment_rule(name=name) for name in ("First", "Second", "Third"))
    answer = owner.post(button_of(third, "up"))
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert names() == ["First", "Third", "Second", "Everything else"]
    owner.post(button_of(first, "down"))
    assert names() == ["Third", "First", "Second", "Everything else"]
    assert [text for _who, _row, text in log()] == ["Moved up.", "Moved down."]
    answer = owner.post(button_of(second, "down"), follow=True)
    assert messages_of(answer) == ["“Third” moved up.", "“First” moved down.", "“Second” is the last already."]
    answer = owner.post(button_of(third, "up"), follow=True)
    assert messages_of(answer) == ["“Third” is the first already."]


def arrows(answer: Any) -> dict[str, bool]:
    """By what they do, whether they can be pressed."""
    found = re.findall(r'<button type="submit" class="lc-move"[^>]*>', answer.text)
    return {re.findall(r'aria-label="([^"]*)"', one)[0]: " disabled" not in one for one in found}


def test_the_first_cannot_be_moved_up_nor_the_last_down(owner: Client) -> None:
    for name in ("First", "Second", "Third"):
        make_assignment_rule(name=name)
    assert arrows(owner.get(LIST)) == {
        "Move “First” up": False,
        "Move “First” down": True,
        "Move “Second” up": True,
        "Move “Second” down": True,
        "Move “Third” up": True,
        "Move “Third” down": False,
    }
    assert arrows(owner.get(LIST, {"all": "", "p": "1"})) == arrows(owner.get(LIST))


def test_the_only_one_cannot_be_moved(owner: Client) -> None:
    assert arrows(owner.get(LIST)) == {}
    make_assignment_rule(name="Only")
    assert arrows(owner.get(LIST)) == {"Move “Only” up": False, "Move “Only” down": False}


def test_the_catch_all_does_not_move_and_has_no_buttons(owner: Client, catch_all: AssignmentRule) -> None:
    make_assignment_rule()
    before = all_rows()
    owner.post(button_of(catch_all, "up"))
    assert all_rows() == before
    assert owner.get(LIST).text.count('class="lc-move"') == 2


def test_the_catch_all_cannot_be_deleted_disabled_or_given_conditions(
    owner: Client, catch_all: AssignmentRule, mina: User
) -> None:
    assert owner.post(page_of(catch_all).replace("change", "delete"), {"post": "yes"}).status_code == 403
    shown = owner.get(page_of(catch_all))
    assert [field for _name, options in shown.context["adminform"].fieldsets for field in options["fields"]] == [
        "name", "team", "people", "sharing", "also_told",
    ]  # fmt: skip
    assert "Nobody yet" not in shown.text
    owner.post(page_of(catch_all), {"name": "Rest", "sharing": "in_turn", "people": [mina.pk], "countries": ["FR"]})
    catch_all.refresh_from_db()
    assert (catch_all.name, catch_all.enabled, catch_all.countries) == ("Rest", True, [])
    assert list(catch_all.people.all()) == [mina]
    answer = owner.post(page_of(catch_all), {"name": "Rest", "sharing": "who_takes"})
    assert list(errors_of(answer)) == ["sharing"]


def test_the_list_says_for_what_each_rule_is_to_whom_it_gives_and_how_often(owner: Client, mina: User) -> None:
    rule = make_assignment_rule(mina, name="DACH", countries=["FR"], team=make_team(name="Europe"))
    now = timezone.now()
    for days in (1, 29, 31):
        make_lead(rule=rule, opened_at=now - timedelta(days=days))
    (shown,) = [row for row in owner.get(LIST).context["cl"].result_list if row.pk == rule.pk]
    assert shown.hit_count == 2
    page = owner.get(LIST).text
    for text in ("France", "Europe · Mina Park", "In turn", "Every other lead", "Everybody who works on leads"):
        assert text in page


def test_hits_are_counted_no_further_than_a_thousand(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leads.admin.rules.assignment_rule.MOST_HITS", 3)
    rule = make_assignment_rule()
    for _n in range(5):
        make_lead(rule=rule, opened_at=timezone.now())
    assert "3 or more" in owner.get(LIST).text


# --- rules that no lead comes to --------------------------------------------------------------------------------------


def remarks(client: Client) -> dict[str, str]:
    """Of the rules that have one, in the list."""
    rows = client.get(LIST).context["cl"].result_list
    return {rule.name: rule.out_of_reach for rule in rows if rule.out_of_reach}


def test_the_list_says_which_rules_are_never_reached(owner: Client) -> None:
    make_assignment_rule(name="Germany", countries=["DE"])
    taker = make_assignment_rule(name="Rule B")
    make_assignment_rule(name="France", countries=["FR"])
    make_assignment_rule(name="Again everything")
    make_assignment_rule(name="Off", enabled=False)
    remark = "Never reached: “Rule B” above takes every lead"
    assert remarks(owner) == {"France": remark, "Again everything": remark}
    assert owner.get(LIST).text.count(f'<small class="lc-faint">{remark}</small>') == 2
    AssignmentRule.objects.filter(pk=taker.pk).update(enabled=False)
    assert remarks(owner) == {}


@pytest.mark.parametrize("values", [{"countries": ["DE"]}, {"sources": ["SPZA"]}, {"actions": ["INS"]}])
def test_a_rule_with_a_condition_hides_none(owner: Client, values: dict[str, Any]) -> None:
    make_assignment_rule(**values)
    make_assignment_rule(offers=[make_offer()])
    make_assignment_rule().country_groups.set([make_country_group()])
    make_assignment_rule(name="Last")
    assert remarks(owner) == {}


def test_a_group_without_countries_is_no_condition(owner: Client) -> None:
    group = make_country_group()
    make_assignment_rule(name="Rule B").country_groups.set([group])
    make_assignment_rule(name="France", countries=["FR"])
    CountryGroup.objects.update(countries=[])
    assert remarks(owner) == {"France": "Never reached: “Rule B” above takes every lead"}


def test_a_rule_whose_people_may_be_away_leaves_leads_to_those_below_it_then(owner: Client, mina: User) -> None:
    taker = make_assignment_rule(mina, name="Rule B")
    make_assignment_rule(name="France", countries=["FR"])
    remark = "Reached only while nobody of “Rule B” above is there: it takes every lead"
    assert remarks(owner) == {"France": remark}
    taker.people.clear()
    AssignmentRule.objects.filter(pk=taker.pk).update(team=make_team(mina))
    assert remarks(owner) == {"France": remark}
    AssignmentRule.objects.filter(pk=taker.pk).update(sharing="who_takes")
    assert remarks(owner) == {"France": "Never reached: “Rule B” above takes every lead"}


def test_saving_a_rule_that_takes_every_lead_from_others_warns(owner: Client, mina: User) -> None:
    rule = make_assignment_rule(name="Rule B", countries=["DE"])
    make_assignment_rule(name="France", countries=["FR"])
    make_assignment_rule(name="Korea", countries=["KR"])
    answer = owner.post(page_of(rule), posted(name="Rule B"), follow=True)
    assert messages_of(answer)[1:] == [
        "“Rule B” has no conditions, so it takes every lead. Never reached below it: “France”, “Korea”. "
        "Give it a condition, or move it down."
    ]
    assert [message.level_tag for message in answer.context["messages"]] == ["success", "warning"]
    answer = owner.post(page_of(rule), posted(name="Rule B", people=[mina.pk]), follow=True)
    assert messages_of(answer)[1:] == [
        "“Rule B” has no conditions, so it takes every lead. Reached below it only while nobody of it is there: "
        "“France”, “Korea”. Give it a condition, or move it down."
    ]
    answer = owner.post(page_of(rule), posted(name="Rule B", countries=["DE"]), follow=True)
    assert len(messages_of(answer)) == 1


def test_saving_a_rule_that_is_never_reached_warns(owner: Client) -> None:
    first = owner.post(ADD, posted(name="Rule B"), follow=True)
    assert len(messages_of(first)) == 1
    answer = owner.post(ADD, posted(name="France", countries=["FR"]), follow=True)
    assert messages_of(answer)[1:] == ["“France”: Never reached: “Rule B” above takes every lead"]
    answer = owner.post(ADD, {"name": "Off", "sharing": "in_turn"}, follow=True)
    assert len(messages_of(answer)) == 1


# --- trying it on the leads of the last month -------------------------------------------------------------------------


def tried(answer: Any) -> Any:
    return answer.context["tried"]


def figures(answer: Any, table: int) -> dict[str, tuple[int, int]]:
    return {row.label: (row.before, row.after) for row in tried(answer).tables[table].rows}


def test_a_trial_shows_what_would_have_changed_and_stores_nothing(owner: Client, mina: User) -> None:
    tom = make_user(SALES, first_name="Tom", last_name="Weber")
    AssignmentRule.objects.get(is_catch_all=True).people.set([tom])
    for country in ("DE", "DE", "FR", "KR"):
        make_lead(country_code=country)
    make_lead(country_code="DE", is_test=True)
    before = all_rows()
    answer = owner.post(ADD, posted(name="Germany", countries=["DE"], people=[mina.pk], _try="1"))
    assert all_rows() == before
    assert answer.status_code == 200
    assert figures(answer, 0) == {"Germany": (0, 2), "Everything else": (4, 2)}
    assert figures(answer, 1) == {"Tom Weber": (4, 2), "Mina Park": (0, 2)}
    assert "2 leads would have gone by another rule. " in answer.text
    assert "Nothing is saved yet." in answer.text
    for heading in ("By the rules as they are", "By the rules with this change"):
        assert answer.text.count(f'<th scope="col" class="lc-number">{heading}</th>') == 2
        assert answer.text.count(f'<th scope="col">{heading}</th>') == 1
    examples = tried(answer).examples
    assert [(was, would_be) for _lead, _name, was, would_be in examples] == [
        ("Everything else · Tom Weber", "Germany · Mina Park")
    ] * 2
    assert 'value="Germany"' in answer.text  # what was entered still stands there


def test_a_trial_of_a_stored_rule_leaves_it_in_its_place(owner: Client, mina: User) -> None:
    rule = make_assignment_rule(mina, name="First", countries=["DE"])
    make_assignment_rule(mina, name="Second")
    for country in ("DE", "FR"):
        make_lead(country_code=country)
    answer = owner.post(page_of(rule), posted(name="First", countries=["DE", "FR"], people=[mina.pk], _try="1"))
    assert figures(answer, 0) == {"First": (1, 2), "Second": (1, 0)}
    answer = owner.post(page_of(rule), {"name": "First", "sharing": "in_turn", "_try": "1"})  # disabled
    assert figures(answer, 0) == {"First": (1, 0), "Second": (1, 2)}
    rule.refresh_from_db()
    assert (rule.countries, rule.enabled) == (["DE"], True)


def test_a_trial_takes_a_day_on_which_everybody_is_there(owner: Client, mina: User) -> None:
    make_absence(mina)
    make_lead()
    answer = owner.post(ADD, posted(people=[mina.pk], _try="1"))
    assert figures(answer, 0) == {"Rule": (0, 1), "Everything else": (1, 0)}


def test_a_trial_of_something_wrong_only_says_what_is_wrong(owner: Client) -> None:
    make_lead()
    answer = owner.post(ADD, posted(name="", _try="1"))
    assert list(errors_of(answer)) == ["name"]
    assert "tried" not in answer.context


def test_a_trial_looks_at_the_last_month_and_no_further_than_its_bound(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.assignment.trial.PAGE", 2)
    monkeypatch.setattr("leads.assignment.trial.MOST", 4)
    old = make_lead()
    Lead.objects.filter(pk=old.pk).update(id=type(old.id)(int=new_id().int - ((31 * 86_400_000) << 80)))
    for _n in range(3):
        make_lead()
    answer = owner.post(ADD, posted(_try="1"))
    assert "3 leads came." in answer.text
    for _n in range(3):
        make_lead()
    answer = owner.post(ADD, posted(_try="1"))
    assert tried(answer).trial.looked_at == 4
    assert "The newest 4 leads were looked at." in answer.text


def test_names_that_are_held_back_stay_so_in_a_trial(enter: Any, mina: User) -> None:
    """Owners see them; whoever may set up rules without that permission does not."""
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_assignmentrule", "view_assignmentrule"]))
    make_lead(is_private=True, first_name="Secret")
    answer = enter(user=user).post(ADD, posted(_try="1"))
    assert "Secret" not in answer.text
    assert "Held back by a privacy rule" in answer.text


def test_a_trial_asks_no_more_for_many_leads_than_for_few(owner: Client) -> None:
    counts = []
    owner.post(ADD, posted(_try="1"))
    for leads in (3, 30):
        for _n in range(leads):
            make_lead(offer=make_offer())
        with CaptureQueriesContext(connection) as captured:
            owner.post(ADD, posted(_try="1"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_who_only_looks_has_no_trial(sales_lead: Client) -> None:
    rule = make_assignment_rule()
    page = sales_lead.get(page_of(rule))
    assert 'name="_try"' not in page.text
    assert sales_lead.post(page_of(rule), posted(_try="1")).status_code == 403


def test_names_of_people_and_rules_harm_nothing(owner: Client) -> None:
    evil = '"><script>alert(1)</script>'
    user = make_user(SALES, first_name=evil)
    make_assignment_rule(name=evil)
    rule = make_assignment_rule(user, name=evil, team=make_team(name=evil))
    rule.country_groups.set([make_country_group(name=evil)])
    make_lead(first_name=evil)
    pages = [owner.get(LIST), owner.get(page_of(rule)), owner.post(page_of(rule), posted(name=evil, _try="1"))]
    pages.append(owner.get(address_of("leads_team_changelist")))
    for page in pages:
        assert "<script>alert" not in page.text


# --- who else is told -------------------------------------------------------------------------------------------------


def test_a_rule_names_addresses_that_hear_of_its_leads(owner: Client) -> None:
    rule = make_assignment_rule(name="DACH")
    values = {"name": "DACH", "enabled": "on", "sharing": "in_turn"}
    owner.post(page_of(rule), values | {"also_told": "crm@contoso.example; boss@contoso.example,crm@contoso.example"})
    rule.refresh_from_db()
    assert rule.also_told == ["crm@contoso.example", "boss@contoso.example"]
    assert 'value="crm@contoso.example, boss@contoso.example"' in owner.get(page_of(rule)).text
    owner.post(page_of(rule), values | {"also_told": ""})
    rule.refresh_from_db()
    assert rule.also_told == []


@pytest.mark.parametrize(
    ("also_told", "what"),
    [
        ("boss", "“boss” is no e-mail address. Write for example sales@contoso.example."),
        ("a@b.example\nBcc: c@d.example", "is no e-mail address"),
        (", ".join(f"user{number}@contoso.example" for number in range(11)), "At most 10 addresses."),
    ],
)
def test_what_is_no_address_is_refused(owner: Client, also_told: str, what: str) -> None:
    rule = make_assignment_rule(name="DACH")
    values = {"name": "DACH", "enabled": "on", "sharing": "in_turn", "also_told": also_told}
    answer = owner.post(page_of(rule), values)
    (error,) = answer.context["adminform"].form.errors["also_told"]
    assert what in error
    rule.refresh_from_db()
    assert rule.also_told == []
