"""Proves the settings step by step, and writes nothing."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from integrations import check_steps
from integrations.connectors.dynamics365 import metadata
from integrations.connectors.dynamics365.answers import failure_in
from integrations.connectors.dynamics365.web_api import WebApi
from integrations.contract import CheckReport, CheckStep, Failure, FailureKind
from integrations.diagnosis import diagnose
from integrations.json_bodies import fields_of, text_in
from integrations.mapping import FieldMap, Problem, TargetField
from integrations.transport import Answer, CallFailed

_SIGN_IN, _USER, _PERMISSION = _("Sign-in"), _("Application user"), _("Permission to create leads")
_MAPPING, _KEY = _("Field mapping"), _("Alternate key")
_CREATE = "prvCreateLead"
_UUID = re.compile(r"[0-9a-fA-F-]{36}")

_CAUSE_OF_PROBLEM = {
    "target_unknown": "dynamics365_column_unknown",
    "target_read_only": "dynamics365_column_read_only",
    "constant_not_a_choice": "dynamics365_choice_unknown",
}


def report_on(api: WebApi, fields: FieldMap, key_column: str) -> CheckReport:
    """Ends with the first step without which the others cannot be taken."""
    steps: list[CheckStep] = []
    try:
        api.sign_in()
        steps.append(check_steps.passed(_SIGN_IN))
        who = api.read("WhoAmI")
    except CallFailed as failed:
        return CheckReport([*steps, check_steps.failed(_USER if steps else _SIGN_IN, failed.failure)])
    user_id = text_in(fields_of(who), "UserId")
    if not who.ok or not _UUID.fullmatch(user_id):
        return CheckReport([*steps, check_steps.failed(_USER, _failure(who))])
    steps += [check_steps.passed(_USER), _permission(api, user_id)]
    described, mapping = _mapping(api, fields)
    key = [_key(api, key_column)] if key_column else []
    return CheckReport([*steps, mapping, *key], described)


def _permission(api: WebApi, user_id: str) -> CheckStep:
    """The form of this function's address was never confirmed, so only its answer counts."""
    function = f"Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName='{_CREATE}')"
    try:
        answer = api.read(f"systemusers({user_id})/{function}")
    except CallFailed as failed:
        return check_steps.failed(_PERMISSION, failed.failure)
    found = fields_of(answer).get("RolePrivileges")
    if not answer.ok or not isinstance(found, list):
        return check_steps.unproven(_PERMISSION, _("Dataverse does not tell. Only a test lead shows it."))
    if found:
        return check_steps.passed(_PERMISSION)
    missing = Failure(
        kind=FailureKind.MISCONFIGURED, cause="dynamics365_privilege_missing", params={"privilege": _CREATE}
    )
    return check_steps.failed(_PERMISSION, missing)


def _mapping(api: WebApi, fields: FieldMap) -> tuple[tuple[TargetField, ...], CheckStep]:
    try:
        strings, memos = api.read(metadata.STRINGS), api.read(metadata.MEMOS)
        for answer in (strings, memos):
            if not answer.ok:
                return (), _unread(answer)
        described = _described(api, strings, memos)
    except CallFailed as failed:
        return (), check_steps.failed(_MAPPING, failed.failure)
    return described, _judged(fields.described_by(described).problems(), len(described))


def _unread(answer: Answer) -> CheckStep:
    if answer.status == 404:
        missing = Failure(kind=FailureKind.MISCONFIGURED, cause="dynamics365_no_lead_table", http_status=404)
        return check_steps.failed(_MAPPING, missing)
    return check_steps.unproven(_MAPPING, _words_of(failure_in(answer)))


def _described(api: WebApi, strings: Answer, memos: Answer) -> tuple[TargetField, ...]:
    columns = api.read(metadata.COLUMNS)
    lists = api.read(metadata.LISTS) if columns.ok else columns
    others = metadata.other_columns(_rows(columns), _rows(lists)) if columns.ok else metadata.documented_columns()
    texts = metadata.text_columns(_rows(strings), multiline=False) + metadata.text_columns(_rows(memos), multiline=True)
    return (*texts, *others)


def _judged(problems: list[Problem], count: int) -> CheckStep:
    """The first kind of problem, with all the columns that have it."""
    for code, cause in _CAUSE_OF_PROBLEM.items():
        found = [problem.params for problem in problems if problem.code == code]
        if found:
            params = {**found[0], "column": ", ".join(each["target"] for each in found)}
            return check_steps.failed(_MAPPING, Failure(kind=FailureKind.MISCONFIGURED, cause=cause, params=params))
    read = ngettext_lazy("%(count)d column read.", "%(count)d columns read.", "count") % {"count": count}
    return check_steps.passed(_MAPPING, read)


def _key(api: WebApi, column: str) -> CheckStep:
    try:
        answer = api.read(metadata.KEYS)
    except CallFailed as failed:
        return check_steps.failed(_KEY, failed.failure)
    if not answer.ok:
        return check_steps.unproven(_KEY, _words_of(failure_in(answer)))
    state = metadata.key_state(_rows(answer, "Keys"), column)
    if state == "Active":
        return check_steps.passed(_KEY)
    cause = "dynamics365_key_being_built" if state else "dynamics365_key_not_ready"
    params = {"key": column, "state": state}
    return check_steps.failed(_KEY, Failure(kind=FailureKind.MISCONFIGURED, cause=cause, params=params))


def _rows(answer: Answer, name: str = "value") -> list[Mapping[str, Any]]:
    rows = fields_of(answer).get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _failure(answer: Answer) -> Failure:
    return answer.unreadable() if answer.ok else failure_in(answer)


def _words_of(failure: Failure) -> Any:
    return diagnose(failure.cause, failure.params).meaning
