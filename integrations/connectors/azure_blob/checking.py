"""Proves the settings without writing: the container is asked for, and a blob is sent over one that cannot be."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.contract import CheckStep, FailureKind
from integrations.transport import CallFailed
from integrations.vendors.azure.checking import KEY_MAY_ALL, ONLY_A_TEST_LEAD, sas_steps, sign_in_steps, will_be_made
from integrations.vendors.azure.refusals import Place

if TYPE_CHECKING:
    from integrations.connectors.azure_blob.container import Container

RIGHT_IS_THERE = "ConditionNotMet"

_CONTAINER = _("Container")
_WRITING = _("Right to write")
_READING = _("Right to read")
_NOT_THERE = "azure_container_not_found"
# What a SAS for the container alone is answered when it asks about the container.
_MAY_NOT_ASK = ("azure_sas_right_missing", "azure_sas_too_narrow", "azure_access_blocked")


def steps(container: "Container", place: Place, *, reads: bool, makes: bool) -> Iterator[CheckStep]:
    """``reads``: for files of a day. ``makes``: a container that is missing is made with the first lead."""
    signing_in = list(sign_in_steps(container.sign_in_anew))
    yield from signing_in
    if check_steps.has_failed(signing_in):
        return
    yield from sas_steps(place, datetime.now(UTC))
    found = list(_container_steps(container, place, makes=makes))
    yield from found
    if check_steps.has_failed(found):
        return
    yield _writing_step(container, place, makes=makes)
    if reads:
        yield _reading_step(container)


def answer_to_writing_nothing(container: "Container") -> CallFailed | None:
    """The service's own condition comes up only when the right to write is there."""
    try:
        container.try_to_write_nothing()
    except CallFailed as failed:
        return failed
    return None


def _container_steps(container: "Container", place: Place, *, makes: bool) -> Iterator[CheckStep]:
    try:
        access = container.public_access()
    except CallFailed as failed:
        cause = failed.failure.cause
        if place.account.sas and cause in _MAY_NOT_ASK:
            yield check_steps.unproven(_CONTAINER, _CANNOT_ASK)
        elif cause == _NOT_THERE and makes:
            yield will_be_made(_CONTAINER, place)
        else:
            yield check_steps.failed(_CONTAINER, failed.failure)
        return
    yield check_steps.passed(_CONTAINER)
    if access:
        yield check_steps.warning(_("Anonymous access"), _OPEN_TO_ALL)


def _writing_step(container: "Container", place: Place, *, makes: bool) -> CheckStep:
    if place.account.key:
        return check_steps.passed(_WRITING, KEY_MAY_ALL)
    failed = answer_to_writing_nothing(container)
    if failed and failed.failure.code == RIGHT_IS_THERE:
        return check_steps.passed(_WRITING)
    if failed and failed.failure.cause == _NOT_THERE and makes:
        return will_be_made(_WRITING, place)
    if failed and failed.failure.kind is FailureKind.MISCONFIGURED:
        return check_steps.failed(_WRITING, failed.failure)
    return check_steps.unproven(_WRITING, ONLY_A_TEST_LEAD)


def _reading_step(container: "Container") -> CheckStep:
    try:
        container.try_to_read_nothing()
    except CallFailed as failed:
        return check_steps.failed(_READING, failed.failure)
    return check_steps.passed(_READING)


_CANNOT_ASK = _("The SAS is for the container alone and may not ask about it.")
_OPEN_TO_ALL = _(
    "Anybody may read this container without signing in, and leads are personal data. In the Azure portal, open the "
    "container, Change access level, and choose Private."
)
