"""Proves the settings without writing: sign-in, access to Lead, and each field that is sent (sObject Describe)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from integrations import check_steps
from integrations.connectors.salesforce import answers
from integrations.connectors.salesforce.fields import KEY_LENGTH, LeadDescription, is_fixed, read_description
from integrations.connectors.salesforce.org import Org
from integrations.contract import CheckReport, CheckStep, Failure, FailureKind
from integrations.mapping import FieldMap, Origin, Rule, TargetField
from integrations.transport import Answer, CallFailed

_USAGE = re.compile(r"api-usage=(\d{1,12})/(\d{1,12})")
_USAGE_WARNING = 0.8
_SIGN_IN, _ACCESS, _FIELDS = _("Sign-in"), _("Right to create leads"), _("Field mapping")
_REPEATS, _REQUESTS = _("Recognising repeats"), _("API requests")
_MAPS = (Origin.FIELD, Origin.TEMPLATE)


def check(org: Org, fields: FieldMap, key_field: str) -> CheckReport:
    try:
        org.sign_in()
    except CallFailed as failed:
        return CheckReport([check_steps.failed(_SIGN_IN, failed.failure)])
    signed_in = check_steps.passed(_SIGN_IN)
    try:
        answer, _token = org.call("GET", "/sobjects/Lead/describe")
        description = _description_in(answer)
    except CallFailed as failed:
        return CheckReport([signed_in, check_steps.failed(_ACCESS, org.kept_failure(failed.failure))])
    steps = [signed_in, *_steps(description, fields, key_field), *_usage(answer)]
    return CheckReport(steps, description.fields)


def _description_in(answer: Answer) -> LeadDescription:
    """Raises ``CallFailed``."""
    if not answer.ok:
        raise CallFailed(answers.failure_of(answer), answer.exchange)
    description = read_description(answer.json())
    if description is None:
        raise CallFailed(replace(answer.unreadable(), detail=""), answer.exchange)
    if not description.is_createable:
        raise CallFailed(Failure(kind=FailureKind.MISCONFIGURED, cause="salesforce_no_right"), answer.exchange)
    return description


def _steps(description: LeadDescription, fields: FieldMap, key_field: str) -> Iterator[CheckStep]:
    known = description.by_name()
    wrong = list(_wrong_fields(known, fields.rules, key_field))
    yield check_steps.passed(_ACCESS)
    yield from wrong or [check_steps.passed(_FIELDS)]
    yield from _doubtful_lists(known, fields.rules)
    yield _repeats(description, key_field)


def _wrong_fields(known: Mapping[str, TargetField], rules: Iterable[Rule], key_field: str) -> Iterator[CheckStep]:
    """For each way to be wrong, one step that names all fields that are."""
    by_target = {rule.target: rule for rule in rules}
    mapped = [known[name] for name in by_target if name in known]
    yield from _failed(_FIELDS, "salesforce_field_unknown", [name for name in by_target if name not in known])
    yield from _failed(_FIELDS, "salesforce_field_not_writable", [field.name for field in mapped if not field.writable])
    yield from _failed(
        _FIELDS, "salesforce_restricted_list", [field.name for field in mapped if _misses(field, by_target[field.name])]
    )
    given = {*by_target, key_field}
    yield from _failed(
        _FIELDS,
        "salesforce_required_field",
        [field.name for field in known.values() if field.required and field.name not in given],
    )


def _misses(field: TargetField, rule: Rule) -> bool:
    """Whether no value of the rule is on the field's list."""
    is_listed = rule.origin is Origin.CONSTANT and rule.value in field.choices
    return bool(field.choices) and is_fixed(rule) and not is_listed


def _doubtful_lists(known: Mapping[str, TargetField], rules: Iterable[Rule]) -> Iterator[CheckStep]:
    for rule in rules:
        field = known.get(rule.target)
        if field and field.choices and rule.origin in _MAPS and not _misses(field, rule):
            yield check_steps.warning(_FIELDS, format_lazy(_OTHER_VALUES, field=field.name))
        if rule.target == "Country" and "CountryCode" in known:
            yield check_steps.warning(_FIELDS, _COUNTRY_LIST)


def _repeats(description: LeadDescription, key_field: str) -> CheckStep:
    field = description.by_name().get(key_field)
    if not key_field:
        return check_steps.warning(_REPEATS, _NO_KEY_FIELD)
    if cause := _cause_of_key(field, is_unique=key_field in description.unique_ids):
        return next(_failed(_REPEATS, cause, [key_field]))
    return check_steps.passed(_REPEATS)


def _cause_of_key(field: TargetField | None, *, is_unique: bool) -> str | None:
    """Why this field cannot hold the key; ``None`` when it can."""
    if field is None:
        return "salesforce_field_unknown"
    if not field.writable:
        return "salesforce_field_not_writable"
    if (field.max_length or 0) < KEY_LENGTH:
        return "salesforce_key_too_short"
    return None if is_unique else "salesforce_key_not_unique"


def _usage(answer: Answer) -> Iterator[CheckStep]:
    found = _USAGE.search(answer.headers.get("sforce-limit-info") or "")
    if found and int(found[1]) >= _USAGE_WARNING * int(found[2]):
        yield check_steps.warning(_REQUESTS, format_lazy(_MANY_REQUESTS, used=found[1], most=found[2]))


def _failed(label: Promise, cause: str, names: list[str]) -> Iterator[CheckStep]:
    if names:
        failure = Failure(kind=FailureKind.MISCONFIGURED, cause=cause, params={"field": ", ".join(names)})
        yield check_steps.failed(label, failure)


_OTHER_VALUES = _(
    "{field} takes only the values of its list in Salesforce; a lead with another one is refused. Map a constant, or "
    "another field."
)
_COUNTRY_LIST = _(
    "State and country lists are on in Salesforce. A lead whose country is not on the list is sent a second time, with "
    "the country in the description."
)
_NO_KEY_FIELD = _(
    "Without an external ID field Salesforce cannot recognise a lead that is sent twice: each time an answer gets "
    "lost, Lead CRM searches for the lead ten minutes later, or a person must look. Create the field and enter its API "
    "name in the settings."
)
_MANY_REQUESTS = _("{used} of {most} API requests of the last 24 hours are used up.")
