"""The check: hardly anything of a form can be proved without making a lead."""

from collections.abc import Callable
from typing import Any

from integrations.connectors.salesforce_web_to_lead import SalesforceWebToLeadConnector
from integrations.contract import CheckStep
from tests.integrations.far_end import FarEnd

OpenConnector = Callable[..., SalesforceWebToLeadConnector]


def in_words(steps: list[CheckStep]) -> list[tuple[str, str, str]]:
    return [(str(step.label), step.result.value, str(step.detail)) for step in steps]


def test_a_check_reaches_the_host_posts_nothing_and_says_what_it_cannot_prove(
    connectors: OpenConnector, far_end: FarEnd
) -> None:
    report = connectors(far_end.url("")).check()
    assert in_words(report.steps) == [
        ("Connection", "passed", ""),
        (
            "Organization ID",
            "unproven",
            "It has the right form. Salesforce takes forms for organizations that do not exist as well.",
        ),
        (
            "Acceptance of leads",
            "unproven",
            "The form never confirms a lead. Send a test lead, then search Salesforce for “Lead CRM connection test”.",
        ),
    ]
    assert report.fields == ()
    far_end.wait_for_end_of_line()
    assert (far_end.connections, far_end.requests) == (1, [])


def test_each_way_to_fail_has_words_of_its_own(
    connectors: OpenConnector, far_end: FarEnd, names: dict[str, list[str]], settings: Any
) -> None:
    names["inside.example"] = ["10.0.0.1"]
    made = [connectors(url) for url in ("https://nowhere.example", "https://inside.example", far_end.url(""))]
    far_end.close()
    details = [in_words(connector.check().steps) for connector in made]
    settings.LEADCRM_ALLOW_HTTP_DESTINATIONS = False  # since it was saved
    details.append(in_words(SalesforceWebToLeadConnector(made[-1].config).check().steps))
    starts = [
        "The host name could not be resolved.",
        "The host belongs to a private or reserved network",
        "Could not connect to the server.",
        "The URL does not begin with https://.",
    ]
    for (step,), start in zip(details, starts, strict=True):
        assert step[:2] == ("Connection", "failed")
        assert step[2].startswith(start)
