"""What a failure's cause means, what to do about it, and who must act: in people's words, by the slug of the cause.

A system's own causes begin with its name, so that no two systems share one.
"""

from collections.abc import Mapping

from integrations.diagnosis import (
    azure,
    dynamics365,
    entra,
    general,
    https,
    hubspot,
    marketo,
    microsoft_texts,
    salesforce,
)
from integrations.diagnosis.words import UNKNOWN, Diagnosis, Who

__all__ = ["CATALOGUE", "UNKNOWN", "Diagnosis", "Who", "diagnose"]

CATALOGUE: dict[str, Diagnosis] = (
    general.CATALOGUE
    | https.CATALOGUE
    | entra.CATALOGUE
    | dynamics365.CATALOGUE
    | salesforce.CATALOGUE
    | marketo.CATALOGUE
    | azure.CATALOGUE
    | hubspot.CATALOGUE
    | microsoft_texts.CATALOGUE
)


def diagnose(cause: str, params: Mapping[str, str] | None = None) -> Diagnosis:
    """The words for a cause, with the names it speaks of; for one that nobody described, words that point to the other
    side's own."""
    return CATALOGUE.get(cause, UNKNOWN).with_names(params or {})
