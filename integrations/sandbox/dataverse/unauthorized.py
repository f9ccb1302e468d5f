"""The answer to a request without a good token. What the real one looks like is not documented, hence the variants."""

import json

from integrations.sandbox.dataverse.settings import Settings
from integrations.sandbox.messages import Answer

_BODIES = {
    "empty": ("", ""),
    "html": ("text/html", "<!DOCTYPE html><html><head><title>Unauthorized</title></head><body>401</body></html>"),
    "json": (
        "application/json; charset=utf-8",
        json.dumps({"error": {"code": "0x80060017", "message": "The access token is invalid or has expired."}}),
    ),
}


def unauthorized(settings: Settings, url: str) -> Answer:
    """401 as the variants have it; `url` is the origin of the environment and of the directory."""
    kind, body = _BODIES[settings.variants.unauthorized_body]
    challenge = f"Bearer authorization_uri={url}/{settings.tenant_id}/oauth2/authorize, resource_id={url}/"
    headers = (("Content-Type", kind),) if kind else ()
    asked = (("WWW-Authenticate", challenge),) if settings.variants.challenge else ()
    return Answer(401, (*headers, *asked), body.encode())
