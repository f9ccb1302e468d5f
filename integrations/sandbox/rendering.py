"""The page as HTML. Everything that came from outside is escaped; nothing is loaded from elsewhere."""

import base64
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from html import escape
from pathlib import Path

from integrations.sandbox.arrivals import Arrival, iso
from integrations.sandbox.faults import MAX_DELAY, MAX_TIMES, Action, Fault
from integrations.sandbox.texts import LANGUAGES, say

STYLE = Path(__file__).with_name("page.css").read_text("utf-8")
SCRIPT = Path(__file__).with_name("page.js").read_text("utf-8")
MOST_RAW = 20_000
GOOD = {"signature.valid", "arrival.new"}
PLAIN = {
    "signature.unchecked",
    "shape.envelope",
    "shape.documented",
    "shape.camel",
    "arrival.repeated",
    "arrival.unkeyed",
}

Say = Callable[..., str]


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


@dataclass(frozen=True)
class Entrance:
    """One address people may send to; `marks` are the names of texts that say what it demands."""

    path: str
    collection: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """What the page shows. `name` begins the names of the simulator's texts; `clock` is None at the real time."""

    language: str
    name: str
    url: str
    entrances: Sequence[Entrance]
    kept: Mapping[str, int]
    count: int
    arrivals: Sequence[Arrival]
    faults: Sequence[Fault]
    clock: float | None
    problem: str
    conceals: Callable[[str], bool]


def render(view: View, action: str) -> str:
    """The whole page; its forms post to `action`."""
    t = partial(_escaped, view.language)
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
</header>
<p id="offline" class="notice" role="status" hidden>{t("page.offline")}</p>
{_notices(view, t)}
<main>
<div class="side">
{_failing(view, t, action)}
{_waiting(view, t, action)}
{_addresses(view, t)}
</div>
{_arrived(view, t, action)}
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _escaped(language: str, name: str, **params: object) -> str:
    return escape(say(language, name, **params))


def _languages(current: str) -> str:
    return " ".join(
        f'<a href="/?lang={language}" lang="{language}"{" aria-current=true" if language == current else ""}>{name}</a>'
        for language, name in LANGUAGES.items()
    )


def _notices(view: View, t: Say) -> str:
    clock = t("page.clock", at=_local(view.clock)) if view.clock is not None else ""
    notices = [f'<p class="notice" role="alert">{escape(view.problem)}</p>' if view.problem else ""]
    return "\n".join(
        [*notices, f'<div id="clock" data-live>{f'<p class="notice quiet">{clock}</p>' if clock else ""}</div>']
    )


def _failing(view: View, t: Say, action: str) -> str:
    presets = "".join(
        f'<button name="preset" value="{name}">{t(f"fail.{name}")}</button>'
        for name in ("refuse_twice", "throttle", "lose_answer", "outage")
    )
    actions = "".join(f'<option value="{one}">{t(f"action.{one}")}</option>' for one in Action)
    addresses = "".join(f"<option>{escape(entrance.path)}</option>" for entrance in view.entrances)
    return f"""<section class="card" id="fail">
<h2>{t("fail.title")}</h2>
<p class="hint">{t("fail.about")}</p>
<form method="post" action="{action}" class="presets">{presets}</form>
<details id="more">
<summary>{t("fail.more")}</summary>
<form method="post" action="{action}" class="fields">
<label class="wide">{t("fail.action")}<select name="action">{actions}</select></label>
<label class="status">{t("fail.status")}<input name="status" type="number" min="200" max="599" value="503"></label>
<label>{t("fail.delay")}<input name="delay" type="number" min="0" max="{MAX_DELAY:.0f}" step="any"></label>
<label>{t("fail.times")}<input name="times" type="number" min="1" max="{MAX_TIMES}" value="1"
 placeholder="{t("fail.times_hint")}" title="{t("fail.times_hint")}"></label>
<label>{t("fail.address")}<select name="address"><option value="">{t("fail.all")}</option>{addresses}</select></label>
<button class="primary wide">{t("fail.add")}</button>
</form>
</details>
</section>"""


def _waiting(view: View, t: Say, action: str) -> str:
    items = "".join(_waiting_fault(fault, t) for fault in view.faults)
    clear_all = f'<button name="clear" value="all">{t("fail.clear_all")}</button>' if len(view.faults) > 1 else ""
    shown = f"<ol>{items}</ol>{clear_all}" if items else f'<p class="hint">{t("fail.none")}</p>'
    return f"""<section class="card" id="waiting" data-live>
<h2>{t("fail.waiting")}</h2>
<form method="post" action="{action}">{shown}</form>
</section>"""


def _waiting_fault(fault: Fault, t: Say) -> str:
    times = t("fail.forever") if fault.times is None else t("fail.left", count=fault.times)
    delay = "fail.pause" if fault.action is Action.TRICKLE else "fail.after"
    details = [
        times,
        t(delay, seconds=f"{fault.delay:g}") if fault.delay else "",
        escape(" ".join(part for part in (fault.method, fault.path) if part)),
    ]
    return (
        f'<li><div>{_what(fault.action, fault.status, t)}<p class="meta">{_joined(details)}</p></div>'
        f'<button name="clear" value="{fault.number}">{t("fail.clear")}</button></li>'
    )


def _what(action: str, status: int | None, t: Say) -> str:
    return t("fail.respond", status=status) if action == Action.RESPOND else t(f"action.{action}")


def _addresses(view: View, t: Say) -> str:
    items = "".join(
        f"<li><code>{escape(view.url + entrance.path)}</code>"
        f'<p class="meta">{_joined([*map(t, entrance.marks), _kept(view, entrance, t)])}</p></li>'
        for entrance in view.entrances
    )
    return f'<section class="card" id="addresses" data-live><h2>{t("page.addresses")}</h2><ul>{items}</ul></section>'


def _kept(view: View, entrance: Entrance, t: Say) -> str:
    return t("page.kept", count=view.kept.get(entrance.collection, 0))


def _arrived(view: View, t: Say, action: str) -> str:
    if not view.arrivals:
        url = f"<code>{escape(view.url + view.entrances[0].path)}</code>"
        remedy = t(f"{view.name}.empty_remedy", url="\0").replace("\0", url)
        shown = f'<div class="empty"><h3>{t(f"{view.name}.empty")}</h3><p>{remedy}</p></div>'
    else:
        shown = f'<ol class="arrivals">{"".join(_arrival(arrival, view, t) for arrival in view.arrivals)}</ol>'
    rest = t("page.latest", shown=len(view.arrivals), count=view.count) if view.count > len(view.arrivals) else ""
    forget = f'<button name="forget" title="{t("page.forget_hint")}">{t("page.forget")}</button>'
    return f"""<section id="arrived" data-live>
<div class="bar">
<h2>{t("page.arrived")}</h2>
<dl>
<dt>{t("page.requests")}</dt><dd>{view.count}</dd>
<dt>{t("page.records")}</dt><dd>{sum(view.kept.values())}</dd>
</dl>
<form method="post" action="{action}">{forget}</form>
</div>
{shown}
<p class="hint">{rest}</p>
</section>"""


def _arrival(arrival: Arrival, view: View, t: Say) -> str:
    request, note = arrival.request, arrival.note
    email = f' <span class="email">{escape(note.email)}</span>' if note.email else ""
    times = t("arrival.once") if arrival.times_received == 1 else t("arrival.times", count=arrival.times_received)
    meta = [
        f"<code>{escape(request.method)} {escape(request.path)}</code>",
        f"<code>{escape(note.key)}</code>" if note.key else t("arrival.unlabelled"),
        times if arrival.times_received else "",
    ]
    return f"""<li><details id="arrival-{arrival.number}">
<summary>
<time datetime="{iso(arrival.at)}">{_local(arrival.at)}</time>
<div class="who"><strong>{escape(note.person) or t("arrival.nobody")}</strong>{email}
<p class="meta">{_joined(meta)}</p>
<p class="marks">{_marks(arrival, t)}</p></div>
{_answered(arrival, t)}
</summary>
{_raw(arrival, view, t)}
</details></li>"""


def _marks(arrival: Arrival, t: Say) -> str:
    names = [f"{aspect}.{code}" for aspect, code in arrival.note.findings.items()]
    marks = [f'<span class="mark {_tone(name)}">{t(name)}</span>' for name in names]
    if arrival.fault:
        marks.append(
            f'<span class="mark fault">{t("arrival.failed")}: {_what(arrival.fault, arrival.status, t)}</span>'
        )
    return "".join(marks)


def _tone(name: str) -> str:
    return "good" if name in GOOD else "plain" if name in PLAIN else "bad"


def _answered(arrival: Arrival, t: Say) -> str:
    if arrival.status is None:
        return f'<span class="answer bad">{t("arrival.unanswered")}</span>'
    tone = "good" if arrival.status < 300 and arrival.fault is None else "bad"
    label = t("arrival.answered", status=arrival.status)
    return f'<span class="answer {tone}" title="{label}">{arrival.status}</span>'


def _raw(arrival: Arrival, view: View, t: Say) -> str:
    request = arrival.request
    lines = [f"{escape(request.method)} {escape(request.target)}"]
    for name, value in request.headers:
        shown = f"<i>{t('arrival.hidden')}</i>" if view.conceals(name) else escape(value)
        lines.append(f"<b>{escape(name)}:</b> {shown}")
    body = escape(request.body[:MOST_RAW].decode("utf-8", "replace")) or f"<i>{t('arrival.no_body')}</i>"
    size = len(request.body)
    cut = f'<p class="hint">{t("arrival.cut", shown=MOST_RAW, size=size)}</p>' if size > MOST_RAW else ""
    connection = t("arrival.connection", number=request.connection)
    return f'<pre>{chr(10).join(lines)}\n\n{body}</pre>{cut}<p class="hint">{connection}</p>'


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def _local(at: float) -> str:
    """The time of day here, with the date when it is another day."""
    moment, now = (datetime.fromtimestamp(seconds, UTC).astimezone() for seconds in (at, time.time()))
    return moment.strftime("%H:%M:%S" if moment.date() == now.date() else "%Y-%m-%d %H:%M:%S")
