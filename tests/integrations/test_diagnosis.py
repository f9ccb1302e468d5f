"""Every cause that the code can name has words for people."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy, override

from integrations import diagnosis
from integrations.connectors.https import answers as https
from integrations.diagnosis import CATALOGUE, UNKNOWN, Diagnosis, Who, diagnose, general
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
    verdicts = [*statuses.VERDICTS.values(), *https._BY_STATUS.values()]
    verdicts += [statuses.REDIRECTED, statuses.OTHER_CLIENT_ERROR, statuses.OTHER_STATUS, statuses.ASKED_TO_WAIT]
    not_let_in = {cause for causes in https.NOT_LET_IN_WITH.values() for cause in causes}
    return written | not_let_in | {cause for _kind, cause in verdicts} - {""}


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


def test_what_speaks_of_a_name_reads_well_without_it() -> None:
    words = Diagnosis(
        "[The column {column}|A column] is a list[; at most {limit} values].",
        gettext_lazy("Add it to the table[ {table}]."),
        Who.PUBLISHER,
    )
    named = words.with_names({"column": "[x]", "limit": "7", "table": "a|b"})
    assert (str(named.meaning), str(named.remedy)) == (
        "The column [x] is a list; at most 7 values.",
        "Add it to the table a|b.",
    )
    nameless = words.with_names({"limit": ""})
    assert (str(nameless.meaning), str(nameless.remedy)) == ("A column is a list.", "Add it to the table.")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("cause", CATALOGUE)
def test_no_cause_leaves_a_gap_where_the_names_are_not_known(cause: str, language: str) -> None:
    raw = CATALOGUE[cause]
    with override(language):
        entry = diagnose(cause)
        words, written = f"{entry.meaning} {entry.remedy}", f"{raw.meaning} {raw.remedy}"
    assert not any(mark in words for mark in ("[", "{", "|", "  ", " . ", " ,"))
    assert words.count("…") == written.count("…")  # those that belong to the text, as in xn--…


@pytest.mark.parametrize("cause", general.CATALOGUE)
def test_no_remedy_asks_for_a_change_of_the_lead_which_nobody_can_make(cause: str) -> None:
    remedy = str(diagnose(cause).remedy).lower()
    assert not any(asked in remedy for asked in ("correct the lead", "shorten the lead", "settle this"))


def test_a_refused_lead_can_still_be_brought_over_there() -> None:
    for cause in ("record_refused", "record_too_large", "conflict"):
        assert "there by hand" in str(diagnose(cause).remedy)
