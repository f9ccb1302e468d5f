"""The requests that arrived, newest first, each with what was found in it and with its bytes."""

import re
from html import escape

from integrations.sandbox.arrivals import Arrival, Mention, Note, iso
from integrations.sandbox.rendering.view import Say, View, happened, joined, local, text_or_code
from integrations.sandbox.texts import TEXTS

MOST_RAW = 20_000
GOOD = {"signature.valid", "arrival.new", "arrival.created"}
BAD = {
    "signature.missing",
    "signature.malformed",
    "signature.unsupported",
    "signature.stale",
    "signature.early",
    "signature.wrong",
    "arrival.changed",
}
_SECRET = re.compile(
    r"""(?<![A-Za-z0-9_])((?:client_secret|client_assertion|assertion|password|access_token|refresh_token|sig)"""
    r"""(?:=|"\s*:\s*"))[^&\s"]+"""
)


def arrived(view: View, t: Say) -> str:
    shown = f'<ol class="rows">{"".join(_arrival(one, view, t) for one in view.arrivals)}</ol>'
    rest = t("page.latest", shown=len(view.arrivals), count=view.count) if view.count > len(view.arrivals) else ""
    forget = f'<button name="forget" title="{t("page.forget_hint")}">{t("page.forget")}</button>'
    return f"""<section id="arrived" data-live>
<div class="bar">
<h2>{t("page.arrived")}</h2>
<dl>
<dt>{t("page.requests")}</dt><dd>{view.count}</dd>
<dt>{t("page.records")}</dt><dd>{view.kept_count}</dd>
</dl>
<form method="post" action="{view.action}">{forget}</form>
</div>
{shown if view.arrivals else _nothing(t)}
<p class="hint">{rest}</p>
</section>"""


def _nothing(t: Say) -> str:
    return f'<div class="empty"><h3>{t("page.empty")}</h3><p>{t("page.empty_remedy")}</p></div>'


def _arrival(arrival: Arrival, view: View, t: Say) -> str:
    return f"""<li><details id="arrival-{arrival.number}">
<summary>
<time datetime="{iso(arrival.at)}">{local(arrival.at)}</time>
<div class="who">{_who(arrival, t)}
<p class="meta">{joined(_meta(arrival, view, t))}</p>
<p class="marks">{_marks(arrival.note, t)}{_failed(arrival, t)}</p>{_each(arrival, t)}</div>
{_answered(arrival, t)}
</summary>
{_raw(arrival, view, t)}
</details></li>"""


def _who(arrival: Arrival, t: Say) -> str:
    several = len(arrival.mentions)
    return f"<strong>{t('arrival.records', count=several)}</strong>" if several else _person(arrival.note)


def _person(note: Note) -> str:
    email = f' <span class="email">{escape(note.email)}</span>' if note.email else ""
    return (f"<strong>{escape(note.person)}</strong>" if note.person else "") + email


def _meta(arrival: Arrival, view: View, t: Say) -> list[str]:
    request, key = arrival.request, arrival.note.key
    unlabelled = "" if arrival.mentions else _unlabelled(view, t)
    return [
        f"<code>{escape(request.method)} {escape(request.path)}</code>",
        f"<code>{escape(key)}</code>" if key else unlabelled,
        _times(arrival.times_received, t),
    ]


def _times(count: int, t: Say) -> str:
    return "" if not count else t("arrival.once") if count == 1 else t("arrival.times", count=count)


def _each(arrival: Arrival, t: Say) -> str:
    """A line for each record of a request about several."""
    items = "".join(f"<li>{_mention(mention, t)}</li>" for mention in arrival.mentions)
    return f'<ul class="each">{items}</ul>' if items else ""


def _mention(mention: Mention, t: Say) -> str:
    note = mention.note
    meta = joined([f"<code>{escape(note.key)}</code>" if note.key else "", _times(mention.times_received, t)])
    return f'{_person(note)} <span class="meta">{meta}</span> {_marks(note, t)}'


def _unlabelled(view: View, t: Say) -> str:
    name = f"{view.name}.unlabelled"
    return t(name) if name in TEXTS else ""


def _marks(note: Note, t: Say) -> str:
    names = [f"{aspect}.{code}" for aspect, code in note.findings.items()]
    return "".join(f'<span class="mark {_tone(name)}">{text_or_code(t, name)}</span>' for name in names)


def _failed(arrival: Arrival, t: Say) -> str:
    if not arrival.fault:
        return ""
    what = happened(arrival.fault, arrival.status, t)
    return f'<span class="mark fault">{t("arrival.failed")}: {what}</span>'


def _tone(name: str) -> str:
    return "good" if name in GOOD else "bad" if name in BAD or name.startswith("refused.") else "plain"


def _answered(arrival: Arrival, t: Say) -> str:
    if arrival.status is None:
        return f'<span class="answer bad">{t("arrival.unanswered")}</span>'
    tone = "good" if arrival.status < 300 and arrival.fault is None else "bad"
    label = t("arrival.answered", status=arrival.status)
    return f'<span class="answer {tone}" title="{label}">{arrival.status}</span>'


def _raw(arrival: Arrival, view: View, t: Say) -> str:
    request = arrival.request
    hidden = f"<i>{t('arrival.hidden')}</i>"
    lines = [f"{escape(request.method)} {_without_secrets(request.target, hidden)}"]
    for name, value in request.headers:
        shown = hidden if view.conceals(name) else escape(value)
        lines.append(f"<b>{escape(name)}:</b> {shown}")
    text = request.body[:MOST_RAW].decode("utf-8", "replace")
    body = _without_secrets(text, hidden) or f"<i>{t('arrival.no_body')}</i>"
    size = len(request.body)
    cut = f'<p class="hint">{t("arrival.cut", shown=MOST_RAW, size=size)}</p>' if size > MOST_RAW else ""
    connection = t("arrival.connection", number=request.connection)
    return f'<pre>{chr(10).join(lines)}\n\n{body}</pre>{cut}<p class="hint">{connection}</p>'


def _without_secrets(text: str, hidden: str) -> str:
    """Escaped, with the secrets of a token request covered."""
    return escape(_SECRET.sub("\\1\0", text.replace("\0", "\ufffd"))).replace("\0", hidden)
