"""The page of one lead, for people: `/main.aspx?etn=lead&pagetype=entityrecord&id=…`."""

from html import escape

from integrations.sandbox.dataverse.settings import UUID
from integrations.sandbox.loopback import intruder
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.records import Record, Records

PATH = "/main.aspx"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def record_page(request: Request, records: Records, collection: str) -> Answer:
    """The lead as HTML; 404 when the address names none, 403 for a request of another site."""
    if intruder(request):
        return Answer.html(403, "<!doctype html><title>403</title><h1>Forbidden</h1>\n", _HEADERS)
    if request.method not in {"GET", "HEAD"}:
        return Answer(405, (("Allow", "GET, HEAD"),))
    lead_id = lead_of(request)
    record = records.get(collection, lead_id) if lead_id else None
    if record is None:
        return Answer.html(404, "<!doctype html><title>404</title><h1>Record Is Unavailable</h1>\n", _HEADERS)
    return Answer.html(200, _render(record), _HEADERS)


def lead_of(request: Request) -> str | None:
    """The id of the lead an address of such a page names; with or without braces around it."""
    query = request.query
    lead_id = query.get("id", "").removeprefix("{").removesuffix("}")
    if query.get("etn") != "lead" or query.get("pagetype") != "entityrecord" or not UUID.fullmatch(lead_id):
        return None
    return lead_id.lower()


def _render(record: Record) -> str:
    title = escape(str(record.fields.get("fullname") or record.fields.get("subject") or record.key))
    rows = "\n".join(
        f"<tr><th scope='row' align='left'>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in sorted(record.fields.items())
        if value is not None
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body>\n<h1>{title}</h1>\n<table>\n{rows}\n</table>\n</body>\n</html>\n"
    )
