"""Every cause that the code can name has words for people."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy

from integrations import diagnosis
from integrations.connectors.https import connector
from integrations.diagnosis import CATALOGUE, UNKNOWN, Diagnosis, Who, diagnose
from integrations.transport import statuses

ROOT = Path(diagnosis.__file__).parents[2]
PACKAGES = ("integrations", "leads")


TAKING_A_CAUSE = {"DestinationBlocked", "CannotConnect", "Settlement", "_failed"}


def _causes_in(tree: ast.AST) -> Iterator[str]:
    """Texts given as ``cause=`` or to what takes a cause, or returned by a private function named for causes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "cause":
            yield from _texts_in(node.value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TAKING_A_CAUSE:
            yield from (text for argument in node.args for text in _texts_in(argument))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_cause_"):
            returned = [found for found in ast.walk(node) if isinstance(found, ast.Return) and found.value]
            yield from (text for found in returned if found.value for text in _texts_in(found.value))


def _texts_in(node: ast.AST) -> Iterator[str]:
    return (found.value for found in ast.walk(node) if isinstance(found, ast.Constant) and isinstance(found.value, str))


def _causes_used() -> set[str]:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if "sandbox" not in file.parts]
    written = {cause for file in files for cause in _causes_in(ast.parse(file.read_text()))}
    verdicts = [*statuses.VERDICTS.values(), *connector._MEANING_OF_STATUS.values()]
    verdicts += [statuses.REDIRECTED, statuses.OTHER_CLIENT_ERROR, statuses.OTHER_STATUS, statuses.ASKED_TO_WAIT]
    return written | {cause for _kind, cause in verdicts} - {""}


def test_every_cause_in_the_code_has_an_entry() -> None:
    used = _causes_used()
    assert {"tls_untrusted", "url_has_user", "connection_lost", "receiver_asks_to_stop", "throttled"} <= used
    assert used - set(CATALOGUE) == set()


@pytest.mark.parametrize("cause", CATALOGUE)
def test_every_entry_says_what_it_means_what_to_do_and_who_must_act(cause: str) -> None:
    entry = diagnose(cause)
    assert str(entry.meaning).endswith(".")
    assert str(entry.remedy).endswith(".")
    assert entry.who in Who


def test_no_two_causes_share_their_words() -> None:
    assert len({str(entry.meaning) for entry in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("cause", ["claim_lost", "may_have_arrived", "made_workers_stop", "waited_too_long", "defect"])
def test_the_engines_own_causes_are_described(cause: str) -> None:
    assert cause in CATALOGUE


def test_a_cause_nobody_described_points_to_the_other_sides_words() -> None:
    assert str(diagnose("never heard of").meaning) == str(UNKNOWN.meaning)


def test_names_are_filled_in_and_those_nobody_knows_leave_a_gap() -> None:
    words = Diagnosis("Column {column} is missing.", gettext_lazy("Add {column} to table {table}."), Who.PUBLISHER)
    filled = words.with_names({"column": "new_{x}"})
    assert (str(filled.meaning), str(filled.remedy)) == ("Column new_{x} is missing.", "Add new_{x} to table ….")
