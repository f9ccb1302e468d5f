"""What a page shows."""

import re
from html import unescape
from typing import Any


def messages_of(answer: Any) -> list[str]:
    """Without the button that some of them have."""
    texts = [str(message) for message in answer.context["messages"]]
    return [unescape(re.sub(r"\s*<form.*</form>\s*", "", text, flags=re.DOTALL)) for text in texts]


def undo_on(answer: Any) -> tuple[str, dict[str, str]]:
    """Where the button of the only message posts to, and what it sends along."""
    (message,) = answer.context["messages"]
    form = re.search(r'<form method="post" action="([^"]+)"(.*)</form>', str(message), re.DOTALL)
    assert form, message
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2])
    return form[1], {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


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


def text_of(answer: Any) -> str:
    """What a reader sees, on one line."""
    without_scripts = re.sub(r"<(script|style|template)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without_scripts)).split())
