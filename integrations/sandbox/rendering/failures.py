"""The card that makes the system fail, and the failures that wait."""

from html import escape

from integrations.sandbox.faults import MAX_DELAY, MAX_TIMES, Action, Fault
from integrations.sandbox.rendering.view import Say, View, happened, joined
from integrations.sandbox.texts import TEXTS


def failing(view: View, t: Say) -> str:
    presets = "".join(
        f'<button name="preset" value="{name}">{t(view.own(f"fail.{name}"))}</button>' for name in view.presets
    )
    revoke = f'<button name="revoke">{t(view.own("fail.revoke"))}</button>' if view.has_tokens else ""
    actions = "".join(f'<option value="{one}">{t(f"action.{one}")}</option>' for one in Action)
    paths = dict.fromkeys(entrance.path for entrance in view.entrances)
    addresses = "".join(f"<option>{escape(path)}</option>" for path in paths)
    return f"""<section class="card" id="fail">
<h2>{t("fail.title")}</h2>
<p class="hint">{t("fail.about")} {t(own) if (own := f"{view.name}.fail_hint") in TEXTS else ""}</p>
<form method="post" action="{view.action}" class="presets">{presets}{revoke}</form>
<details id="more">
<summary>{t("fail.more")}</summary>
<form method="post" action="{view.action}" class="fields">
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


def waiting(view: View, t: Say) -> str:
    items = "".join(_waiting_fault(fault, t) for fault in view.faults)
    clear_all = f'<button name="clear" value="all">{t("fail.clear_all")}</button>' if len(view.faults) > 1 else ""
    shown = f"<ol>{items}</ol>{clear_all}" if items else f'<p class="hint">{t("fail.none")}</p>'
    return f"""<section class="card" id="waiting" data-live>
<h2>{t("fail.waiting")}</h2>
<form method="post" action="{view.action}">{shown}</form>
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
        f'<li><div>{happened(fault.action, fault.status, t)}<p class="meta">{joined(details)}</p></div>'
        f'<button name="clear" value="{fault.number}">{t("fail.clear")}</button></li>'
    )
