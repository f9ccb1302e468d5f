"""What the checks of both kinds share."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from integrations import check_steps
from integrations.contract import CheckStep, Failure, FailureKind
from integrations.transport import CallFailed
from integrations.vendors.azure.refusals import Place

KEY_MAY_ALL = _("The account's key may do everything.")
ONLY_A_TEST_LEAD = _("Only a test lead shows whether leads can be written.")

_SIGN_IN = _("Sign-in")
_SAS = _("Shared access signature (SAS)")
_IS_MADE = _("It is missing, and will be created with the first lead.")
_SOON = timedelta(days=14)


def sign_in_steps(sign_in_anew: Callable[[], bool]) -> Iterator[CheckStep]:
    """``sign_in_anew`` as in ``Calls``. None where no application signs in."""
    try:
        has_signed_in = sign_in_anew()
    except CallFailed as failed:
        yield check_steps.failed(_SIGN_IN, failed.failure)
        return
    if has_signed_in:
        yield check_steps.passed(_SIGN_IN)


def sas_steps(place: Place, now: datetime) -> Iterator[CheckStep]:
    """What a SAS says of its own end. ``now`` is aware."""
    sas = place.account.sas
    if sas is None or sas.ends_at is None:
        return
    left = sas.ends_at - now
    if left <= timedelta(0):
        failure = Failure(kind=FailureKind.MISCONFIGURED, cause="azure_sas_ended", params=place.names)
        yield check_steps.failed(_SAS, failure)
        return
    step = check_steps.passed if left >= _SOON else check_steps.warning
    yield step(_SAS, ngettext_lazy("%(days)d day left.", "%(days)d days left.", "days") % {"days": left.days})


def will_be_made(label: str | Promise, place: Place) -> CheckStep:
    """Of a table or container that is missing; a SAS or an application may lack the right to make it."""
    return (check_steps.passed if place.account.key else check_steps.unproven)(label, _IS_MADE)
