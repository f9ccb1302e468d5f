"""Many leads in one message, all or nothing (Microsoft's "Use bulk operation messages")."""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.dataverse.addressing import read_reference
from integrations.sandbox.dataverse.environment import Environment
from integrations.sandbox.dataverse.errors import INVALID_ARGUMENT, ApiError, bad_payload
from integrations.sandbox.dataverse.outcome import Outcome, content, no_content
from integrations.sandbox.dataverse.query import read_options
from integrations.sandbox.dataverse.single import check_duplicates, read_json_body, with_key
from integrations.sandbox.dataverse.values import read_change
from integrations.sandbox.messages import Request


def create_multiple(environment: Environment, request: Request) -> Outcome:
    """`POST /leads/Microsoft.Dynamics.CRM.CreateMultiple`."""
    read_options(request, ())
    changes = [read_change(target, environment.settings) for target in _read_targets(request)]
    environment.require("prvCreateLead")
    ids = []
    with environment.leads.all_or_nothing():
        for change in changes:
            check_duplicates(environment, request, change, None)
            ids.append(environment.leads.create(None, change, environment.settings, environment.now))
    context = f"{environment.context}Microsoft.Dynamics.CRM.CreateMultipleResponse"
    return Outcome(content(200, {"@odata.context": context, "Ids": ids}), arrival="created")


def upsert_multiple(environment: Environment, request: Request) -> Outcome:
    """`POST /leads/Microsoft.Dynamics.CRM.UpsertMultiple`: each target names its lead in `@odata.id`."""
    read_options(request, ())
    settings = environment.settings
    targets = _read_targets(request)
    references = [target.pop("@odata.id", None) for target in targets]
    changes = [read_change(target, settings) for target in targets]
    environment.require("prvCreateLead", "prvWriteLead")
    code = settings.variants.unknown_key_code
    addresses = [read_reference(reference, settings.table, code) for reference in references]
    with environment.leads.all_or_nothing():
        for address, change in zip(addresses, changes, strict=True):
            record = environment.leads.find(address)
            check_duplicates(environment, request, change, record.key if record else None)
            if record is None:
                environment.leads.create(address.lead_id, with_key(change, address), settings, environment.now)
            else:
                environment.leads.update(record, change, settings, environment.now)
    return Outcome(no_content(), arrival="updated")


def _read_targets(request: Request) -> list[dict[str, Any]]:
    body = read_json_body(request)
    for name in body:
        if name != "Targets":
            raise bad_payload(f"The parameter '{name}' in the request payload is not a valid parameter.", "property")
    targets = body.get("Targets")
    if not isinstance(targets, list) or not all(isinstance(target, dict) for target in targets):
        raise bad_payload("The parameter 'Targets' is not a collection of entities.", "type")
    if not targets:
        raise ApiError(400, INVALID_ARGUMENT, "The Targets collection is empty.", "type")
    for target in targets:
        _check_type(target)
    return targets


def _check_type(target: Mapping[str, Any]) -> None:
    if "@odata.type" not in target:
        raise bad_payload(
            "A type annotation is missing: an entity of the abstract type 'Microsoft.Dynamics.CRM.crmbaseentity' must "
            "say its type.",
            "type",
        )
