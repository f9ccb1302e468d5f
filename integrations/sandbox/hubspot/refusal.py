"""Why HubSpot does not do what a request asks, in HubSpot's own words."""

import json
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.messages import Answer


class Refused(Exception):
    """`problem` is our short code for the log; `body` is what HubSpot says, without `status` and `correlationId`."""

    def __init__(
        self, status: int, problem: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(problem)
        self.status = status
        self.problem = problem
        self.body = body
        self.headers = headers or {}

    def answer(self, correlation: str, headers: Mapping[str, str]) -> Answer:
        content = {"status": "error", "correlationId": correlation, **self.body}
        return Answer.json(self.status, content, {**headers, **self.headers})

    def in_batch(self, trace: str) -> dict[str, Any]:
        """The same as one entry of the `errors` of a batch."""
        return {"status": "error", **self.body, "context": {"objectWriteTraceId": [trace]}}


class NotFoundPage(Refused):
    """An address that HubSpot's servers do not know: no JSON."""

    def __init__(self) -> None:
        super().__init__(404, "path", {})

    def answer(self, correlation: str, headers: Mapping[str, str]) -> Answer:
        text = "<html><head><title>Error 404 Not Found</title></head><body><h2>HTTP ERROR 404</h2></body></html>"
        return Answer.html(404, text, headers)


class InvalidValues(Refused):
    """One or more properties of a contact were not accepted: name, code and message of each."""

    def __init__(self, faults: list[tuple[str, str, str]]) -> None:
        details = [
            {"isValid": False, "message": message, "error": code, "name": name} for name, code, message in faults
        ]
        errors = [
            {"message": message, "code": code, "context": {"propertyName": [name]}} for name, code, message in faults
        ]
        message = f"Property values were not valid: {json.dumps(details, separators=(',', ':'), ensure_ascii=False)}"
        super().__init__(
            400, faults[0][1].lower(), {"message": message, "errors": errors, "category": "VALIDATION_ERROR"}
        )


def invalid(message: str, problem: str = "validation_error", **more: Any) -> Refused:
    return Refused(400, problem, {"message": message, **more, "category": "VALIDATION_ERROR"})


def unreadable(message: str) -> Refused:
    """The JSON is broken or of another shape; HubSpot names no category then."""
    return Refused(400, "not_json", {"message": f"Invalid input JSON on line 1, column 1: {message}"})


def not_authenticated() -> Refused:
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return Refused(401, "invalid_authentication", {"message": message, "category": "INVALID_AUTHENTICATION"})


def expired(seconds: float) -> Refused:
    message = f"The OAuth token used to make this call expired {seconds:.0f} second(s) ago."
    return Refused(401, "expired_authentication", {"message": message, "category": "EXPIRED_AUTHENTICATION"})


def missing_scopes(wanted: tuple[str, ...]) -> Refused:
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(wanted)},
    }
    message = (
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
        "https://developers.hubspot.com/scopes."
    )
    links = {"scopes": "https://developers.hubspot.com/scopes"}
    body = {"message": message, "errors": [detail], "links": links, "category": "MISSING_SCOPES"}
    return Refused(403, "missing_scopes", body)


def not_found() -> Refused:
    return Refused(404, "object_not_found", {"message": "resource not found", "category": "OBJECT_NOT_FOUND"})


def conflict(existing: str) -> Refused:
    message = f"Contact already exists. Existing ID: {existing}"
    return Refused(409, "conflict", {"message": message, "category": "CONFLICT"})


def wrong_method(allowed: list[str]) -> Refused:
    return Refused(405, "wrong_method", {"message": "HTTP 405 Method Not Allowed"}, {"Allow": ", ".join(allowed)})


def wrong_media_type() -> Refused:
    return Refused(415, "media_type", {"message": "HTTP 415 Unsupported Media Type"})


def locked() -> Refused:
    message = "The record is locked by another operation. Please try again in a moment."
    return Refused(423, "locked", {"message": message, "category": "LOCKED"})


def migrating(seconds: int) -> Refused:
    message = "This account is being migrated to another data hosting location and cannot be reached."
    return Refused(477, "migrating", {"message": message}, {"Retry-After": str(seconds)})
