"""What records have that are not sent after others."""

from integrations.contract import Arrival, Delivered, Escalation, Failure, FailureKind
from integrations.ending_early import why_no_more

NOT_TRIED = Failure(kind=FailureKind.TEMPORARY, cause="not_tried")
ARRIVED = Delivered(Arrival.CREATED)
REFUSED = Failure(kind=FailureKind.REJECTED, cause="record_refused", http_status=400)
STOPPING = Failure(kind=FailureKind.MISCONFIGURED, cause="sign_in_refused", http_status=401)
LOST = Failure(kind=FailureKind.UNANSWERED, cause="connection_lost")
AWAY = Failure(kind=FailureKind.TEMPORARY, cause="cannot_connect")
IN_TROUBLE = Failure(kind=FailureKind.TEMPORARY, cause="server_trouble", http_status=503)
LOCKED = Failure(kind=FailureKind.TEMPORARY, cause="row_locked", http_status=400)
PERHAPS_THE_LEADS = Failure(
    kind=FailureKind.TEMPORARY, cause="unexpected", http_status=500, escalates=Escalation(3, FailureKind.REJECTED)
)


def test_after_arrivals_and_refusals_the_others_are_sent() -> None:
    assert why_no_more([], NOT_TRIED) is None
    assert why_no_more([ARRIVED, REFUSED], NOT_TRIED) is None


def test_what_holds_for_all_is_what_the_others_have_wherever_it_was_said() -> None:
    assert why_no_more([STOPPING, ARRIVED], NOT_TRIED) is STOPPING


def test_a_server_that_is_away_is_not_called_again() -> None:
    assert [why_no_more([ARRIVED, last], NOT_TRIED) for last in (LOST, AWAY, IN_TROUBLE)] == [NOT_TRIED] * 3


def test_one_that_came_back_is() -> None:
    assert why_no_more([LOST, ARRIVED], NOT_TRIED) is None


def test_what_may_be_about_one_lead_keeps_no_other_back() -> None:
    assert why_no_more([LOCKED], NOT_TRIED) is None
    assert why_no_more([PERHAPS_THE_LEADS], NOT_TRIED) is None
