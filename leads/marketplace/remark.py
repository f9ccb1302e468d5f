"""What people should know about a request or a lead: a stable code to store, a sentence to show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Remark:
    """``params`` hold field names, numbers and action codes, never what a customer entered about themselves."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """As stored beside a request or a touch; ``Remark(**stored)`` reads it again."""
        return {"code": self.code, "params": dict(self.params)}

    @property
    def sentence(self) -> str:
        """In the active language; the bare code where it is not one of ours."""
        params = dict(self.params)
        if "reason" in params:
            params["reason"] = str(_SYNTAX_REASONS.get(str(params["reason"]), params["reason"]))
        return str(_SENTENCES[self.code]) % params if self.code in _SENTENCES else self.code


_SYNTAX_REASONS: dict[str, "StrOrPromise"] = {
    "comma_missing": _("a comma is missing before this place"),
    "comma_extra": _("there is a comma too many before this place"),
    "colon_missing": _("a colon is missing before this place"),
    "name_expected": _("a field name in double quotes is expected here"),
    "value_expected": _("a value is expected here"),
    "text_unterminated": _("a text begins here and its closing double quote is missing"),
    "bad_escape": _("a backslash is followed by something JSON does not know"),
    "more_after_end": _("something follows after the end of the JSON"),
    "syntax": _("this is not JSON"),
}

_SENTENCES: dict[str, "StrOrPromise"] = {
    # Why a body, or one element of an array, could not be read.
    "empty": _("The request has no body. Send one lead as a JSON object."),
    "not_text": _(
        "The body is not text in UTF-8 (line %(line)s, column %(column)s). Send JSON in UTF-8, UTF-16 or UTF-32."
    ),
    "not_json": _(
        "The body is not valid JSON: at line %(line)s, column %(column)s, %(reason)s. Correct it and send it again."
    ),
    "not_an_object": _(
        "The body is not a JSON object. Send one lead, an object with fields such as UserDetails and LeadSource."
    ),
    "element_not_an_object": _("Element %(element)s of the list is not a JSON object. Send each lead as an object."),
    "empty_array": _("The body is an empty list. Send at least one lead."),
    "too_many_leads": _("The list has %(count)s leads; at most %(limit)s are taken. Send fewer at once."),
    "too_deep": _("The JSON is nested deeper than %(limit)s levels. A lead has two. Send it without the nesting."),
    "too_large": _("The body has %(size)s bytes; at most %(limit)s are taken. Send fewer leads at once."),
    "cut_off": _("The connection ended after %(size)s bytes, before the whole body had come. Send it again."),
    "defect": _("Lead CRM could not process this, which is a fault of ours. Update Lead CRM, then process it again."),
    "element_repeats": _("Element %(element)s of the list repeats an earlier lead."),
    # What was unusual about a lead that was read.
    "repeated_field": _("The field %(field)s came more than once. The first one that is not empty was taken."),
    "number_as_text": _("The field %(field)s came as a number or truth value. It was taken as text."),
    "not_text_field": _("The field %(field)s should be text but holds a list or an object. See the other fields."),
    "not_an_object_field": _("The field %(field)s should be an object. See the other fields."),
    "person_at_top_level": _("There was no person in UserDetails. The person's fields beside it were taken."),
    "shortened": _(
        "The field %(field)s has %(length)s characters. The first %(limit)s are shown; the request keeps all of them."
    ),
    "address_too_long": _(
        "%(field)s has %(length)s characters; an address has %(limit)s at most. It was not taken. See the other fields."
    ),
    "action_conflict": _("Two actions were given, %(used)s and %(other)s. %(used)s counts."),
}
