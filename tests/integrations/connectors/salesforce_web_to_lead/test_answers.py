"""What an answer to a form means: never that the lead is there."""

import pytest

from integrations.connectors.salesforce_web_to_lead.answers import judge
from integrations.contract import Arrival, Delivered, Escalation, Exchange, Failure, FailureKind, Note
from integrations.diagnosis import diagnose
from integrations.transport import Answer

REFUSED = "true Exception:common.exception.SalesforceGenericException"


def answered(status: int, body: str = "", **headers: str) -> Answer:
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange(method="POST", url="https://x", response_headers=named, response_body=body)
    return Answer(status, named, body.encode(), exchange)


@pytest.mark.parametrize("said", ["true", "True", " true "])
def test_a_form_that_was_taken_is_not_confirmed(said: str) -> None:
    assert judge(answered(200, Is_Processed=said)) == (Delivered(Arrival.UNCONFIRMED), ())


@pytest.mark.parametrize("answer", [answered(200), answered(200, "<html>"), answered(200, Is_Processed="false")])
def test_without_the_sign_it_counts_with_a_note(answer: Answer) -> None:
    meaning = judge(answer)
    assert meaning == (Delivered(Arrival.DOUBTFUL), (Note("no_sign_of_acceptance", {}),))


@pytest.mark.parametrize("said", [REFUSED, "Exception", "false exception:x"])
def test_an_exception_means_that_the_form_was_not_taken(said: str) -> None:
    result = judge(answered(200, Is_Processed=said)).result
    assert isinstance(result, Failure)
    assert (result.kind, result.cause) == (FailureKind.MISCONFIGURED, "salesforce_form_refused")
    assert (result.detail, result.http_status, result.resumes_itself) == (said, 200, False)


@pytest.mark.parametrize("location", ["https://eu9.salesforce.com/x", "https://salesforce.com", "//na1.salesforce.com"])
def test_another_address_of_salesforce_is_waited_for_more_than_an_hour(location: str) -> None:
    result = judge(answered(302, Location=location)).result
    assert isinstance(result, Failure)
    assert (result.kind, result.cause, result.detail) == (FailureKind.TEMPORARY, "salesforce_form_moved", location)
    assert (result.escalates, result.resumes_itself) == (Escalation(6, FailureKind.MISCONFIGURED), False)


@pytest.mark.parametrize(
    ("answer", "kind", "cause"),
    [
        (answered(302, Location="https://salesforce.com.evil.example"), "misconfigured", "salesforce_form_address"),
        (answered(302, Location="http://[x"), "misconfigured", "salesforce_form_address"),
        (answered(302), "misconfigured", "salesforce_form_address"),
        (answered(400), "misconfigured", "salesforce_form_address"),
        (answered(401), "misconfigured", "salesforce_form_address"),
        (answered(403), "misconfigured", "salesforce_form_address"),
        (answered(404), "misconfigured", "salesforce_form_address"),
        (answered(410), "misconfigured", "salesforce_form_address"),
        (answered(413), "misconfigured", "salesforce_form_address"),
        (answered(408), "temporary", "server_trouble"),
        (answered(429), "throttled", "throttled"),
        (answered(500), "temporary", "server_trouble"),
        (answered(502), "temporary", "server_trouble"),
        (answered(503), "temporary", "server_trouble"),
        (answered(504), "temporary", "server_trouble"),
        (answered(503, Retry_After="7"), "throttled", "throttled"),
    ],
)
def test_other_answers_say_nothing_of_the_lead(answer: Answer, kind: str, cause: str) -> None:
    result = judge(answer).result
    assert isinstance(result, Failure)
    assert (result.kind.value, result.cause, result.http_status) == (kind, cause, answer.status)
    assert result.resumes_itself is False


@pytest.mark.parametrize("cause", ["salesforce_form_refused", "salesforce_form_address", "salesforce_form_moved"])
def test_what_no_check_can_prove_is_resumed_by_hand_and_the_words_say_so(cause: str) -> None:
    assert "resume the destination by hand" in str(diagnose(cause).remedy)
