"""What a person reads on a page, and which words of it are English."""

import re
from collections.abc import Collection
from html.parser import HTMLParser

_READ_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "data-confirm", "data-label")
_UNREAD_ELEMENTS = ("script", "style", "code", "pre", "template")
_UNREAD_CLASSES = ("material-symbols-outlined", "lc-code")  # the first turns words into pictures
_VOID_ELEMENTS = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")
# Codes, file names, domains and addresses; abbreviations such as JSON. Korean particles may follow without a blank.
_NO_WORDS = re.compile(r"[\w.:-]*[@/_=\d][\x21-\x7e]*|[\w-]*\.\w[\w.-]*|(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])", re.ASCII)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        unread = tag in _UNREAD_ELEMENTS or any(name in given.get("class", "").split() for name in _UNREAD_CLASSES)
        if not unread:
            self.texts += [given[name] for name in _READ_ATTRIBUTES if given.get(name)]
            self.texts += [given["value"]] if tag == "input" and given.get("type") in ("submit", "button") else []
        if tag not in _VOID_ELEMENTS:
            self._open.append((tag, unread))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(unread for _tag, unread in self._open):
            self.texts.append(" ".join(data.split()))


def texts_of(page: str) -> list[str]:
    """What people see, hear or point at; without code and without what was sent or received."""
    reader = _Reader()
    reader.feed(page)
    return reader.texts


def english_in(text: str, *, apart_from: Collection[str]) -> list[str]:
    """The English words of a text, without these names."""
    names = "|".join(re.escape(name) for name in sorted(apart_from, key=len, reverse=True))
    rest = re.sub(rf"(?<![A-Za-z])({names})(?![A-Za-z])", " ", text)
    return re.findall("[A-Za-z]{2,}", _NO_WORDS.sub(" ", rest))
