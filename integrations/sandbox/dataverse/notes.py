"""What the log of requests says about a call: which leads and whom it is about, as far as that can be read."""

import json
from collections.abc import Iterator
from typing import Any

from integrations.sandbox.arrivals import Note, together
from integrations.sandbox.dataverse.environment import API
from integrations.sandbox.dataverse.errors import ApiError
from integrations.sandbox.dataverse.leads import COLLECTION
from integrations.sandbox.dataverse.multipart import read_boundary, read_parts, read_request
from integrations.sandbox.dataverse.settings import UUID
from integrations.sandbox.messages import Request


def note_of(request: Request, resource: str, family: str | None) -> Note:
    """`family` is how the log calls the resource."""
    if family == "batch":
        notes = tuple(_notes_of_batch(request.body, request.header("content-type")))
        return notes[0] if len(notes) == 1 else Note(family, each=notes)
    if family != COLLECTION:
        return Note(family)
    content = _content_of(request)
    targets = content.get("Targets")
    if isinstance(targets, list):
        return together([_note(one, one.get("@odata.id")) for one in targets if isinstance(one, dict)])
    return _note(content, resource)


def _notes_of_batch(body: bytes, content_type: str | None) -> Iterator[Note]:
    """Of each request about a lead, also of those in change sets."""
    boundary = read_boundary(content_type)
    try:
        for part in read_parts(body, boundary) if boundary else []:
            if read_boundary(part.header("content-type")):
                yield from _notes_of_batch(part.content, part.header("content-type"))
                continue
            request = read_request(part, 0)
            resource = request.target.rpartition(f"{API}/")[2]
            if resource.startswith(COLLECTION):
                yield _note(_content_of(request), resource)
    except ApiError:
        return


def _note(content: dict[str, Any], resource: object) -> Note:
    in_url = resource.removeprefix("leads(").removesuffix(")") if isinstance(resource, str) else ""
    key = in_url if UUID.fullmatch(in_url) else content.get("leadid")
    names = [content[name] for name in ("firstname", "lastname") if isinstance(content.get(name), str)]
    email = content.get("emailaddress1")
    return Note(
        COLLECTION,
        key.lower() if isinstance(key, str) else None,
        " ".join(name for name in names if name),
        email if isinstance(email, str) else "",
    )


def _content_of(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
