"""The Web API: who may call it, how often, and which call is meant."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from integrations.sandbox.dataverse import functions, metadata, multiple, single
from integrations.sandbox.dataverse.batch import batch
from integrations.sandbox.dataverse.environment import API, Environment
from integrations.sandbox.dataverse.errors import ApiError, no_resource, wrong_method
from integrations.sandbox.dataverse.limits import Protection
from integrations.sandbox.dataverse.outcome import Outcome
from integrations.sandbox.dataverse.settings import Settings
from integrations.sandbox.messages import Answer, Request

Call = Callable[[Environment, Request], Outcome]

_ENTITY = r"EntityDefinitions\(LogicalName='(\w+)'\)"


@dataclass(frozen=True)
class Route:
    """One resource; `family` is how the log calls it."""

    pattern: re.Pattern[str]
    family: str
    calls: Mapping[str, Callable[..., Outcome]]


def _route(pattern: str, family: str, **calls: Callable[..., Outcome]) -> Route:
    return Route(re.compile(pattern, re.DOTALL), family, calls)


ROUTES = (
    _route(r"WhoAmI(?:\(\))?", "whoami", GET=functions.who_am_i),
    _route(r"leads", "leads", POST=single.create),
    _route(r"leads\((.*)\)", "leads", PATCH=single.write, GET=single.read, DELETE=single.delete),
    _route(r"leads/Microsoft\.Dynamics\.CRM\.CreateMultiple", "leads", POST=multiple.create_multiple),
    _route(r"leads/Microsoft\.Dynamics\.CRM\.UpsertMultiple", "leads", POST=multiple.upsert_multiple),
    _route(rf"systemusers\(([^()]*)\)/{re.escape(functions.FUNCTION)}\((.*)\)", "privileges", GET=functions.privilege),
    _route(_ENTITY, "metadata", GET=metadata.table_definition),
    _route(
        rf"{_ENTITY}/Attributes(?:/Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata)?",
        "metadata",
        GET=metadata.attributes,
    ),
)
BATCH = "$batch"


def resource_of(path: str) -> str | None:
    """What follows the root of the service; None when the path is outside of it."""
    return path.removeprefix(f"{API}/") if path.startswith(f"{API}/") else None


def family_of(resource: str) -> str | None:
    """How the log calls a resource; None when there is no such."""
    if resource == BATCH:
        return "batch"
    return next((route.family for route in ROUTES if route.pattern.fullmatch(resource)), None)


class WebApi:
    """Answers the calls of one application user, each in the transaction of the request."""

    def __init__(self) -> None:
        self.protection = Protection()

    def respond(self, environment: Environment, request: Request, under_way: int) -> Outcome:
        """One request whose token is good; `under_way` counts those of its user that run now, with itself.

        Raises:
            ApiError: the request is refused.
        """
        check_user(environment.settings)
        self.protection.admit(environment.settings.limits, environment.now, under_way)
        resource = resource_of(request.path)
        if resource == BATCH:
            if request.method != "POST":
                raise wrong_method(request.method, "POST")
            return batch(environment, request, self._call_part)
        return _operate(environment, request)

    def _call_part(self, environment: Environment, request: Request) -> Answer:
        """The answer to one request of a batch, which counts like any other."""
        try:
            self.protection.admit(environment.settings.limits, environment.now, under_way=1)
            return _operate(environment, request).answer
        except ApiError as error:
            return error.answer(request)


def check_user(settings: Settings) -> None:
    """Raises ApiError when the application may not enter the environment, or has no role in it."""
    if not settings.application_allowed:
        message = f"Access to Dataverse API is restricted for this application Id {settings.client_id}."
        raise ApiError(403, "0x80095ffc", message, "application")
    if settings.application_user == "missing":
        raise ApiError(403, "0x80072560", "The user is not a member of the organization.", "user")
    if settings.application_user == "disabled":
        raise ApiError(403, "0x80041d1f", "The user is disabled.", "user")
    if not settings.roles:
        message = "SecLib::RetrievePrivilegeForUser failed - no roles are assigned to user."
        raise ApiError(403, "0x80042f09", message, "roles")


def _operate(environment: Environment, request: Request) -> Outcome:
    resource = resource_of(request.path) or ""
    for route in ROUTES:
        found = route.pattern.fullmatch(resource)
        if found is None:
            continue
        if route.family == "leads" and not environment.settings.lead_table:
            raise no_resource("leads")
        call = route.calls.get(request.method)
        if call is None:
            raise wrong_method(request.method, ", ".join(route.calls))
        return call(environment, request, *found.groups())
    raise no_resource(re.split(r"[/(?]", resource, maxsplit=1)[0])
