"""What a person enters in Lead CRM, and the addresses that take leads."""

from html import escape

from integrations.sandbox.entering import Destination, Entry, How
from integrations.sandbox.rendering.view import Entrance, Say, View, joined, text_or_code
from integrations.sandbox.texts import say


def what_to_enter(view: View, t: Say) -> str:
    if not view.destinations:
        return ""
    hint = "page.enter_hint" if len({one.kind for one in view.destinations}) == 1 else "page.enter_hints"
    return f"""<section class="card" id="enter" data-live>
<h2>{t("page.enter")}</h2>
<p class="hint">{t(hint)}</p>
{"".join(_destination(one, view, t) for one in view.destinations)}
</section>"""


def _destination(destination: Destination, view: View, t: Say) -> str:
    rows = "".join(_row(entry, view, t) for entry in destination.entries)
    return f"<h3>{t(f'kind.{destination.kind}')}</h3><dl>{rows}</dl>"


def _row(entry: Entry, view: View, t: Say) -> str:
    label = t(entry.label, number=entry.number)
    return f"<div><dt>{label}{_condition(entry, view, t)}</dt><dd>{_what_to_do(entry, label, t)}</dd></div>"


def _condition(entry: Entry, view: View, t: Say) -> str:
    if entry.only_if is None:
        return ""
    field, option = (say(view.language, name) for name in entry.only_if)
    return f"<p>{t('page.only_if', field=field, option=option)}</p>"


def _what_to_do(entry: Entry, label: str, t: Say) -> str:
    match entry.how:
        case How.TICKED:
            return f'<span class="ticked">{t("page.ticked")}</span>'
        case How.CHOSEN:
            return f"<span>{t(entry.value)}</span>"
        case How.TYPED:
            return _copied(entry.value, label, t)


def _copied(value: str, label: str, t: Say) -> str:
    shown = escape(value)
    return (
        f'<code>{shown}</code><button type="button" data-copy="{shown}" data-copied="{t("page.copied")}" '
        f'aria-label="{t("page.copy")}: {label}">{t("page.copy")}</button>'
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
    return "" if entrance.collection is None else t("page.kept", count=view.kept.get(entrance.collection, 0))
