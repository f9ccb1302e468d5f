"""Nothing English is left on the pages of somebody who reads Korean."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.i18n.reading import english_in, texts_of

# Names of products, and of what has one name only.
NAMES = frozenset(
    ["Lead CRM", "Azure", "AppSource", "Microsoft", "Bearer", "Basic", "Authorization", "Standard Webhooks", "English"]
)
"""Also the title of each page ends with the product's name."""


def addresses() -> Iterator[str]:
    """Every page of the admin, with each of its objects."""
    for name in ("index", "search", "password_change", "password_change_done"):
        yield reverse(f"admin:{name}")
    for model in admin.site._registry:
        pages = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{pages}_changelist")
        yield reverse(f"{pages}_add")
        for row in model._default_manager.all()[:60]:
            yield from (reverse(f"{pages}_{page}", args=[row.pk]) for page in ("change", "history", "delete"))


def english_on(client: Client, address: str) -> set[str]:
    response = client.get(address, follow=True)
    page = response.content.decode()
    found = english_in(page, apart_from=NAMES)
    return {f"{address}: {one}" for one in found}


@pytest.mark.usefixtures("installation")
def test_no_page_of_the_admin_has_english_words(korean: Client) -> None:
    pages = list(addresses())
    assert len(pages) > 100
    found = {}
    for address in pages:
        for one in english_on(korean, address):
            path, text = one.split(": ", 1)
            found.setdefault(text, path)
    print("\n".join(f"{text}   <- {path}" for text, path in sorted(found.items())))
    assert not found
