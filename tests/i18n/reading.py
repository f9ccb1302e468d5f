"""What a person reads on a page, and which words of it are English."""

import re
from html.parser import HTMLParser

_READ_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "data-confirm", "data-label")
_UNREAD_ELEMENTS = ("script", "style", "code", "pre", "template")
_UNREAD_CLASSES = ("material-symbols-outlined", "lc-code")  # the first turns words into pictures
_VOID_ELEMENTS = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")
_NO_WORD = re.compile(r"\S*[@/_=\d]\S*|\S+\.\w\S*|\b[A-Z]{2,}\b")  # addresses, codes, numbers with units, abbreviations


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
            self.texts.append(data)


def texts_of(page: str) -> list[str]:
    """The texts people see, hear or point at; without code and what was sent."""
    reader = _Reader()
    reader.feed(page)
    return reader.texts


def english_in(page: str, *, apart_from: frozenset[str]) -> set[str]:
    """English words with the text they stand in, without abbreviations, addresses and codes."""
    found = set()
    for text in texts_of(page):
        rest = _NO_WORD.sub(" ", text)
        for name in sorted(apart_from, key=len, reverse=True):
            rest = rest.replace(name, " ")
        found |= {f"{word}: {' '.join(text.split())[:120]}" for word in re.findall("[A-Za-z]{2,}", rest)}
    return found
