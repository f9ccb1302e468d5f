"""What the theme and other packages say stands in our catalogue, and nothing stands there that nobody says."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation.template import templatize

from leadcrm import borrowed_texts
from tests.i18n import catalogues

OURS = {entry.msgid for entry in catalogues.ours()}
DJANGO = set().union(*map(catalogues.of_django, ("django.conf", "django.contrib.admin", "django.contrib.auth")))
MARKED = re.compile(r"""\b(?:n?gettext|_)\(\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
MARKERS = ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy")

# Parts of the theme that none of our pages uses: rich text, crispy forms, money, other packages.
UNUSED = (
    *("toolbar.html", "unfold_crispy/", "constance/", "guardian/", "hijack/", "import_export/", "location_field/"),
    *("reversion/", "reversion_compare/", "simple_history/"),
)
# Said to programmers.
FOR_PROGRAMMERS = (
    "Dataset not found. No action performed.",
    'Field <strong class="font-semibold">{field_name}</strong> is not an autocomplete field. '
    "Please add it to the `autocomplete_fields` list.",
    "Select currency",
    "You can not create nested object without parent",
)


def said_in(path: Path) -> Iterator[str]:
    """The texts that a template or module marks for translation; of a plural the singular."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from (ast.literal_eval(found) for found in MARKED.findall(templatize(source, origin=str(path))))
        return
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKERS:
            yield from (str(text.value) for text in call.args[:1] if isinstance(text, ast.Constant))


def said_by(name: str, unused: Sequence[str] = ()) -> set[str]:
    """What a package says, without the files that have one of ``unused`` in their path."""
    folder = catalogues.package(name)
    paths = [path for path in folder.rglob("*") if path.suffix in (".html", ".py")]
    used = [path for path in paths if not any(part in path.relative_to(folder).as_posix() for part in unused)]
    return {text for path in used for text in said_in(path)}


def test_everything_that_the_theme_says_has_a_translation() -> None:
    said = said_by("unfold", UNUSED)
    assert len(said) > 100
    assert said - OURS - DJANGO - set(FOR_PROGRAMMERS) == set()


def test_what_we_hold_for_other_packages_is_still_said_by_them() -> None:
    held = set(said_in(Path(borrowed_texts.__file__)))
    assert len(held) > 100
    assert held - said_by("unfold") - DJANGO - said_by("rest_framework") - said_by("knox") == set()
