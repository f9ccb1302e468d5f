"""The records that were kept, newest first, each with its fields, its history and a form to change a field."""

import json
from collections.abc import Iterator, Sequence
from html import escape

from integrations.sandbox.arrivals import iso
from integrations.sandbox.records import Record
from integrations.sandbox.rendering.view import Say, View, joined, local, text_or_code

EMAIL = ("email", "emailaddress1")


def kept(view: View, t: Say) -> str:
    count = view.kept_count
    if not count:
        return '<section id="kept" data-live></section>'
    rest = t("page.latest", shown=len(view.records), count=count) if count > len(view.records) else ""
    return f"""<section id="kept" data-live>
<div class="bar"><h2>{t("page.kept_title")}</h2><dl><dt>{t("page.records")}</dt><dd>{count}</dd></dl></div>
{_rows(view.records, view, t)}
<p class="hint">{rest}</p>
</section>"""


def beside(view: View, t: Say) -> str:
    """The records that only tell of those."""
    if not view.beside:
        return '<section id="beside" data-live></section>'
    return f"""<section id="beside" data-live>
<div class="bar"><h2>{t("page.beside_title")}</h2></div>
<p class="hint">{t(f"{view.name}.beside_hint")}</p>
{_rows(view.beside, view, t)}
</section>"""


def _rows(records: Sequence[Record], view: View, t: Say) -> str:
    return f'<ol class="rows">{"".join(_record(record, view, t) for record in records)}</ol>'


def _record(record: Record, view: View, t: Say) -> str:
    person, email = person_in(record.fields)
    shown_email = f' <span class="email">{escape(email)}</span>' if email else ""
    meta = [escape(record.collection), f"<code>{escape(record.key)}</code>", _event(record.history[-1][1], t)]
    return f"""<li><details id="record-{escape(record.collection)}-{escape(record.key)}">
<summary>
<time datetime="{iso(record.history[-1][0])}">{local(record.history[-1][0])}</time>
<div class="who"><strong>{escape(person)}</strong>{shown_email}
<p class="meta">{joined(meta)}</p></div>
</summary>
<dl class="values">{"".join(_field(name, value) for name, value in record.fields.items())}</dl>
{_history(record, t)}
{_editing(record, view, t) if view.editable else ""}
</details></li>"""


def person_in(fields: dict[str, object]) -> tuple[str, str]:
    """Name and e-mail address, as most systems call those fields, at whatever depth."""
    found: dict[str, str] = {}
    for name, value in _texts_in(fields):
        found.setdefault(name.lower().replace("_", ""), value)
    names = (found.get(part, "") for part in ("firstname", "lastname"))
    return " ".join(name for name in names if name), next((found[name] for name in EMAIL if found.get(name)), "")


def _texts_in(fields: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _texts_in(value)
        elif isinstance(value, str):
            yield name, value


def _field(name: str, value: object) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return f"<div><dt>{escape(name)}</dt><dd>{escape(shown)}</dd></div>"


def _event(event: str, t: Say) -> str:
    return text_or_code(t, f"event.{event}")


def _history(record: Record, t: Say) -> str:
    items = "".join(
        f'<li><time datetime="{iso(at)}">{local(at)}</time> {_event(event, t)}</li>'
        for at, event in reversed(record.history)
    )
    return f'<h3>{t("record.history")}</h3><ol class="history">{items}</ol>'


def _editing(record: Record, view: View, t: Say) -> str:
    simple = [name for name, value in record.fields.items() if not isinstance(value, dict | list)]
    options = "".join(f"<option>{escape(name)}</option>" for name in simple)
    return f"""<form method="post" action="{view.action}" class="edit">
<input type="hidden" name="collection" value="{escape(record.collection)}">
<input type="hidden" name="key" value="{escape(record.key)}">
<label>{t("record.field")}<select name="field">{options}</select></label>
<label class="value">{t("record.value")}<input name="value" autocomplete="off"></label>
<button name="edit">{t("record.edit")}</button>
<button name="remove">{t("record.remove")}</button>
</form>"""
