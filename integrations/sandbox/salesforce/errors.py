"""How the REST API says no: a list of errors around one call, or an entry for one record of a collection."""

from typing import Any

from integrations.sandbox.messages import Answer


class ApiError(Exception):
    """`code` and `message` are Salesforce's own; `fields` is None where Salesforce names none at all.

    `record` is the id of the record that the call is about, for the log.
    """

    def __init__(
        self, status: int, code: str, message: str, fields: tuple[str, ...] | None = None, record: str | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
        self.record = record

    @property
    def slug(self) -> str:
        return self.code.lower()

    def answer(self) -> Answer:
        named = {} if self.fields is None else {"fields": list(self.fields)}
        return Answer.json(self.status, [{"message": self.message, "errorCode": self.code, **named}])

    def entry(self) -> dict[str, Any]:
        """The error of one record among others, where the code has another name."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}


def missing(message: str = "The requested resource does not exist") -> ApiError:
    return ApiError(404, "NOT_FOUND", message)


def unknown_key_field(name: str) -> ApiError:
    return missing(f"Provided external ID field does not exist or is not accessible: {name}")


def unreadable(message: str) -> ApiError:
    return ApiError(400, "JSON_PARSER_ERROR", message)
