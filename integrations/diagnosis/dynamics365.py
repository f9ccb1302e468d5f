"""What can go wrong with Dataverse (Dynamics 365) and Entra ID."""

from integrations.diagnosis.words import Diagnosis

CATALOGUE: dict[str, Diagnosis] = {}
