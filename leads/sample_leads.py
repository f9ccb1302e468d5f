"""Post samples as the marketplace does, to any running server."""

import json
import secrets
from collections.abc import Iterator
from ipaddress import ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from django.urls import reverse

from integrations.transport import Answer, Limits, Policy, Transport
from leads.marketplace.samples import varied
from leads.models import EndpointSecret

# Whoever runs this may reach any server; the guard of destinations is not for people at the command line.
ANYWHERE = Policy(allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0")), allow_http=True)
LIMITS = Limits(read=20, total=30)
USER_AGENT = "Lead-CRM sample"  # by which the first steps tell a sample from a lead of the marketplace
HEADERS = {"Content-Type": "application/json", "User-Agent": USER_AGENT}


class Posted(NamedTuple):
    """What a server said to one request. Empty texts: it did not say."""

    http_status: int
    status: str
    receipt: str
    message: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.http_status < 300

    def seen_at(self, url: str) -> str:
        """Where a person can see the request on the server of this webhook address; empty without a receipt."""
        if not self.receipt:
            return ""
        server = urlsplit(url)
        return f"{server.scheme}://{server.netloc}" + reverse("admin:leads_inboundrequest_change", args=[self.receipt])


def post(url: str, body: bytes, *, count: int = 1, fresh: bool = False) -> Iterator[Posted]:
    """Post the body so many times; ``fresh`` gives its people other names each time.

    Raises ``CallFailed`` when the server is not reached, ``CannotVary`` for a body nobody can be found in.
    """
    # The last part of the address is its secret.
    transport = Transport(secrets=[urlsplit(url).path.rpartition("/")[2]], policy=ANYWHERE, limits=LIMITS)
    try:
        for _number in range(count):
            sent = varied(body, secrets.token_hex(4)) if fresh else body
            answer = transport.send("POST", url, headers=HEADERS, body=sent)
            yield _posted(answer)
    finally:
        transport.close()


def first_address() -> str | None:
    """A valid address of this installation's first endpoint; ``None`` when it has none.

    Raises ``SecretUnreadable``.
    """
    secret = EndpointSecret.objects.valid().filter(endpoint__enabled=True).order_by("endpoint_id", "-pk").first()
    return secret.url if secret else None


def _posted(answer: Answer) -> Posted:
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return Posted(answer.status, "", "", "")
    status, receipt, message = (str(said.get(name, "")) for name in ("status", "receipt", "message"))
    return Posted(answer.status, status, receipt, message)
