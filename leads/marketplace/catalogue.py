"""The sources and actions that the marketplace is known to send, and what they mean.

Source of the codes: Microsoft's "Get customer leads from your commercial marketplace offer". The list is not closed;
the publisher may add to it or relabel it, so everything that reads codes takes a catalogue.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Warmth(models.TextChoices):
    """How soon an action deserves an answer. Microsoft's own pages disagree, so the publisher may change it."""

    ACTIVE = "active", _("Active")
    INTEREST = "interest", _("Interest")
    NONE = "none", _("None")


@dataclass(frozen=True)
class Source:
    """Where the person was. ``aliases`` are other spellings of ``code``."""

    code: str
    label: "StrOrPromise"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Action:
    """What the person did."""

    code: str
    label: "StrOrPromise"
    warmth: Warmth
    contact_allowed: bool = True


@dataclass(frozen=True)
class Catalogue:
    """Known sources and actions. Look-ups ignore letter case."""

    sources: tuple[Source, ...]
    actions: tuple[Action, ...]

    def source(self, text: str) -> Source | None:
        """The source with this code or alias."""
        return self._sources.get(text.casefold())

    def action(self, text: str) -> Action | None:
        """The action with this code."""
        return self._actions.get(text.casefold())

    @cached_property
    def source_spellings(self) -> tuple[tuple[str, Source], ...]:
        """Every casefolded code and alias with its source, longest first."""
        return tuple(sorted(self._sources.items(), key=lambda spelling: -len(spelling[0])))

    @cached_property
    def action_spellings(self) -> tuple[tuple[str, Action], ...]:
        """Every casefolded code with its action, longest first."""
        return tuple(sorted(self._actions.items(), key=lambda spelling: -len(spelling[0])))

    def with_terms(self, sources: Iterable[Source] = (), actions: Iterable[Action] = ()) -> "Catalogue":
        """A copy with further terms; a term for a known code (or alias) relabels that one.

        A relabelled source keeps its code and aliases. A relabelled action keeps its code and whether the person may be
        contacted: a label must never turn a "do not contact" into a call.
        """
        extended = self
        for source in sources:
            extended = extended._with_source(source)
        for action in actions:
            extended = extended._with_action(action)
        return extended

    def _with_source(self, source: Source) -> "Catalogue":
        known = self.source(source.code)
        if known is None:
            return replace(self, sources=(*self.sources, source))
        renamed = replace(source, code=known.code, aliases=(*known.aliases, *source.aliases))
        return replace(self, sources=tuple(renamed if one is known else one for one in self.sources))

    def _with_action(self, action: Action) -> "Catalogue":
        known = self.action(action.code)
        if known is None:
            return replace(self, actions=(*self.actions, action))
        allowed = known.contact_allowed and action.contact_allowed
        renamed = replace(action, code=known.code, contact_allowed=allowed)
        return replace(self, actions=tuple(renamed if one is known else one for one in self.actions))

    @cached_property
    def _sources(self) -> dict[str, Source]:
        # Codes are entered last, so that no alias hides a code.
        spellings = {alias.casefold(): source for source in self.sources for alias in source.aliases}
        return spellings | {source.code.casefold(): source for source in self.sources}

    @cached_property
    def _actions(self) -> dict[str, Action]:
        return {action.code.casefold(): action for action in self.actions}


DOCUMENTED = Catalogue(
    sources=(
        Source("AzureMarketplace", _("Azure Marketplace"), ("Azure Marketplace",)),
        Source("AzurePortal", _("Azure portal"), ("Azure portal",)),
        Source("SPZA", _("AppSource"), ("AppSource", "AppSource (SPZA)")),
        Source("TestDrive", _("Test drive"), ("Test drive",)),
    ),
    actions=(
        Action("PLT", _("Contact me"), Warmth.ACTIVE),
        Action("INS", _("Get it now"), Warmth.ACTIVE),
        Action("Create", _("Created in the Azure portal"), Warmth.ACTIVE),
        Action("StartTestDrive", _("Started a test drive"), Warmth.ACTIVE),
        Action("DNC", _("Do not contact"), Warmth.NONE, contact_allowed=False),
    ),
)
