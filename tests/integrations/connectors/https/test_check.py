from collections.abc import Callable
from typing import Any

import pytest

from integrations.connectors.https import HttpsConnector
from integrations.contract import CheckStep, StepResult
from tests.integrations.certificates import Authority
from tests.integrations.far_end import FarEnd, answer

OpenConnector = Callable[..., HttpsConnector]
OpenFarEnd = Callable[..., FarEnd]


def in_words(steps: list[CheckStep]) -> list[tuple[str, str, str]]:
    return [(str(step.label), step.result, str(step.detail)) for step in steps]


ACCEPTANCE = ("Acceptance of leads", "unproven", "Only a test lead shows whether the receiver takes leads.")


@pytest.mark.parametrize(
    ("days", "result", "left"),
    [(90.5, "passed", "90 days left."), (14.5, "passed", "14 days left."), (13.5, "warning", "13 days left."),
     (1.5, "warning", "1 day left.")],
)  # fmt: skip
def test_a_check_shakes_hands_reads_the_certificate_and_sends_nothing(
    connectors: OpenConnector, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority,
    days: float, result: str, left: str,
) -> None:  # fmt: skip
    far_end = far_ends(trusted.context(days=days))
    names["receiver.example"] = ["127.0.0.1"]
    steps = connectors(far_end.url(host="receiver.example")).check().steps
    assert in_words(steps) == [("Connection", "passed", ""), ("Certificate", result, left), ACCEPTANCE]
    far_end.wait_for_end_of_line()
    assert (far_end.connections, far_end.requests) == (1, [])


def test_plain_http_passes_with_a_warning(connectors: OpenConnector, far_end: FarEnd) -> None:
    assert in_words(connectors(far_end.url()).check().steps) == [
        ("Connection", "passed", ""),
        ("Certificate", "warning", "Plain HTTP: leads travel in clear text."),
        ACCEPTANCE,
    ]
    far_end.wait_for_end_of_line()
    assert far_end.requests == []


def failing_detail(connector: HttpsConnector) -> str:
    (step,) = connector.check().steps
    assert (str(step.label), step.result) == ("Connection", StepResult.FAILED)
    return str(step.detail)


def test_each_way_to_fail_has_words_of_its_own(
    connectors: OpenConnector, far_ends: OpenFarEnd, names: dict[str, list[str]], trusted: Authority, settings: Any
) -> None:
    names |= {"receiver.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    expired, plain, gone = far_ends(trusted.context(days=-1)), far_ends(), far_ends()
    plain.plays(lambda line: line.send(answer(400)))
    gone.close()
    details = [
        failing_detail(connectors("https://nowhere.example/")),
        failing_detail(connectors("https://inside.example/")),
        failing_detail(connectors(gone.url())),
        failing_detail(connectors(plain.url().replace("http:", "https:"))),
        failing_detail(connectors(expired.url(host="receiver.example"))),
    ]
    stored = connectors(plain.url()).config
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False  # since it was saved
    details.append(failing_detail(HttpsConnector(stored)))
    assert details[0].startswith("The host name could not be resolved.")
    assert details[1].startswith("The host belongs to a private or reserved network")
    assert details[2].startswith("Could not connect to the server.")
    assert details[3].startswith("The server did not agree on a secure connection.")
    assert details[4].startswith("The server's certificate cannot be trusted.")
    assert details[4].endswith("(certificate has expired)")
    assert details[5].startswith("The URL does not begin with https://.")
    assert expired.requests == []
