"""Marketo's error codes with their texts, on the level of a request and of a record."""

from dataclasses import dataclass

from integrations.sandbox.messages import Answer

# What each code says; the names in braces are those of `BLANKS`.
TEXTS = {
    "502": "Bad Gateway",
    "600": "Empty access token",
    "601": "Access token invalid",
    "602": "Access token expired",
    "603": "Access denied",
    "604": "Request timed out",
    "605": "HTTP Method not supported",
    "606": "Max rate limit '{calls}' exceeded with in '{seconds}' secs",
    "607": "Daily quota reached",
    "608": "API Temporarily Unavailable",
    "609": "Invalid JSON",
    "610": "Requested resource not found",
    "611": "System error",
    "612": "Invalid Content Type",
    "614": "Invalid Subscription",
    "615": "Concurrent access limit reached",
    "616": "Invalid subscription type",
    "701": "{name} cannot be blank",
    "702": "No data found for given search scenario",
    "703": "The feature is not enabled for the subscription",
    "704": "Invalid date format",
    "709": "Business Rule Violation",
    "710": "Parent Folder Not Found",
    "711": "Incompatible Folder Type",
    "712": "Merge to person account operation is invalid",
    "713": "Transient error",
    "719": "Lock wait timeout exception",
    "1001": "Invalid value '{value}'. Required of type '{kind}'",
    "1002": "Missing value for required parameter '{name}'",
    "1003": "Invalid data: {what}",
    "1004": "Lead not found",
    "1005": "Lead already exists",
    "1006": "Field '{name}' not found",
    "1007": "Multiple leads match lookup criteria",
    "1008": "Access to partition '{name}' is denied",
    "1009": "Partition name must be specified",
    "1010": "Partition update not allowed",
    "1011": "Field '{name}' is not supported",
    "1021": "Company update not allowed",
    "1036": "Duplicate object found in input",
}
BLANKS = dict.fromkeys(("calls", "seconds", "name", "value", "kind", "what"), "")


@dataclass(frozen=True)
class Reason:
    """A code, which is a text, and what it says."""

    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message}


def reason(code: str, **params: object) -> Reason:
    """A code unknown here says nothing in particular."""
    return Reason(code, TEXTS.get(code, "Unknown error").format(**{**BLANKS, **params}))


class Refused(Exception):
    """The whole request is refused, with HTTP 200; `finding` says on the page why."""

    def __init__(self, finding: str, *reasons: Reason) -> None:
        super().__init__(finding)
        self.finding = finding
        self.reasons = reasons


class TurnedAway(Exception):
    """The request is answered with an HTTP status of its own; `finding` says on the page why."""

    def __init__(self, finding: str, answer: Answer) -> None:
        super().__init__(finding)
        self.finding = finding
        self.answer = answer


class Skipped(Exception):
    """One record of a request is not written."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.code)
        self.reason = why


def html_page(status: int, title: str) -> Answer:
    """What the servers in front of Marketo say by themselves."""
    return Answer.html(status, f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>")
