"""Who the caller is, and what the caller may do."""

import re

from integrations.sandbox.dataverse.environment import Environment, stable_id
from integrations.sandbox.dataverse.errors import bad_request, no_record, no_resource
from integrations.sandbox.dataverse.outcome import Outcome, content
from integrations.sandbox.dataverse.query import read_options
from integrations.sandbox.dataverse.settings import BUSINESS_UNIT_ID, ORGANIZATION_ID, USER_ID
from integrations.sandbox.messages import Request

FUNCTION = "Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName"

_ARGUMENT = re.compile(r"PrivilegeName=(?:'(\w+)'|@(\w+))")
_TEXT = re.compile(r"'(\w+)'")


def who_am_i(environment: Environment, request: Request) -> Outcome:
    """`GET /WhoAmI`."""
    read_options(request, ())
    answer = {
        "@odata.context": f"{environment.context}Microsoft.Dynamics.CRM.WhoAmIResponse",
        "BusinessUnitId": BUSINESS_UNIT_ID,
        "UserId": USER_ID,
        "OrganizationId": ORGANIZATION_ID,
    }
    return Outcome(content(200, answer))


def privilege(environment: Environment, request: Request, user: str, argument: str) -> Outcome:
    """`GET /systemusers(…)/Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName='…')`."""
    behaviour = environment.settings.variants.privilege_function
    if behaviour == "missing":
        raise no_resource(FUNCTION)
    if behaviour == "bad_request":
        raise bad_request(f"The function '{FUNCTION}' cannot be bound.")
    name = _privilege_name(request, argument)
    environment.require("prvReadUser", table="systemuser")
    if user.lower() != USER_ID:
        raise no_record("systemuser", user)
    context = f"{environment.context}Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeNameResponse"
    held = [_held(name)] if name in environment.settings.privileges else []
    return Outcome(content(200, {"@odata.context": context, "RolePrivileges": held}))


def _held(name: str) -> dict[str, str]:
    return {
        "Depth": "Global",
        "PrivilegeId": stable_id(name),
        "BusinessUnitId": BUSINESS_UNIT_ID,
        "PrivilegeName": name,
    }


def _privilege_name(request: Request, argument: str) -> str:
    """The name in the brackets, or in the query under the alias that stands there."""
    found = _ARGUMENT.fullmatch(argument)
    if found is None:
        raise bad_request(f"Syntax error in '{argument}'.")
    if found[1]:
        read_options(request, ())
        return found[1]
    alias = f"@{found[2]}"
    given = _TEXT.fullmatch(read_options(request, {alias}).get(alias, ""))
    if given is None:
        raise bad_request(f"The parameter alias '{alias}' has no value.")
    return given[1]
