"""Reads a part of SOQL: `SELECT fields FROM Lead [WHERE conditions] [ORDER BY field [DESC]] [LIMIT n]`.

Conditions are a comparison (`= != < <= > >=`), `IN (...)`, or conditions in parentheses, joined by AND throughout or by
OR throughout.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.salesforce.errors import ApiError
from integrations.sandbox.salesforce.ids import is_id, long_id
from integrations.sandbox.salesforce.query import SIGNS, Condition, Joined, Query, comparable
from integrations.sandbox.salesforce.settings import Settings

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\['"\\nrtbf_%])*')|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))"""
    r"""|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>\w+(?:\.\w+)*)|(?P<sign><=|>=|!=|<>|[=<>(),]))""",
    re.ASCII,
)
_ESCAPED = re.compile(r"\\(.)")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
DEEPEST = 20
_KINDS = {"datetime": "dateTime", "currency": "double"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.upper() == word


def read_query(text: str, settings: Settings) -> Query:
    """Raises ApiError: not SOQL, another object, or a field that does not exist or cannot be filtered by."""
    return _Reader(_tokens(text), settings).query()


def _tokens(text: str) -> list[Token]:
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise _malformed(f"line 1:{place} no viable alternative at character '{text[place:].strip()[0]}'")
        tokens.append(Token(found.lastgroup, found[found.lastgroup]))
        place = found.end()
    return tokens


class _Reader:
    """Reads the tokens from first to last."""

    def __init__(self, tokens: list[Token], settings: Settings) -> None:
        self._tokens = tokens
        self._settings = settings

    def query(self) -> Query:
        self._expect("SELECT")
        names = self._list(self._name)
        self._expect("FROM")
        self._check_object(self._name())
        fields = tuple(self._field(name) for name in names)
        where = self._joined() if self._skip("WHERE") else Joined()
        order, limit = self._order(), self._limit()
        if self._tokens:
            raise self._unexpected()
        return Query(fields, where, order, limit)

    def _joined(self, depth: int = 0) -> Joined:
        conditions, joins = [self._part(depth)], set()
        while join := next((word for word in ("AND", "OR") if self._skip(word)), None):
            joins.add(join)
            if len(joins) > 1:
                raise _malformed(f"unexpected token: '{join}'")
            conditions.append(self._part(depth))
        return Joined(tuple(conditions), by_or=joins == {"OR"})

    def _part(self, depth: int) -> Condition | Joined:
        if not self._skip("("):
            return self._condition()
        if depth == DEEPEST:
            raise _malformed("too many levels of parentheses")
        joined = self._joined(depth + 1)
        self._expect(")")
        return joined

    def _condition(self) -> Condition:
        field = self._field(self._name())
        described = self._settings.lead_fields[field]
        if not described.filterable:
            raise ApiError(400, "INVALID_FIELD", f"field '{field}' can not be filtered in a query call")
        if self._skip("IN"):
            self._expect("(")
            values = self._list(lambda: self._literal(field))
            self._expect(")")
            return Condition(field, described.type, "IN", tuple(values))
        sign = self._take("sign").text
        if sign not in SIGNS:
            raise _malformed(f"unexpected token: '{sign}'")
        return Condition(field, described.type, sign, self._literal(field))

    def _literal(self, field: str) -> Any:
        """The value a field of this type is compared with."""
        if not self._tokens:
            raise self._unexpected()
        token, kind = self._tokens.pop(0), self._settings.lead_fields[field].type
        if token.is_word("NULL"):
            return None
        if kind == "boolean":
            return self._boolean(token, field)
        if kind == "datetime" or self._settings.lead_fields[field].is_number:
            return self._unquoted(token, field, kind)
        if token.kind != "text":
            raise _wrong_kind(field, "string", "should be")
        value = _ESCAPED.sub(lambda found: _CONTROL.get(found[1], found[1]), token.text[1:-1])
        return comparable(long_id(value) if kind in {"id", "reference"} and is_id(value) else value, kind)

    def _boolean(self, token: Token, field: str) -> bool:
        if token.text.upper() not in {"TRUE", "FALSE"}:
            raise _wrong_kind(field, "boolean")
        return token.is_word("TRUE")

    def _unquoted(self, token: Token, field: str, kind: str) -> Any:
        if token.kind != ("moment" if kind == "datetime" else "number"):
            raise _wrong_kind(field, _KINDS.get(kind, kind))
        value = comparable(token.text, kind) if kind == "datetime" else float(token.text)
        if value is None:
            raise _malformed(f"unexpected token: '{token.text}'")
        return value

    def _order(self) -> tuple[str, str, bool] | None:
        if not self._skip("ORDER"):
            return None
        self._expect("BY")
        field = self._field(self._name())
        return field, self._settings.lead_fields[field].type, not self._skip("ASC") and self._skip("DESC")

    def _limit(self) -> int | None:
        if not self._skip("LIMIT"):
            return None
        if not self._tokens or not self._tokens[0].text.isdecimal():
            raise self._unexpected()
        return int(self._tokens.pop(0).text)

    def _check_object(self, name: str) -> None:
        if name.lower() != "lead" or self._settings.user.leads == "none":
            raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")

    def _field(self, given: str) -> str:
        name = self._settings.field_name(given)
        if name is None:
            message = (
                f"No such column '{given}' on entity 'Lead'. If you are attempting to use a custom field, be sure to "
                "append the '__c' after the custom field name. Please reference your WSDL or the describe call for "
                "the appropriate names."
            )
            raise ApiError(400, "INVALID_FIELD", message)
        return name

    def _list[Item](self, read: Callable[[], Item]) -> list[Item]:
        items = [read()]
        while self._skip(","):
            items.append(read())
        return items

    def _name(self) -> str:
        return self._take("word").text

    def _take(self, kind: str) -> Token:
        if not self._tokens or self._tokens[0].kind != kind:
            raise self._unexpected()
        return self._tokens.pop(0)

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise self._unexpected()

    def _skip(self, text: str) -> bool:
        """Whether the next token is this word or sign; then it is passed."""
        if not self._tokens or self._tokens[0].kind == "text" or self._tokens[0].text.upper() != text:
            return False
        self._tokens.pop(0)
        return True

    def _unexpected(self) -> ApiError:
        return _malformed(f"unexpected token: '{self._tokens[0].text if self._tokens else '<EOF>'}'")


def _malformed(message: str) -> ApiError:
    return ApiError(400, "MALFORMED_QUERY", message)


def _wrong_kind(field: str, kind: str, quotes: str = "should not be") -> ApiError:
    message = f"value of filter criterion for field '{field}' must be of type {kind} and {quotes} enclosed in quotes"
    return ApiError(400, "INVALID_FIELD", message)
