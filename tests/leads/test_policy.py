"""May this touch go there, and with what?"""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.policy import Verdict, judge, privacy_of
from leads.states import PrivacyAction, Withheld

HOLD, STRIP, OFF = PrivacyAction.HOLD, PrivacyAction.STRIP, PrivacyAction.OFF
GOES = Verdict()
EDU = {"edu": HOLD}


@pytest.mark.parametrize(
    ("touch", "destination", "verdict"),
    [
        ({}, {}, GOES),
        ({"is_test": True}, {}, Verdict(Withheld.TEST)),
        ({"is_test": True}, {"takes_test_leads": True}, GOES),
        ({"is_dnc": True}, {}, Verdict(Withheld.DO_NOT_CONTACT)),
        ({"is_dnc": True}, {"takes_do_not_contact": True}, GOES),
        ({"is_dnc": True}, {"takes_test_leads": True}, Verdict(Withheld.DO_NOT_CONTACT)),
        ({"privacy": HOLD}, {}, Verdict(Withheld.PRIVACY)),
        ({"privacy": STRIP}, {}, Verdict(without_personal_data=True)),
        ({"privacy": HOLD, "is_dnc": True}, {"takes_do_not_contact": True}, Verdict(Withheld.PRIVACY)),
        ({"privacy": STRIP, "is_dnc": True}, {}, Verdict(Withheld.DO_NOT_CONTACT)),
        ({"privacy": HOLD, "is_test": True}, {"takes_test_leads": True}, Verdict(Withheld.PRIVACY)),
        ({"is_test": True, "is_dnc": True}, {}, Verdict(Withheld.TEST)),
    ],
)
def test_each_reason_withholds_unless_the_destination_takes_it(
    touch: dict[str, object], destination: dict[str, bool], verdict: Verdict
) -> None:
    given_touch = {"is_test": False, "is_dnc": False, "privacy": OFF} | touch
    takes = {"takes_test_leads": False, "takes_do_not_contact": False} | destination
    assert judge(**given_touch, **takes) == verdict  # type: ignore[arg-type]


def test_nothing_a_destination_takes_ever_lets_held_personal_data_through() -> None:
    for is_test, is_dnc, tests, dnc in product([True, False], repeat=4):
        verdict = judge(is_test=is_test, is_dnc=is_dnc, privacy=HOLD, takes_test_leads=tests, takes_do_not_contact=dnc)
        assert verdict.withheld is not None


@pytest.mark.parametrize(
    ("email", "action"),
    [
        ("mina@school.edu", HOLD),
        ("mina@cs.school.edu", HOLD),
        ("MINA@School.EDU", HOLD),
        (" mina@school.edu. ", HOLD),
        ("Mina Park <mina@school.edu>", HOLD),
        ('"mina@school.edu"', HOLD),
        ("mina@school.edu (work)", HOLD),
        ("mina@fabrikam.example; mina@school.edu", HOLD),
        ("mina@edu", HOLD),
        ("mina@school.edu.au", OFF),
        ("mina@notedu", OFF),
        ("mina.edu@fabrikam.example", OFF),
        ("edu", OFF),
        ("", OFF),
        ("@", OFF),
    ],
)
def test_a_rule_means_the_end_of_the_mail_domain(email: str, action: PrivacyAction) -> None:
    assert privacy_of(email, EDU) is action


def test_the_rule_with_the_longest_domain_counts() -> None:
    rules = {"edu": HOLD, "school.edu": OFF, "cs.school.edu": STRIP}
    addresses = ("a@x.edu", "a@school.edu", "a@art.school.edu", "a@cs.school.edu", "a@www.cs.school.edu")
    assert [privacy_of(address, rules) for address in addresses] == [HOLD, OFF, OFF, STRIP, STRIP]


def test_of_a_domain_that_is_longer_than_any_the_end_decides_at_once() -> None:
    assert privacy_of("mina@" + "a." * 500_000 + "edu", EDU) is HOLD
    assert privacy_of("mina@" + "a." * 500_000, EDU) is OFF


labels = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)


@given(st.lists(labels, min_size=1, max_size=5), st.text(max_size=20), st.integers(0, 4))
def test_a_rule_holds_for_every_domain_below_it_and_whatever_stands_before(
    domain: list[str], local: str, start: int
) -> None:
    suffix = ".".join(domain[min(start, len(domain) - 1) :])
    assert privacy_of(f"{local}@{'.'.join(domain)}", {suffix: STRIP}) is STRIP


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert privacy_of(text, EDU) in (HOLD, OFF)
