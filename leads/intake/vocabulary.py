"""The publisher's words and privacy rules, loaded once per batch."""

from dataclasses import dataclass

from leads.marketplace.catalogue import DOCUMENTED, Action, Catalogue, Source, Warmth
from leads.models import PrivacyRule, Term
from leads.states import PrivacyAction


@dataclass(frozen=True)
class Vocabulary:
    catalogue: Catalogue
    privacy_rules: dict[str, PrivacyAction]


def load_vocabulary() -> Vocabulary:
    """Two queries."""
    rules = PrivacyRule.objects.values_list("domain", "action")
    return Vocabulary(load_catalogue(), {domain: PrivacyAction(action) for domain, action in rules})


def load_catalogue() -> Catalogue:
    """The documented sources and actions with the publisher's additions. One query."""
    terms = list(Term.objects.all())
    return DOCUMENTED.with_terms(
        sources=[Source(term.code, term.label) for term in terms if term.kind == Term.Kind.SOURCE],
        actions=[Action(term.code, term.label, _warmth(term)) for term in terms if term.kind == Term.Kind.ACTION],
    )


def _warmth(term: Term) -> Warmth:
    """The publisher's, else the documented one, else the cautious guess that somebody waits for an answer."""
    documented = DOCUMENTED.action(term.code)
    return Warmth(term.warmth) if term.warmth else documented.warmth if documented else Warmth.ACTIVE
