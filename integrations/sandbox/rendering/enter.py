"""What a person enters on the client's side, and the addresses that take leads."""

from html import escape

from integrations.sandbox.rendering.view import Entrance, Say, View, joined, text_or_code


def what_to_enter(view: View, t: Say) -> str:
    if not view.connection:
        return ""
    rows = "".join(_row(label, value, t) for label, value in view.connection)
    return f"""<section class="card" id="enter" data-live>
<h2>{t("page.enter")}</h2>
<p class="hint">{t(view.own("page.enter_hint"))}</p>
<dl>{rows}</dl>
</section>"""


def _row(label: str, value: str, t: Say) -> str:
    name = text_or_code(t, label)
    shown = escape(value)
    return (
        f"<div><dt>{name}</dt><dd><code>{shown}</code>"
        f'<button type="button" data-copy="{shown}" data-copied="{t("page.copied")}" '
        f'aria-label="{t("page.copy")}: {name}">{t("page.copy")}</button></dd></div>'
    )


def addresses(view: View, t: Say) -> str:
    items = "".join(
        f"<li><code>{escape(view.url + entrance.path)}</code>"
        f'<p class="meta">{joined([*_demands(entrance, t), _kept(view, entrance, t)])}</p></li>'
        for entrance in view.entrances
    )
    return f'<section class="card" id="addresses" data-live><h2>{t("page.addresses")}</h2><ul>{items}</ul></section>'


def _demands(entrance: Entrance, t: Say) -> list[str]:
    return [text_or_code(t, mark) for mark in entrance.marks]


def _kept(view: View, entrance: Entrance, t: Say) -> str:
    return t("page.kept", count=view.kept.get(entrance.collection, 0))
