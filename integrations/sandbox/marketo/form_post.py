"""The legacy form post, which the vendor neither documents nor supports: two handlers, and the form's definition."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from integrations.sandbox.arrivals import Note
from integrations.sandbox.marketo.entries import BAD_REQUEST, DROP, OFF, Form
from integrations.sandbox.marketo.errors import Skipped, TurnedAway, html_page
from integrations.sandbox.marketo.fields import CUT, LeadField
from integrations.sandbox.marketo.people import PEOPLE, People
from integrations.sandbox.marketo.settings import Settings
from integrations.sandbox.messages import Answer, Request

SAVE, SAVE2, GET_FORM = "/index.php/leadCapture/save", "/index.php/leadCapture/save2", "/index.php/form/getForm"
HANDLERS: Mapping[str, str] = {SAVE: "POST", SAVE2: "POST", GET_FORM: "GET"}
FORM_TYPE = "application/x-www-form-urlencoded"

_CALLBACK = re.compile("[A-Za-z_$][A-Za-z0-9_$.]{0,99}")


@dataclass(frozen=True)
class Post:
    """A form that was posted, with its number."""

    number: str
    form: Form
    values: Mapping[str, str]


def check_handler(request: Request) -> None:
    """Raises TurnedAway where there is no such handler."""
    if request.path not in HANDLERS:
        raise TurnedAway("path", html_page(404, "Not Found"))
    if request.method != HANDLERS[request.path]:
        raise TurnedAway("method", html_page(405, "Method Not Allowed"))


def show_form(request: Request, settings: Settings) -> Answer:
    """What the form holds, as JSON, or as a script that hands it to `callback`."""
    form = _form_of(request.query.get("munchkinId"), request.query.get("form"), settings)
    number = request.query["form"]
    rows = [[_shown(place, name, settings)] for place, name in enumerate(form.fields, 1)]
    content = {"Id": int(number), "Vid": int(number), "Status": "approved", "Name": form.name, "rows": rows}
    callback = request.query.get("callback", "")
    if not _CALLBACK.fullmatch(callback):
        return Answer.json(200, content)
    script = f"{callback}({json.dumps(content)});"
    return Answer(200, (("Content-Type", "application/javascript; charset=utf-8"),), script.encode())


def take_post(request: Request, people: People, settings: Settings) -> tuple[Answer, Note]:
    """Merges the person by e-mail and logs the form. Needs one transaction around it.

    Raises:
        TurnedAway: the post is refused.
    """
    post = _post_of(request, settings)
    if settings.checksum == DROP:
        return _thanks(request, post, 0), Note(findings={"refused": "checksum"})
    if settings.checksum != OFF:
        raise TurnedAway("checksum", html_page(400, "Bad Request"))
    values = _kept_values(post, settings)
    if not values.get("email"):
        raise TurnedAway("field", _complaint(request, post, ["Email"]))
    person, event = _merged(people, values, settings)
    activity = people.log_form(person, int(post.number), _visit(request, post))
    return _thanks(request, post, activity), Note(PEOPLE, str(person), findings={"arrival": event})


def _post_of(request: Request, settings: Settings) -> Post:
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    text = request.body.decode("utf-8", "replace") if media_type == FORM_TYPE else ""
    values = dict(parse_qsl(text, keep_blank_values=True))
    number = values.get("formid")
    form = _form_of(values.get("munchkinId"), number, settings)
    if values.get("formVid") != number:
        raise _unknown(settings)
    return Post(str(number), form, values)


def _form_of(munchkin_id: str | None, number: str | None, settings: Settings) -> Form:
    form = settings.forms.get(number or "")
    if form is None or (munchkin_id or "").upper() != settings.munchkin_id.upper():
        raise _unknown(settings)
    return form


def _unknown(settings: Settings) -> TurnedAway:
    """As unhelpful as it gets: the usual answer is a page with status 200."""
    refused = settings.unknown_form == BAD_REQUEST
    return TurnedAway("form", html_page(400, "Bad Request") if refused else html_page(200, "Marketo"))


def _kept_values(post: Post, settings: Settings) -> dict[str, object]:
    """What the form takes, under REST names: everything else is dropped without a word, and the rest is cut."""
    fields = {one.soap: one for one in settings.fields.values() if not one.read_only and one.soap in post.form.fields}
    taken = {fields[name].name: _taken(fields[name], value) for name, value in post.values.items() if name in fields}
    return {name: value for name, (fits, value) in taken.items() if fits}


def _taken(field: LeadField, value: str) -> tuple[bool, object]:
    try:
        return True, field.taken(value, CUT)
    except Skipped:
        return False, None


def _merged(people: People, values: Mapping[str, object], settings: Settings) -> tuple[int, str]:
    """Into the person of this e-mail who was created last."""
    known = people.find("email", values["email"])
    if known:
        return people.change(known[-1], values), "updated"
    return people.create(values, next(iter(settings.partitions), "")), "created"


def _visit(request: Request, post: Post) -> dict[str, object]:
    referrer = {"pageURL": post.values["_mktoReferrer"]} if "_mktoReferrer" in post.values else {}
    return {**referrer, "userAgentString": request.header("user-agent") or "", "by": request.path.rpartition("/")[2]}


def _thanks(request: Request, post: Post, activity: int) -> Answer:
    follow_up = post.form.follow_up
    if request.path == SAVE:
        return _follow_up(follow_up, aliId=activity)
    return Answer.json(200, {"formId": post.number, "followUpUrl": follow_up, "aliId": activity})


def _complaint(request: Request, post: Post, names: list[str]) -> Answer:
    if request.path == SAVE:
        return _follow_up(post.form.follow_up, error="invalid", errorFields=",".join(names))
    content = {"error": True, "errorCode": "400", "errorType": "invalid", "errorFields": names}
    return Answer.json(200, {**content, "message": "Form validation failed"})


def _follow_up(address: str, **query: object) -> Answer:
    return Answer(302, (("Location", f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"),))


def _shown(place: int, name: str, settings: Settings) -> dict[str, Any]:
    """One field of a form."""
    field = next((one for one in settings.fields.values() if one.soap == name), None)
    kind, label = (field.kind, field.display) if field else ("string", name)
    length = {"Maxlength": field.length} if field and field.length else {}
    shown = {"Id": place, "Name": name, "IsRequired": name == "Email", "Datatype": kind, "InputLabel": f"{label}:"}
    return {**shown, **length}
