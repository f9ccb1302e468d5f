"""The webhook, and the REST API in ``v1``."""
