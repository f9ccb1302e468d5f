"""What can go wrong with HubSpot."""

from integrations.diagnosis.words import Diagnosis

CATALOGUE: dict[str, Diagnosis] = {}
