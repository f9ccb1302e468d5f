"""What can go wrong with Azure Table and Azure Blob."""

from integrations.diagnosis.words import Diagnosis

CATALOGUE: dict[str, Diagnosis] = {}
