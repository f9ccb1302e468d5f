"""What can go wrong with Marketo, REST and forms."""

from integrations.diagnosis.words import Diagnosis

CATALOGUE: dict[str, Diagnosis] = {}
