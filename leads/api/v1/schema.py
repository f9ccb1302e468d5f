"""What drf-spectacular cannot see by itself: how to sign in, and the problems that an operation may answer."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from leads.api.v1.authentication import BearerToken
from leads.api.v1.problems import CONTENT_TYPE, KINDS, NAMESPACE

ENTRY = {
    "type": "object",
    "required": ["code", "detail"],
    "additionalProperties": False,
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer to the field (RFC 6901).", "example": "#/name"},
        "parameter": {"type": "string", "description": "Name of the query parameter.", "example": "limit"},
        "code": {"type": "string", "example": "required"},
        "detail": {"type": "string", "example": "This field is required."},
    },
}

PROBLEM = {
    "type": "object",
    "description": "Why the request failed (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "example": {
        "type": NAMESPACE + "invalid-parameter",
        "title": "A query parameter is not valid",
        "status": 400,
        "detail": "limit: Give a whole number from 1 to 200.",
        "errors": [{"parameter": "limit", "code": "invalid", "detail": "Give a whole number from 1 to 200."}],
    },
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "enum": [NAMESPACE + kind.slug for kind in KINDS.values()],
            "description": "For programs; stays the same for ever.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, for people."},
        "errors": {"type": "array", "items": ENTRY, "description": "Each wrong field or parameter."},
    },
}

HEADERS = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}, "example": "Bearer"}},
    "429": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
}


class Answer(NamedTuple):
    name: str
    description: str


ANSWERS = {
    "400": Answer("Invalid", "The request is not valid."),
    "401": Answer("NotSignedIn", "No token, or one that is not valid."),
    "403": Answer("NotPermitted", "The account lacks a permission."),
    "404": Answer("NotFound", "There is none with this id."),
    "406": Answer("NotAcceptable", "JSON is not accepted."),
    "409": Answer("WrongState", "The state does not allow this."),
    "412": Answer("OtherVersion", "It was changed meanwhile: another version than If-Match names."),
    "415": Answer("UnsupportedMediaType", "The body is not JSON."),
    "428": Answer("VersionMissing", "If-Match must name the version that was read."),
    "429": Answer("TooManyRequests", "Wait as long as Retry-After says."),
    "500": Answer("InternalError", "An error of Lead CRM's own."),
}


def add_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A post-processing hook of drf-spectacular."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    result["components"]["responses"] = {answer.name: _response(status) for status, answer in ANSWERS.items()}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in _statuses(path, method, operation):
                operation["responses"][status] = {"$ref": f"#/components/responses/{ANSWERS[status].name}"}
    return result


def _response(status: str) -> dict[str, Any]:
    return {
        "description": ANSWERS[status].description,
        "headers": HEADERS.get(status, {}),
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _statuses(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from ("400", "401", "403", "406", "429", "500")
    yield from ANSWERS.keys() & operation["responses"].keys()
    if "{" in path:
        yield "404"
    if "requestBody" in operation:
        yield "415"
    if method == "post" and ("{" in path or "requestBody" not in operation):
        yield "409"


class BearerTokenScheme(OpenApiAuthenticationExtension):
    target_class = BearerToken
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Made with `manage.py create_api_token USERNAME`."}
