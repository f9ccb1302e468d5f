"""What one call of the Web API works with: the environment as it is set up now."""

import uuid
from dataclasses import dataclass

from integrations.sandbox.dataverse.errors import PRIVILEGE, ApiError
from integrations.sandbox.dataverse.leads import Leads
from integrations.sandbox.dataverse.settings import USER_ID, Settings

API = "/api/data/v9.2"
TABLES = {"lead": 4, "entity": 9800, "systemuser": 8}
_NAMESPACE = uuid.UUID("5a5a5a5a-0000-4000-8000-0000000000ff")


@dataclass(frozen=True)
class Environment:
    """`url` is its origin, `now` the time in Unix seconds."""

    url: str
    settings: Settings
    leads: Leads
    now: float

    @property
    def context(self) -> str:
        """What `@odata.context` begins with."""
        return f"{self.url}{API}/$metadata#"

    def require(self, *privileges: str, table: str = "lead") -> None:
        """Raises ApiError for the first of these that the application user lacks."""
        settings = self.settings
        for privilege in privileges:
            if privilege not in settings.privileges:
                message = (
                    f"Principal user (Id={USER_ID}, type=8, roleCount={len(settings.roles)}, "
                    f"privilegeCount={len(settings.privileges)}, accessMode='4 Non-interactive'), is missing "
                    f"{privilege} privilege (Id={stable_id(privilege)}) on OTC={TABLES[table]} for entity '{table}'. "
                    f"context.Caller={USER_ID}."
                )
                raise ApiError(403, PRIVILEGE, message, "privilege")


def stable_id(name: str) -> str:
    """The same UUID for the same name, in every sandbox."""
    return str(uuid.uuid5(_NAMESPACE, name))
