"""The service level of a lead, as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from leads.intake.vocabulary import load_catalogue
from leads.marketplace.catalogue import Catalogue
from leads.models import Lead, Offer, ServiceLevel
from leads.service_level.clock import Level, level_of, load_levels


@dataclass(frozen=True)
class Levels:
    """The enabled ones in their order, and the words that tell how warm an action is."""

    levels: list[Level]
    catalogue: Catalogue

    @classmethod
    def load(cls, tried: tuple[ServiceLevel, Sequence[Offer]] | None = None) -> Self:
        """``tried`` as for ``load_levels``. Three queries."""
        return cls(load_levels(tried), load_catalogue())

    def of(self, lead: Lead) -> Level | None:
        """``None`` where nobody waits for an answer."""
        return level_of(lead, self.levels, self._warmth_of)

    def _warmth_of(self, action: str) -> str:
        known = self.catalogue.action(action)
        return known.warmth if known else ""
