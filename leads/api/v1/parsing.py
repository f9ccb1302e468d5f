"""Reading bodies."""

import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JsonParser(JSONParser):
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deep.")) from None
        except ParseError as error:  # whose own text nobody can translate
            raise ParseError(_what_is_wrong(error.__context__)) from None


def _what_is_wrong(error: BaseException | None) -> str:
    if isinstance(error, json.JSONDecodeError):
        place = {"line": error.lineno, "column": error.colno}
        return _("The body is not valid JSON: look at line %(line)d, column %(column)d.") % place
    return _("The body is not valid JSON in UTF-8.")
