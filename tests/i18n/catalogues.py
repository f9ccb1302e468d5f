"""Catalogues of translations: ours, and those that come with Django."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polib  # type: ignore[import-untyped]
from django.conf import settings

_OURS = Path(settings.LOCALE_PATHS[0])
_PLACE = "ko/LC_MESSAGES/django"


def package(name: str) -> Path:
    """The folder of an installed package."""
    found = find_spec(name)
    assert found
    assert found.origin
    return Path(found.origin).parent


def ours() -> Any:
    return polib.pofile(_OURS / f"{_PLACE}.po")


def ours_compiled() -> Any:
    return polib.mofile(_OURS / f"{_PLACE}.mo")


def of_django(name: str) -> set[str]:
    """The English texts for which a part of Django has Korean ones."""
    return {entry.msgid for entry in polib.pofile(package(name) / "locale" / f"{_PLACE}.po")}
