"""Calls about one lead: create, create only, update only, upsert, read, delete.

Sources: Microsoft's "Create a table row", "Upsert a table row", "Update and delete table rows" and "Perform conditional
operations using the Web API".
"""

from dataclasses import replace
from typing import Any

from integrations.sandbox.dataverse.addressing import Address, read_address
from integrations.sandbox.dataverse.columns import Column
from integrations.sandbox.dataverse.environment import API, Environment
from integrations.sandbox.dataverse.errors import ApiError, bad_request
from integrations.sandbox.dataverse.leads import shown, version
from integrations.sandbox.dataverse.outcome import Outcome, content, no_content
from integrations.sandbox.dataverse.query import select_columns
from integrations.sandbox.dataverse.values import Change, read_change, read_json
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.records import Record

ANY = "*"
REPRESENTATION = "return=representation"


def create(environment: Environment, request: Request) -> Outcome:
    """`POST /leads`."""
    columns = select_columns(request, environment.settings.table)
    change = read_change(read_json_body(request), environment.settings)
    environment.require("prvCreateLead", *_reading(request))
    return _create(environment, request, Address(""), change, columns)


def write(environment: Environment, request: Request, text: str) -> Outcome:
    """`PATCH /leads(…)`: with `If-None-Match: *` create only, with `If-Match` update only, else either."""
    settings = environment.settings
    columns = select_columns(request, settings.table)
    body = read_json_body(request)
    change = read_change(body, settings)
    create_only, match = request.header("if-none-match") == ANY, request.header("if-match")
    environment.require(*_writing(environment, create_only=create_only, update_only=bool(match)), *_reading(request))
    address = _addressed(environment, text, body)
    record = environment.leads.find(address)
    if record is None:
        if match and not create_only:
            environment.leads.get(address)
        return _create(environment, request, address, change, columns)
    if create_only:
        environment.leads.note_repeat(record)
        message = "A record with matching key values already exists."
        raise ApiError(412, settings.variants.exists_code, message, "exists", key=record.key)
    _check_match(record, match)
    return _update(environment, request, record, change, columns, address)


def read(environment: Environment, request: Request, text: str) -> Outcome:
    """`GET /leads(…)`."""
    columns = select_columns(request, environment.settings.table)
    environment.require("prvReadLead")
    record = environment.leads.get(read_address(text, environment.settings.table, _key_code(environment)))
    if request.header("if-none-match") == version(record):
        return Outcome(Answer(304), record.key)
    return Outcome(_representation(environment, record, columns, 200), record.key)


def delete(environment: Environment, request: Request, text: str) -> Outcome:
    """`DELETE /leads(…)`."""
    environment.require("prvDeleteLead")
    record = environment.leads.get(read_address(text, environment.settings.table, _key_code(environment)))
    _check_match(record, request.header("if-match"))
    environment.leads.remove(record)
    return Outcome(no_content(), record.key, "removed")


def read_json_body(request: Request) -> dict[str, Any]:
    """The JSON object of the body.

    Raises:
        ApiError: it is declared as something else, or is none.
    """
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = f"The request entity's media type '{kind}' is not supported for this resource."
        raise ApiError(415, "0x0", message, "media_type")
    return read_json(request.body)


def check_duplicates(environment: Environment, request: Request, change: Change, besides: str | None) -> None:
    """Raises ApiError when the request asks for duplicate detection and there is a duplicate."""
    asked = (request.header("mscrm.suppressduplicatedetection") or "").lower() == "false"
    if asked and environment.leads.duplicates_of(change, besides):
        message = "A record was not created or updated because a duplicate of the current record already exists."
        raise ApiError(412, "0x80040333", message, "duplicate")


def _create(
    environment: Environment, request: Request, address: Address, change: Change, columns: list[Column]
) -> Outcome:
    check_duplicates(environment, request, change, address.lead_id)
    complete = with_key(change, address)
    lead_id = environment.leads.create(address.lead_id, complete, environment.settings, environment.now)
    return _written(environment, request, lead_id, address, columns, "created", 201)


def _update(
    environment: Environment,
    request: Request,
    record: Record,
    change: Change,
    columns: list[Column],
    address: Address,
) -> Outcome:
    check_duplicates(environment, request, change, record.key)
    environment.leads.update(record, change, environment.settings, environment.now)
    return _written(environment, request, record.key, address, columns, "updated", 200)


def _written(
    environment: Environment,
    request: Request,
    lead_id: str,
    address: Address,
    columns: list[Column],
    arrival: str,
    status: int,
) -> Outcome:
    location = (("OData-EntityId", f"{environment.url}{API}/leads({address.text or lead_id})"),)
    if not _wants_representation(request):
        return Outcome(no_content(location), lead_id, arrival)
    record = environment.leads.get(Address("", lead_id=lead_id))
    answer = _representation(environment, record, columns, status)
    applied = ("Preference-Applied", REPRESENTATION)
    return Outcome(Answer(status, (*answer.headers, applied, *location), answer.body), lead_id, arrival)


def _representation(environment: Environment, record: Record, columns: list[Column], status: int) -> Answer:
    selected = ""
    if len(columns) < len(environment.settings.columns):
        selected = f"({','.join(column.property_name for column in columns)})"
    context = {"@odata.context": f"{environment.context}leads{selected}/$entity"}
    return content(status, context | shown(record, columns), (("ETag", version(record)),))


def _addressed(environment: Environment, text: str, body: dict[str, Any]) -> Address:
    """The lead of the URL, which the body must not name once more."""
    address = read_address(text, environment.settings.table, _key_code(environment))
    for name in address.key or {"leadid": address.lead_id}:
        if name in body:
            raise bad_request(f"The key property '{name}' is part of the request URI and cannot be in the body.", "key")
    return address


def with_key(change: Change, address: Address) -> Change:
    """The change with the columns of the alternate key in the address."""
    return replace(change, values={**change.values, **(address.key or {})})


def _key_code(environment: Environment) -> str:
    return environment.settings.variants.unknown_key_code


def _writing(environment: Environment, *, create_only: bool, update_only: bool) -> tuple[str, ...]:
    if create_only:
        return ("prvCreateLead", *environment.settings.variants.create_only_needs)
    return ("prvWriteLead",) if update_only else ("prvCreateLead", "prvWriteLead")


def _reading(request: Request) -> tuple[str, ...]:
    return ("prvReadLead",) if _wants_representation(request) else ()


def _wants_representation(request: Request) -> bool:
    return preference(request, REPRESENTATION)


def preference(request: Request, wanted: str) -> bool:
    """Whether `Prefer` holds this (RFC 7240)."""
    given = [
        one.partition(";")[0].strip().lower().replace('"', "") for one in (request.header("prefer") or "").split(",")
    ]
    return wanted in given


def _check_match(record: Record, match: str | None) -> None:
    if match and match != ANY and match != version(record):
        message = "The version of the existing record doesn't match the RowVersion property provided."
        raise ApiError(412, "0x80060882", message, "version", key=record.key)
