"""What the connectors of both kinds share: how the storage account is opened, and what becomes of a test record."""

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Protocol
from uuid import UUID

from integrations.contract import Arrival, Connector, CredentialEnd, Delivered
from integrations.mapping import FieldMap
from integrations.transport import CallFailed, Limits, Transport
from integrations.vendors.azure.refusals import Place
from integrations.vendors.azure.settings import StorageConfig, account_of, application_of, ends_of
from integrations.vendors.entra.sign_in import EntraSignIn


class Closing(Protocol):
    def close(self) -> None: ...


class StorageConnector[Store: Closing](Connector):
    """``Store`` is the table or container, through Microsoft's SDK."""

    Config: ClassVar[type[StorageConfig]]
    limits: ClassVar[Limits]

    def __init__(self, config: Mapping[str, Any], fields: FieldMap | None, *, name: str, right: str) -> None:
        """``name`` and ``right`` as in ``Place``."""
        super().__init__(config, fields)
        account = account_of(config, self.Config.service)
        self._place = Place(self.Config.service, account, name, right)
        self._transport = Transport(secrets=[*account.secrets, *self.Config.secrets_in(config)], limits=self.limits)

    @cached_property
    def _store(self) -> Store:
        """The SDK takes time and memory, which a process that only shows settings does without."""
        application = application_of(self.config)
        return self._opened(EntraSignIn(application, self._transport) if application else None)

    @abstractmethod
    def _opened(self, sign_in: EntraSignIn | None) -> Store: ...

    @abstractmethod
    def _names_one_record(self, external_id: str, key: UUID) -> bool:
        """Whether what is there under this id is the record with this key, and nothing else."""

    @abstractmethod
    def _delete(self, external_id: str) -> None:
        """Raises ``CallFailed``."""

    def remove(self, delivered: Delivered, key: UUID) -> bool:
        if delivered.arrival is not Arrival.CREATED or not self._names_one_record(delivered.external_id, key):
            return False
        try:
            self._delete(delivered.external_id)
        except CallFailed:
            return False
        return True

    @classmethod
    def credential_ends(cls, config: Mapping[str, Any]) -> list[CredentialEnd]:
        return ends_of(config, cls.Config.service)

    def close(self) -> None:
        if "_store" in self.__dict__:  # nothing was called otherwise
            self._store.close()
        self._transport.close()
