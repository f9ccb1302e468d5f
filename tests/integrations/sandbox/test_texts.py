"""Texts: both languages are complete, and every code has one."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from integrations.sandbox import receiver
from integrations.sandbox.faults import Action
from integrations.sandbox.receiver.body import Shape
from integrations.sandbox.receiver.signature import Verdict
from integrations.sandbox.systems import SYSTEMS, load
from integrations.sandbox.texts import TEXTS, choose_language, say
from integrations.sandbox.texts.forms import FORMS

SOURCES = [path.read_text("utf-8") for path in Path(str(receiver.__file__)).parent.parent.rglob("*.py")]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_has_the_same_placeholders_in_both_languages(name: str) -> None:
    english, korean = TEXTS[name]
    assert english
    assert korean
    assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", korean))


@pytest.mark.parametrize("name", TEXTS)
def test_korean_is_korean(name: str) -> None:
    english, korean = TEXTS[name]
    is_name = name.endswith(".short") or name in FORMS  # which are compared with the forms' own words elsewhere
    assert re.search("[가-힣]", korean) or (is_name and korean == english)


@pytest.mark.parametrize(("prefix", "codes"), [("action", Action), ("shape", Shape), ("signature", Verdict)])
def test_every_code_has_a_text(prefix: str, codes: type[StrEnum]) -> None:
    assert [code for code in codes if f"{prefix}.{code}" not in TEXTS] == []


def test_every_refusal_has_a_text() -> None:
    own = [path.read_text("utf-8") for path in Path(str(receiver.__file__)).parent.glob("*.py")]
    problems = {problem for source in own for problem in re.findall(r'Refused\("(\w+)"', source)}
    assert len(problems) > 10
    assert [problem for problem in problems | {"bearer", "basic", "header"} if f"refused.{problem}" not in TEXTS] == []


def test_every_complaint_about_input_has_a_text() -> None:
    reasons = {
        reason for source in SOURCES for reason in re.findall(r'(?:\.bad\(\w+|BadInput\([^,]+), "(\w+)"', source)
    }
    assert len(reasons) > 5
    assert [reason for reason in reasons if f"input.{reason}" not in TEXTS] == []


@pytest.mark.parametrize("path", [path for _, path in SYSTEMS])
def test_every_system_says_what_it_is_what_to_enter_and_what_its_buttons_do(path: str) -> None:
    with load(path).running() as system:
        names = [f"{system.name}.{part}" for part in ("short", "title", "about")]
        for destination in system.destinations():
            names += [f"kind.{destination.kind}", *(entry.label for entry in destination.entries)]
        names += [mark for entrance in system.entrances() for mark in entrance.marks]
        presets = [preset for preset in system.presets if f"{system.name}.{preset}" not in TEXTS]
        names += [f"fail.{preset}" for preset in presets]
    assert [name for name in names if name not in TEXTS] == []


def test_placeholders_are_filled_in_the_language() -> None:
    assert say("ko", "fail.left", count=2) == "2번 남음"
    assert say("en", "fail.left", count=2) == "2 left"


def test_an_unknown_language_falls_back_to_english() -> None:
    assert choose_language(None, None) == "en"
    assert choose_language("xx", "fr;q=1") == "en"
