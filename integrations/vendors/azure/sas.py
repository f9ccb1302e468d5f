"""A shared access signature, as its parameters tell of it; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote

_ALL_SERVICES = frozenset("btqf")


@dataclass(frozen=True, slots=True, repr=False)
class Sas:
    """``token`` is the query string, without the question mark. As in Microsoft's "Create a service SAS" and "Create an
    account SAS"."""

    token: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", self.token.strip().lstrip("?"))

    @property
    def rights(self) -> frozenset[str] | None:
        """Letters such as ``a`` for add; ``None`` when a stored access policy at the account holds them."""
        return frozenset(self._one("sp")) if self._one("sp") else None

    @property
    def begins_at(self) -> datetime | None:
        """Aware; ``None`` where the URL does not say."""
        return _moment(self._one("st"))

    @property
    def ends_at(self) -> datetime | None:
        """Aware; ``None`` where the URL does not say."""
        return _moment(self._one("se"))

    @property
    def is_for_account(self) -> bool:
        return bool(self._one("ss"))

    @property
    def services(self) -> frozenset[str]:
        """Letters of the services an account SAS is for; all of them where it is none."""
        return frozenset(self._one("ss")) or _ALL_SERVICES

    @property
    def reaches_objects(self) -> bool:
        """Whether rows and blobs are within its reach, and not only tables and containers."""
        return "o" in self._one("srt") if self.is_for_account else True

    @property
    def is_for_one_blob(self) -> bool:
        return self._one("sr") in ("b", "bv", "bs")

    @property
    def table(self) -> str:
        """The only table it is for; empty where it names none."""
        return self._one("tn")

    @property
    def secrets(self) -> list[str]:
        """The signature as it is, and as URLs write it: tools differ in whether they leave a slash alone."""
        signature = self._one("sig")
        return sorted({signature, quote(signature), quote(signature, safe="")} - {""})

    def allows(self, right: str) -> bool | None:
        """``None``: it does not say."""
        return None if self.rights is None else right in self.rights

    def _one(self, name: str) -> str:
        return parse_qs(self.token).get(name, [""])[0]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
