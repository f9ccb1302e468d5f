"""What can go wrong with Salesforce, REST and Web-to-Lead."""

from integrations.diagnosis.words import Diagnosis

CATALOGUE: dict[str, Diagnosis] = {}
