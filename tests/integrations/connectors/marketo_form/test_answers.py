from typing import Any

import pytest

from integrations.connectors.marketo_form.answers import SLOW_DOWN, content_of, fields_in, judged
from integrations.connectors.marketo_form.config import FormHandler
from integrations.contract import Arrival, Delivered, Exchange, Failure, Note
from integrations.diagnosis import CATALOGUE, diagnose
from integrations.mapping import TargetField, ValueType
from integrations.transport import Answer

NAMES = {"form": "1179", "account": "123-PQR-789"}
ACCEPTED = Delivered(Arrival.UNCONFIRMED)
NO_SIGN = (Note("no_sign_of_acceptance", {}),)


def answer(status: int, body: str = "", **headers: str) -> Answer:
    shown = Exchange(method="POST", url="https://x", response_body=body, response_headers=headers)
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode(), shown)


def judge(given: Answer, handler: str = "save2") -> Any:
    return judged(given, FormHandler(handler), NAMES)


@pytest.mark.parametrize(
    ("body", "notes"),
    [
        ('{"formId":"1179","followUpUrl":"https://x.example","aliId":123456}', ()),
        ('{"formId":1179,"aliId":123456}', ()),
        ('{"formId":"1179"}', NO_SIGN),
        ('{"aliId":123456}', NO_SIGN),
        ("<html>Thank you</html>", NO_SIGN),
        ("", NO_SIGN),
        ("[]", NO_SIGN),
    ],
)
def test_every_success_counts_but_one_without_a_sign_is_noted(body: str, notes: tuple[Note, ...]) -> None:
    assert judge(answer(200, body)) == (Delivered(Arrival.DOUBTFUL) if notes else ACCEPTED, notes)


@pytest.mark.parametrize(
    "body",
    ['{"error":true,"errorType":"invalid"}', '{"errors":[{"code":"x"}]}', '{"formId":"1179","errorCode":"400"}'],
)
def test_an_error_with_status_200_is_none_the_less_one(body: str) -> None:
    result, notes = judge(answer(200, body))
    assert (result.kind, result.cause, result.detail) == ("misconfigured", "marketo_form_refused", body)
    assert (result.http_status, result.params, notes) == (200, NAMES, ())


def test_empty_errors_are_none() -> None:
    assert judge(answer(200, '{"formId":"1179","aliId":1,"errors":[],"error":null}')) == (ACCEPTED, ())


@pytest.mark.parametrize(
    ("status", "handler", "location", "kind"),
    [
        (302, "save", "https://publisher.example/thank-you", None),
        (303, "save", "https://publisher.example/thank-you", None),
        (303, "save2", "https://publisher.example/thank-you", None),
        (302, "save", "https://publisher.example/?Error=1", "misconfigured"),
        (303, "save2", "/error", "misconfigured"),
        (302, "save2", "https://publisher.example/thank-you", "misconfigured"),
        (301, "save", "https://publisher.example/thank-you", "misconfigured"),
    ],
)
def test_a_redirect_to_the_follow_up_page_is_a_success(
    status: int, handler: str, location: str, kind: str | None
) -> None:
    result, notes = judge(answer(status, location=location), handler)
    assert notes == ()
    if kind is None:
        assert result == ACCEPTED
    else:
        assert (result.kind, result.detail, result.params) == (kind, location, NAMES)


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        (400, "misconfigured", "marketo_form_ids"),
        (307, "misconfigured", "marketo_form_not_found"),
        (401, "misconfigured", "marketo_form_forbidden"),
        (402, "misconfigured", "marketo_form_forbidden"),
        (403, "misconfigured", "marketo_form_forbidden"),
        (404, "misconfigured", "marketo_form_not_found"),
        (410, "misconfigured", "marketo_form_not_found"),
        (451, "misconfigured", "marketo_form_forbidden"),
        (413, "rejected", "record_too_large"),
        (429, "throttled", "throttled"),
        (500, "temporary", "server_trouble"),
        (502, "temporary", "server_trouble"),
        (503, "temporary", "server_trouble"),
    ],
)
def test_a_status_that_is_no_success(status: int, kind: str, cause: str) -> None:
    result, notes = judge(answer(status, "text"))
    assert isinstance(result, Failure)
    assert (result.kind, result.cause, result.http_status) == (kind, cause, status)
    assert (result.detail, result.params) == ("text" if status >= 400 else "", NAMES)
    assert (result.retry_after, notes) == (SLOW_DOWN if status == 429 else None, ())
    assert result.resumes_itself is False


@pytest.mark.parametrize("cause", [name for name in CATALOGUE if name.startswith("marketo_form_")])
def test_what_no_check_can_prove_is_resumed_by_hand_and_the_words_say_so(cause: str) -> None:
    assert "resume the destination by hand" in str(diagnose(cause).remedy)


def test_the_wait_that_marketo_asks_for_counts() -> None:
    result, _notes = judge(answer(429, retry_after="7"))
    assert result.retry_after.total_seconds() == 7


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b'{"Id":1}', {"Id": 1}),
        (b'jQuery37_1.cb({"Id":1});', {"Id": 1}),
        (b' callback([1,\n 2]) ', [1, 2]),
        (b"<html>", None),
        (b"cb(1", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)  # fmt: skip
def test_content_is_json_with_or_without_a_call_around_it(body: bytes, content: Any) -> None:
    assert content_of(body) == content


def test_the_fields_of_a_form_are_found_in_its_rows() -> None:
    rows = [
        [{"Id": 1, "Name": "Email", "Datatype": "email", "InputLabel": "E-mail:", "Maxlength": 255}],
        [{"Name": "Company", "Datatype": "string"}, [{"Name": "Notes", "Datatype": "textArea", "Maxlength": "9"}]],
        [{"Name": "no type"}, "text", None],
    ]
    assert fields_in({"Id": 1179, "rows": rows}) == (
        TargetField(name="Email", label="E-mail", type=ValueType.EMAIL, max_length=255),
        TargetField(name="Company"),
        TargetField(name="Notes"),
    )


@pytest.mark.parametrize("content", [None, [], {}, {"rows": None}, {"rows": {"Name": 7}}, "rows"])
def test_what_describes_no_form_has_no_fields(content: Any) -> None:
    assert fields_in(content) == ()
