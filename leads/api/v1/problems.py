"""What the API says when it cannot do what was asked: a problem document (RFC 9457).

``type`` is for programs and stays the same for ever; ``title`` and ``detail`` are for people, in their language.
"""

import logging
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from django.core import signals
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from drf_standardized_errors.formatter import flatten_errors
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions

from leads.defects import where

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
NAMESPACE = "urn:leadcrm:problem:"


class Kind(NamedTuple):
    slug: str
    title: str | Promise


KINDS: dict[str, Kind] = {
    "invalid": Kind("invalid-input", gettext_lazy("The input is not valid")),
    "invalid_parameter": Kind("invalid-parameter", gettext_lazy("A query parameter is not valid")),
    "bad_request": Kind("bad-request", gettext_lazy("The request is not valid")),
    "parse_error": Kind("unreadable-body", gettext_lazy("The body cannot be read")),
    "not_authenticated": Kind("not-signed-in", gettext_lazy("Sign in first")),
    "authentication_failed": Kind("sign-in-failed", gettext_lazy("The sign-in is not valid")),
    "permission_denied": Kind("not-permitted", gettext_lazy("You may not do this")),
    "not_found": Kind("not-found", gettext_lazy("Not found")),
    "method_not_allowed": Kind("method-not-allowed", gettext_lazy("This address does not take this method")),
    "not_acceptable": Kind("not-acceptable", gettext_lazy("No answer in a format that you accept")),
    "wrong_state": Kind("wrong-state", gettext_lazy("The state does not allow this")),
    "other_version": Kind("other-version", gettext_lazy("It was changed meanwhile")),
    "version_missing": Kind("version-missing", gettext_lazy("Name the version that you read")),
    "unsupported_media_type": Kind("unsupported-media-type", gettext_lazy("The body has a type that is not read")),
    "throttled": Kind("too-many-requests", gettext_lazy("Too many requests")),
    "error": Kind("internal-error", gettext_lazy("Lead CRM made an error of its own")),
}
"""By the code of the exception."""


class InvalidParameter(exceptions.ValidationError):
    """Query parameters are wrong; ``detail`` maps their names to what is wrong with each."""

    default_code = "invalid_parameter"


class WrongState(exceptions.APIException):
    """The state that something is in does not allow what was asked."""

    status_code = HTTPStatus.CONFLICT
    default_code = "wrong_state"


class ProblemResponse(JsonResponse):
    def __init__(self, code: str, status: int, detail: str, **more: Any) -> None:
        kind = KINDS[code]
        headers = more.pop("headers", None)
        problem = {"type": NAMESPACE + kind.slug, "title": kind.title, "status": int(status), "detail": detail, **more}
        super().__init__(problem, status=status, content_type=CONTENT_TYPE, headers=headers)


class ProblemHandler(ExceptionHandler):
    """Answers every exception of an API view with a problem document."""

    def format_exception(self, exc: exceptions.APIException) -> dict[str, Any]:
        if not isinstance(exc, exceptions.ValidationError):
            return {"detail": _detail(exc)}
        place = "parameter" if isinstance(exc, InvalidParameter) else "pointer"
        errors = [
            {place: _place(place, error.attr), "code": error.code, "detail": error.detail}
            for error in flatten_errors(exc.detail)
        ]
        return {"detail": " ".join(f"{error[place]}: {error['detail']}" for error in errors), "errors": errors}

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> HttpResponse:  # type: ignore[override]
        code = exc.default_code if exc.default_code in KINDS else "error"
        return ProblemResponse(code, exc.status_code, headers=self.get_headers(exc), **data)

    def report_exception(self, exc: exceptions.APIException, response: HttpResponse) -> None:
        """Log where it happened, but nothing of its text, which may quote personal data."""
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            request = self.context["request"]
            signals.got_request_exception.send(sender=None, request=request)
            logger.error("%s %s failed: %s", request and request.method, request and request.path, where(self.exc))


def _detail(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.NotAuthenticated):
        return _("Send a token in the header “Authorization: Bearer TOKEN”. “manage.py create_api_token” makes one.")
    if exc.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _("Try again later. If it lasts, look for this time in the log of Lead CRM.")
    return str(exc.detail)


def _place(kind: str, attr: str | None) -> str:
    """The parameter's name; or a JSON pointer in its fragment form (RFC 6901, section 6), as RFC 9457 shows it."""
    if kind == "parameter":
        return str(attr)
    return "#" if attr in (None, "non_field_errors") else "#/" + quote(str(attr), safe="/~", errors="replace")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For Django's ``handler400``: requests that reach no view, such as those with an unknown host."""
    if not _is_for_api(request):
        return defaults.bad_request(request, exception)
    return ProblemResponse("bad_request", HTTPStatus.BAD_REQUEST, _("Check the address and the headers."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For Django's ``handler404``."""
    if not _is_for_api(request):
        return defaults.page_not_found(request, exception)
    return ProblemResponse("not_found", HTTPStatus.NOT_FOUND, _("Nothing is here. See /api/v1/docs/ for what is."))


def server_error(request: HttpRequest) -> HttpResponse:
    """For Django's ``handler500``: errors outside the API's views."""
    if not _is_for_api(request):
        return defaults.server_error(request)
    return ProblemResponse("error", HTTPStatus.INTERNAL_SERVER_ERROR, _detail(exceptions.APIException()))


def _is_for_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
