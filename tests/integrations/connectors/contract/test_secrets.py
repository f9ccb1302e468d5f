"""Secrets and persons that the far side tells back come out nowhere they do not belong."""

import json
import logging
from urllib.parse import quote, quote_plus

import pytest

from integrations.contract import Outcome
from tests.integrations.connectors.contract.far_side import Action, FarSide, Fault
from tests.integrations.connectors.contract.people import (
    PERSONAL,
    RECORD,
    assert_fit_to_be_shown,
    assert_names_nobody,
    some,
)
from tests.integrations.connectors.contract.stimuli import STIMULI
from tests.integrations.logged import in_log

STATUSES = (200, 400, 401, 403, 409, 429, 503)


def spellings(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}


def log_of(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(in_log(caplog))


def known_to(far_side: FarSide) -> set[str]:
    """The secrets of the settings, and those the connector was given and sent on: tokens, signatures."""
    sent = {sent.headers.get("authorization", "").rpartition(" ")[2] for sent in far_side.writes()}
    return {spelling for secret in {*far_side.secrets, *sent} - {""} for spelling in spellings(secret)}


def assert_without(secrets: set[str], text: str) -> None:
    found = [secret for secret in secrets if secret.lower() in text.lower()]
    assert not found, f"{found} in {text}"


@pytest.mark.parametrize("status", STATUSES)
def test_what_the_far_side_tells_back_comes_out_without_secrets_and_speaks_of_nobody(
    far_side: FarSide, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        connector = far_side.connector()
        connector.deliver(some(1))
        told = " ".join([*known_to(far_side), *PERSONAL])
        plain = Fault(action=Action.RESPOND, status=status, body=told, headers={"X-Echo": quote(told)})
        own = Fault(action=Action.RESPOND, status=status, body=far_side.saying(told), times=None)
        outcomes: list[Outcome] = []
        for fault in (plain, own):
            far_side.meet(fault)
            outcomes += connector.deliver([RECORD])
        outcomes += connector.deliver([RECORD, *some(1)])
        steps = connector.check().steps
    assert len(outcomes) == 4
    assert_fit_to_be_shown(outcomes)
    said = [*map(repr, outcomes), *(f"{step.label} {step.detail}" for step in steps), log_of(caplog)]
    assert_without(known_to(far_side), "\n".join(said))
    assert_names_nobody(log_of(caplog))


@pytest.mark.parametrize("name", ["redirect", "dropped before", "dropped after"])
def test_a_fault_tells_no_secret_and_its_log_nobody(
    far_side: FarSide, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        far_side.connector().deliver(some(1))
        far_side.meet(STIMULI[name].fault)
        outcomes = far_side.connector().deliver([RECORD])
        previewed = far_side.connector().preview(RECORD)
    secrets = known_to(far_side)
    assert_without(secrets, repr(outcomes) + repr(previewed) + log_of(caplog))
    assert_names_nobody(log_of(caplog))


def test_no_wrong_secret_comes_out_of_a_refused_sign_in(far_side: FarSide, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        connector = far_side.connector(**far_side.wrong_credentials)
        outcomes = connector.deliver([RECORD])
        steps = connector.check().steps
    secrets = {str(far_side.wrong_credentials[name]) for name in connector.Config.secret_names()
               if name in far_side.wrong_credentials}  # fmt: skip
    assert_without(secrets, repr(outcomes) + "".join(str(step.detail) for step in steps) + log_of(caplog))
