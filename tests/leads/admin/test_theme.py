"""The admin's theme comes in through one door, and what we replace or rely on of it is looked at after an upgrade."""

import ast
import hashlib
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

OURS = Path(settings.BASE_DIR) / "templates"
DOORS = {"leads/admin/theme.py", "leadcrm/admin_site.py"}
RELIED_ON = {
    # Replaced by a template of ours under the same name.
    "admin/index.html": "dd345254af4f",
    "unfold/helpers/empty_results.html": "830db82d60f5",
    # Extended by templates of ours: blocks and variables that must stay.
    "admin/base.html": "7428a8411d69",
    "unfold/layouts/skeleton.html": "062bb8d9caf5",
    "unfold/layouts/unauthenticated.html": "768501529f1a",
    # Its markup is what our style sheet and our script take hold of.
    "admin/change_list_results.html": "26fc8ca89818",
    # Where a form shows the panel above it.
    "admin/change_form.html": "3fc6d1194eda",
}


def theme_templates() -> Path:
    package = find_spec("unfold")
    assert package is not None
    assert package.submodule_search_locations
    return Path(package.submodule_search_locations[0]) / "templates"


def modules() -> list[Path]:
    packages = ("leadcrm", "leads", "integrations")
    return [path for package in packages for path in (settings.BASE_DIR / package).rglob("*.py")]


def imported_by(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name.partition(".")[0] for name in found}


def test_the_theme_is_imported_through_one_door() -> None:
    importing = {str(path.relative_to(settings.BASE_DIR)) for path in modules() if "unfold" in imported_by(path)}
    assert importing == DOORS


@pytest.mark.parametrize("name", RELIED_ON)
def test_a_template_of_the_theme_that_ours_rely_on_is_unchanged(name: str) -> None:
    """When this fails after an upgrade: compare the template with the one before, look at our pages, then note the new
    digest."""
    digest = hashlib.sha256((theme_templates() / name).read_bytes()).hexdigest()[:12]
    assert digest == RELIED_ON[name]


def test_no_other_template_of_the_theme_is_replaced() -> None:
    names = {path.relative_to(OURS) for path in OURS.rglob("*.html")}
    replaced = {str(name) for name in names if (theme_templates() / name).exists()}
    assert replaced == {"admin/index.html", "unfold/helpers/empty_results.html"}


@pytest.mark.parametrize("name", sorted(str(path.relative_to(OURS)) for path in OURS.rglob("*.html")))
def test_every_template_of_ours_is_well_formed(name: str) -> None:
    assert get_template(name) is not None
