"""Texts of Microsoft's marketplace, Dynamics 365 and Entra ID that say what is wrong where no code does; pure.

The marketplace's own messages are those of Microsoft's "Configure customer leads" and its pages on each destination.
Real ones have ids, codes and line breaks in them, hence patterns. The first that matches counts.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from integrations.diagnosis.words import Diagnosis, Who


class Match(NamedTuple):
    """A cause of ``integrations.diagnosis`` with the names that its words speak of."""

    cause: str
    params: Mapping[str, str]


SIGN_IN_CODES: dict[int, str] = {
    7000215: "entra_secret_wrong",
    7000222: "entra_secret_expired",
    50012: "entra_secret_wrong",
    700016: "entra_application_unknown",
    90002: "entra_tenant_unknown",
    900023: "entra_tenant_malformed",
    500011: "dynamics365_environment_unknown",
    70011: "dynamics365_scope_refused",
    1002012: "dynamics365_scope_refused",
    7000112: "entra_application_disabled",
    700027: "entra_certificate_refused",
    700024: "entra_clock_wrong",
    50076: "entra_second_factor_asked",
    50079: "entra_second_factor_asked",
    50055: "entra_password_expired",
    50126: "entra_user_or_password_wrong",
}
"""Numbers as in AADSTS7000215, from Microsoft's "Microsoft Entra authentication and authorization error codes"."""

_SIGN_IN_CODE = re.compile(r"AADSTS(\d{4,9})\b", re.IGNORECASE)


def sign_in_cause(code: int) -> str:
    """The cause that a number of Entra ID names; empty for one that is not known."""
    return "entra_policy_blocks" if 53000 <= code <= 53999 else SIGN_IN_CODES.get(code, "")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


# A text that wraps another cause comes after those it may wrap. Microsoft puts ids in quotes into the sentences.
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_pattern(r"Application with identifier.{0,120}was not found in the directory"), "entra_application_unknown"),
    (_pattern(r"Tenant\b.{0,80}\bnot found|no active subscriptions for the tenant"), "entra_tenant_unknown"),
    (
        _pattern(
            r"tenant identifier.{0,120}not valid|not valid external domain format|neither a valid DNS name"
        ),
        "entra_tenant_malformed",
    ),
    (_pattern(r"Invalid client secret"), "entra_secret_wrong"),
    (_pattern(r"leadsourcecode"), "dynamics365_lead_source_not_permitted"),
    (_pattern(r"RetrievePrivilegeForUser failed|no roles are assigned to user"), "dynamics365_no_role"),
    (_pattern(r"prvReadAsyncOperation"), "dynamics365_system_jobs_not_readable"),
    (re.compile(r"\b(?P<privilege>prv[A-Z][A-Za-z]{2,60})"), "dynamics365_privilege_missing"),
    (_pattern(r"request channel timed out while waiting for a reply"), "dynamics365_marketplace_timed_out"),
    (_pattern(r"(?P<code>AADSTS\d{4,9})\b"), "entra_sign_in_refused"),
    (_pattern(r"Unable to (sign ?in|log ?in) to Dynamics CRM"), "dynamics365_marketplace_sign_in_failed"),
    (_pattern(r"Could(n['’]t| not) save the lead to Dynamics CRM"), "dynamics365_marketplace_could_not_save"),
)  # fmt: skip


def cause_of(text: str) -> Match | None:
    """What the text says is wrong, in whatever it is wrapped; ``None`` for a text that is not known."""
    collapsed = " ".join(text.split())
    for found in _SIGN_IN_CODE.finditer(collapsed):
        if cause := sign_in_cause(int(found[1])):
            return Match(cause, {"code": f"AADSTS{found[1]}"})
    for pattern, cause in _TEXTS:
        if match := pattern.search(collapsed):
            return Match(cause, {name: value for name, value in match.groupdict().items() if value})
    return None


CATALOGUE: dict[str, Diagnosis] = {
    "marketplace_mail_without_lead": Diagnosis(
        _("The marketplace sent a mail about a lead, but no lead came."),
        _("Look for it in Partner Center under Referrals. Leads with an .edu address come without personal data or not "
          "at all, and a lead may have gone to the destination that the offer had earlier."),
        Who.PUBLISHER,
    ),
    "marketplace_offer_not_published_again": Diagnosis(
        _("The marketplace still uses the offer's former lead destination."),
        _("Publish the offer again in Partner Center: a new lead destination works only from then on."),
        Who.PUBLISHER,
    ),
    "marketplace_fields_empty": Diagnosis(
        _("Leads arrive, but their fields are empty."),
        _("Make the receiver ignore the case of letters in field names: the marketplace's spelling has changed over "
          "the years."),
        Who.RECEIVER,
    ),
}  # fmt: skip
