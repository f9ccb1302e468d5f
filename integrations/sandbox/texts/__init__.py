"""Every text the pages show, in English and Korean, and the sentences about bad input. Named placeholders in braces."""

from integrations.sandbox.texts.azure import AZURE
from integrations.sandbox.texts.forms import FORMS
from integrations.sandbox.texts.input import INPUT
from integrations.sandbox.texts.page import PAGE
from integrations.sandbox.texts.receiver import RECEIVER
from integrations.sandbox.texts.refusals import REFUSALS
from integrations.sandbox.texts.systems import SYSTEMS

ENGLISH, KOREAN = "en", "ko"
LANGUAGES = {ENGLISH: "English", KOREAN: "한국어"}

TEXTS = {**PAGE, **FORMS, **INPUT, **RECEIVER, **SYSTEMS, **AZURE, **REFUSALS}


def say(language: str, name: str, **params: object) -> str:
    """The text of this name with its placeholders filled."""
    english, korean = TEXTS[name]
    return (korean if language == KOREAN else english).format(**params)


def choose_language(asked: str | None, accepted: str | None) -> str:
    """The language asked for, else the first one of `Accept-Language` that we have, else English (RFC 9110, 12.5.4)."""
    if asked in LANGUAGES:
        return asked
    ranked = sorted(_preferences(accepted or ""), key=lambda preference: -preference[1])
    return next((language for language, weight in ranked if weight > 0 and language in LANGUAGES), ENGLISH)


def _preferences(accepted: str) -> list[tuple[str, float]]:
    preferences = []
    for entry in accepted.split(","):
        tag, _, parameter = entry.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        preferences.append((tag.strip().lower().partition("-")[0], weight))
    return preferences
