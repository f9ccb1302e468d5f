"""People's words for what is worth knowing about how a record was sent."""

from collections import defaultdict
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.contract import Note

NO_SIGN_OF_ACCEPTANCE = Note("no_sign_of_acceptance", {})
"""Of an answer that counts as a success, and yet may come from somebody who keeps no leads."""

FOUND = Note("found", {})
NOT_FOUND = Note("not_found", {})
NOT_FOUND_OUT = Note("not_found_out", {})
"""Of a try that looked first whether an earlier one had arrived."""

WORDS: dict[str, str | Promise] = {
    "cut": _("{field}: {length} characters are too many there, cut to {limit}. The whole text is kept here."),
    "email_left_out": _("{field}: what was given is no e-mail address, or too long; it stands in the description."),
    "sent_without": _("Sent a second time without {field}, which the other system refused."),
    "sent_again_shorter": _("{field} was cut to {limit}, the length that the other system named, and sent again."),
    NO_SIGN_OF_ACCEPTANCE.code: _(
        "Nothing in the answer shows that the lead was taken: a log-in or maintenance page answers in the same way. "
        "See whether the lead is there."
    ),
    FOUND.code: _("Looked for it first, as an earlier try may have arrived: it was there, and nothing was sent."),
    NOT_FOUND.code: _("Looked for it first, as an earlier try may have arrived: it was not there."),
    NOT_FOUND_OUT.code: _("Looked for it first, as an earlier try may have arrived. That failed, so nothing was sent."),
}


def sentence(code: str, params: Mapping[str, str | int]) -> str:
    """In the active language; for a code of another version, the code itself."""
    words = WORDS.get(code)
    return str(words).format_map(defaultdict(lambda: "…", params)) if words else code
