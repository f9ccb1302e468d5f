"""The Korean catalogue is whole, and means what the English texts mean as far as a program can tell."""

import re
from typing import Any

from tests.i18n import catalogues

CATALOGUE = catalogues.ours()
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd%]|{[\w:]*}|<[^>]+>")
SAME_IN_KOREAN = {
    " By %(filter_title)s ",
    "(failed)",
    "API",
    "AppSource",
    "Azure Blob",
    "Azure Marketplace",
    "Azure Table",
    "Azure portal",
    "Dynamics 365 (Dataverse)",
    "HubSpot",
    "Lead CRM",
    "Marketo (REST API)",
    "Salesforce",
    "Salesforce Web-to-Lead",
    "URL",
}
CASUAL = re.compile(r"(해|에|예|돼|워|봐|줘|어|아)요(?![가-힣])|한다(?![가-힣])|했다(?![가-힣])")


def korean(entry: Any) -> str:
    return str(entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr)


def test_every_text_is_translated() -> None:
    assert len(CATALOGUE) > 800
    assert [entry.msgid for entry in CATALOGUE if not entry.translated()] == []
    assert [entry.msgid for entry in CATALOGUE.fuzzy_entries() + CATALOGUE.obsolete_entries()] == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    compiled = {(entry.msgctxt, entry.msgid): korean(entry) for entry in catalogues.ours_compiled()}
    assert compiled == {(entry.msgctxt, entry.msgid): korean(entry) for entry in CATALOGUE}


def test_korean_has_one_form_for_every_number() -> None:
    assert CATALOGUE.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert [entry.msgid for entry in CATALOGUE if entry.msgid_plural and list(entry.msgstr_plural) != [0]] == []


def test_translations_keep_their_placeholders() -> None:
    pairs = [(entry.msgid_plural or entry.msgid, korean(entry)) for entry in CATALOGUE]
    assert [pair for pair in pairs if len({frozenset(PLACEHOLDER.findall(text)) for text in pair}) > 1] == []


def test_translations_begin_and_end_with_a_blank_where_the_english_text_does() -> None:
    pairs = [(entry.msgid, korean(entry)) for entry in CATALOGUE]
    assert [pair for pair in pairs if len({(text[:1].isspace(), text[-1:].isspace()) for text in pair}) > 1] == []


def test_translations_are_korean() -> None:
    left = {entry.msgid for entry in CATALOGUE if not re.search("[가-힣]", korean(entry))}
    assert left == SAME_IN_KOREAN


def test_statements_are_polite() -> None:
    """Statements end in 합니다, instructions in 하세요."""
    assert [korean(entry) for entry in CATALOGUE if CASUAL.search(korean(entry))] == []
