"""The frame of the page: head, languages, systems, notices; and its parts in their order."""

import base64
import hashlib
from html import escape
from pathlib import Path

from integrations.sandbox.rendering.arrived import arrived
from integrations.sandbox.rendering.enter import addresses, what_to_enter
from integrations.sandbox.rendering.failures import failing, waiting
from integrations.sandbox.rendering.kept import beside, kept
from integrations.sandbox.rendering.view import Say, View, local
from integrations.sandbox.texts import LANGUAGES

STYLE = Path(__file__).with_name("page.css").read_text("utf-8")
SCRIPT = Path(__file__).with_name("page.js").read_text("utf-8")


def _hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_hash_of(STYLE)}; script-src {_hash_of(SCRIPT)}; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def render(view: View) -> str:
    """The whole page."""
    t = view.say
    return f"""<!doctype html>
<html lang="{view.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{t(f"{view.name}.title")}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<header>
<div><h1>{t(f"{view.name}.title")}</h1><p>{t(f"{view.name}.about")}</p></div>
<nav aria-label="{t("page.language")}">{_languages(view.language)}</nav>
{_systems(view, t)}
</header>
<p id="offline" class="notice" role="status" hidden>{t("page.offline")}</p>
{_notices(view, t)}
<main>
<div class="side">
{what_to_enter(view, t)}
{failing(view, t)}
{waiting(view, t)}
{addresses(view, t)}
</div>
<div class="lists">
{arrived(view, t)}
{kept(view, t)}
{beside(view, t)}
</div>
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _languages(current: str) -> str:
    return " ".join(
        f'<a href="/?lang={language}" lang="{language}"{" aria-current=true" if language == current else ""}>{name}</a>'
        for language, name in LANGUAGES.items()
    )


def _systems(view: View, t: Say) -> str:
    if len(view.neighbours) < 2:
        return ""
    query = f"?lang={view.language}" if view.action != "/" else ""
    links = " ".join(
        f'<a href="{escape(url)}{query}"{" aria-current=page" if name == view.name else ""}>{t(f"{name}.short")}</a>'
        for name, url in view.neighbours
    )
    return f'<nav class="systems" aria-label="{t("page.systems")}">{links}</nav>'


def _notices(view: View, t: Say) -> str:
    clock = t("page.clock", at=local(view.clock)) if view.clock is not None else ""
    obstacle = f'<p class="notice" role="alert">{t(view.obstacle)}</p>' if view.obstacle else ""
    return "\n".join(
        [
            f'<p class="notice" role="alert">{escape(view.problem)}</p>' if view.problem else "",
            f'<div id="obstacle" data-live>{obstacle}</div>',
            f'<div id="clock" data-live>{f'<p class="notice quiet">{clock}</p>' if clock else ""}</div>',
        ]
    )
