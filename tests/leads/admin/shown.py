"""What a page shows."""

import re
from typing import Any


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def errors_of(answer: Any) -> dict[str, list[str]]:
    """Of a form that was refused, by field."""
    return {name: [str(error) for error in errors] for name, errors in answer.context["adminform"].form.errors.items()}


def buttons_on(answer: Any) -> list[str]:
    """The labels of our buttons, without their icons."""
    found = re.findall(r'<button type="submit" class="lc-button[^>]*>(.*?)</button>', answer.text, re.DOTALL)
    return [re.sub(r"<span.*?</span>", "", label).strip() for label in found]


def pills_on(answer: Any) -> list[str]:
    return re.findall(r'<span class="lc-pill[^>]*>([^<]*)</span>', answer.text)


def links_on(answer: Any, label: str) -> list[str]:
    """Where the links lead that have this label, without their icons."""
    found = re.findall(r'<a[^>]* href="([^"]*)"[^>]*>(.*?)</a\s*>', answer.text, re.DOTALL)
    texts = [(href.replace("&amp;", "&"), re.sub(r"<span.*?</span>", "", text).strip()) for href, text in found]
    return [href for href, text in texts if text == label]
