"""Choices that can be searched: select2, as the theme and Django's own scripts use it."""

import re

import pytest
from django.test import Client

SCRIPT = re.compile(r'<script[^>]* src="[^"]*/(select2\.full|i18n/ko|jquery\.init)[^"/]*\.js"')


def test_choices_that_are_on_the_page_are_not_fetched(owner: Client) -> None:
    page = owner.get("/admin/leads/route/add/").text
    for name in ("sources", "actions", "countries"):
        field = re.search(rf'<select name="{name}"[^>]*>', page)
        assert field
        assert 'class="unfold-admin-autocomplete"' in field[0]


@pytest.mark.parametrize("page", ["lead/", "delivery/", "route/add/"])
def test_the_words_are_korean_and_there_before_jquery_is_put_away(owner: Client, page: str) -> None:
    scripts = SCRIPT.findall(owner.get(f"/admin/leads/{page}", headers={"accept-language": "ko"}).text)
    assert scripts[0] == "select2.full"
    assert scripts[-2:] == ["i18n/ko", "jquery.init"]


def test_english_needs_no_words(owner: Client) -> None:
    assert "/select2/i18n/" not in owner.get("/admin/leads/lead/").text
