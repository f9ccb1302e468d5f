"""Proves the settings without writing: one key is read, and a row is sent that the service cannot take."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.connectors.azure_table.rows import unusable_columns
from integrations.contract import CheckStep, Failure, FailureKind, StepResult
from integrations.mapping import FieldMap
from integrations.transport import CallFailed
from integrations.vendors.azure.checking import KEY_MAY_ALL, ONLY_A_TEST_LEAD, sas_steps, sign_in_steps, will_be_made
from integrations.vendors.azure.refusals import Place

if TYPE_CHECKING:
    from integrations.connectors.azure_table.table import Table

_TABLE = _("Table")
_ADDING = _("Right to add rows")
_NOT_THERE = "azure_table_not_found"
# A row without a key: the service comes to this only when the right to add is there.
_RIGHT_IS_THERE = "PropertiesNeedValue"


def steps(table: "Table", place: Place, fields: FieldMap, *, makes: bool) -> Iterator[CheckStep]:
    """``makes``: a table that is missing is made with the first lead."""
    if unusable := unusable_columns(fields):
        yield check_steps.failed(_("Field mapping"), unusable_column(unusable))
    signing_in = list(sign_in_steps(table.sign_in_anew))
    yield from signing_in
    if check_steps.has_failed(signing_in):
        return
    yield from sas_steps(place, datetime.now(UTC))
    found = _table_step(table, place, makes=makes)
    yield found
    if found.result is not StepResult.FAILED:
        yield _adding_step(table, place, makes=makes)


def unusable_column(columns: Sequence[str]) -> Failure:
    return Failure(kind=FailureKind.MISCONFIGURED, cause="azure_column_name", params={"column": ", ".join(columns)})


def _table_step(table: "Table", place: Place, *, makes: bool) -> CheckStep:
    if place.account.sas and place.account.sas.allows("r") is False:
        return check_steps.unproven(_TABLE, _CANNOT_READ)
    try:
        table.read_a_row()
    except CallFailed as failed:
        if failed.failure.cause in ("azure_sas_right_missing", "azure_sas_too_narrow"):
            return check_steps.unproven(_TABLE, _CANNOT_READ)
        if failed.failure.cause == _NOT_THERE and makes:
            return will_be_made(_TABLE, place)
        return check_steps.failed(_TABLE, failed.failure)
    return check_steps.passed(_TABLE)


def _adding_step(table: "Table", place: Place, *, makes: bool) -> CheckStep:
    if place.account.key:
        return check_steps.passed(_ADDING, KEY_MAY_ALL)
    try:
        table.try_to_insert_nothing()
    except CallFailed as failed:
        failure = failed.failure
        if failure.code == _RIGHT_IS_THERE:
            return check_steps.passed(_ADDING)
        if failure.cause == _NOT_THERE and makes:
            return will_be_made(_ADDING, place)
        if failure.kind is FailureKind.MISCONFIGURED:
            return check_steps.failed(_ADDING, failure)
    return check_steps.unproven(_ADDING, ONLY_A_TEST_LEAD)


_CANNOT_READ = _("The SAS may not read, so that nobody can say beforehand whether the table is there.")
