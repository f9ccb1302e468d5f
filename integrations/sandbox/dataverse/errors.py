"""The Web API's errors (Microsoft's "Compose HTTP requests and handle errors", "Web service error codes")."""

from collections.abc import Mapping
from urllib.parse import quote

from integrations.sandbox.dataverse.outcome import content
from integrations.sandbox.messages import Answer, Headers, Request

BAD_REQUEST = "0x80060888"
PAYLOAD = "0x80048d19"
NO_RECORD = "0x80040217"
NO_RECORD_WITH_KEY = "0x80060891"
EXISTS = "0x80040237"
PRIVILEGE = "0x80040220"
INVALID_ARGUMENT = "0x80040203"

_ANNOTATIONS = "@Microsoft.PowerApps.CDS."


class ApiError(Exception):
    """A refusal. `slug` says on the page why; `key` is the record it is about, where one was met."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        slug: str,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.slug = slug
        self.headers: Headers = tuple((headers or {}).items())
        self.key = key

    def answer(self, request: Request) -> Answer:
        """The error as JSON, with the annotations the request asks for."""
        error: dict[str, str] = {"code": self.code, "message": self.message}
        asked = request.header("prefer") or ""
        if f"{_ANNOTATIONS[1:]}HelpLink" in asked or 'include-annotations="*"' in asked:
            fault = quote(f"Microsoft.Crm.CrmException:{self.code.removeprefix('0x')}", safe="")
            error[f"{_ANNOTATIONS}HelpLink"] = f"http://go.microsoft.com/fwlink/?LinkID=398563&error={fault}"
        if f"{_ANNOTATIONS[1:]}ErrorDetails" in asked or 'include-annotations="*"' in asked:
            error[f"{_ANNOTATIONS}ErrorDetails.HttpStatusCode"] = str(self.status)
        return content(self.status, {"error": error}, self.headers)


def bad_payload(inner: str, slug: str = "payload") -> ApiError:
    text = (
        "Error identified in Payload provided by the user for Entity :'', For more information on this error please "
        "follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
        f"Microsoft.OData.ODataException: {inner}"
    )
    return ApiError(400, PAYLOAD, text, slug)


def bad_request(message: str, slug: str = "request") -> ApiError:
    return ApiError(400, BAD_REQUEST, message, slug)


def no_resource(segment: str) -> ApiError:
    return ApiError(404, "0x8006088a", f"Resource not found for the segment '{segment}'.", "route")


def no_record(table: str, record_id: str) -> ApiError:
    return ApiError(404, NO_RECORD, f"Entity '{table}' With Id = {record_id} Does Not Exist", "absent")


def no_record_with_key() -> ApiError:
    return ApiError(
        404, NO_RECORD_WITH_KEY, "A record with the specified key values does not exist in lead entity", "absent"
    )


def unknown_key(code: str) -> ApiError:
    text = (
        "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.lead'. Ensure that the names and "
        "number of key properties match the declared or alternate key properties for the resource "
        "'Microsoft.Dynamics.CRM.lead'."
    )
    return ApiError(400, code, text, "key")


def wrong_method(method: str, allowed: str) -> ApiError:
    text = f"The requested resource does not support http method '{method}'."
    return ApiError(405, BAD_REQUEST, text, "wrong_method", headers={"Allow": allowed})
