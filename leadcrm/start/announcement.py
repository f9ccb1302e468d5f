"""What the person who started us is told, and what a script is told."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from leadcrm import embedded
from leadcrm.start import programs

MANAGE = ".venv/bin/python manage.py"
# The shape that Microsoft documents in "Use an HTTPS endpoint to manage leads".
SAMPLE_LEAD = (
    '{"UserDetails":{"FirstName":"Mina","LastName":"Park","Email":"mina.park@fabrikam.example","Phone":"821055501234",'
    '"Country":"KR","Company":"Fabrikam","Title":"IT manager"},"LeadSource":"AzureMarketplace","ActionCode":"INS",'
    '"OfferTitle":"Contoso Firewall","Description":"Need a quote for 20 seats"}'
)


@dataclass(frozen=True)
class Facts:
    """Where everything is. The password is known only at the very first start and only to the terminal."""

    admin_url: str
    username: str
    password: str | None
    endpoint_url: str | None  # none when every address of the first endpoint is revoked
    sandbox_url: str | None
    sample_command: str
    state: str
    logs: str
    pid: int

    @classmethod
    def gather(cls, first_run: Mapping[str, str | None], *, with_sandbox: bool) -> "Facts":
        """From what ``manage.py first_run --json`` says."""
        return cls(
            admin_url=first_run["admin_url"] or "",
            username=first_run["username"] or "",
            password=first_run["password"],
            endpoint_url=first_run["endpoint_url"],
            sandbox_url=first_run["sandbox_url"] if with_sandbox else None,
            sample_command=first_run["sample_command"] or "",
            state=str(embedded.state_dir()),
            logs=str(programs.logs()),
            pid=os.getpid(),
        )


def post_text(facts: Facts) -> str:
    curl = f"curl -i '{facts.endpoint_url}' -H 'Content-Type: application/json' -d '{SAMPLE_LEAD}'"
    return (
        f"Post a lead as the marketplace does:\n\n  {curl}\n\nor a recorded one:\n\n  {facts.sample_command}\n\n"
        if facts.endpoint_url
        else ""
    )


def sandbox_text(url: str) -> str:
    receiver = f"{url}  (where the sample leads go)"
    if (port := urlsplit(url).port) is None:
        return receiver
    ports = programs.sandbox_ports(port)
    systems = ", ".join(programs.PRACTICE_SYSTEMS)
    return f"{receiver}\n{'':12}ports {ports[1]} to {ports[-1]}: {systems} to practise with"


def ready_text(facts: Facts) -> str:
    places = {
        "Admin": facts.admin_url,
        "User": facts.username,
        "Password": facts.password or f"unchanged; to set a new one: {MANAGE} changepassword {facts.username}",
        "Webhook": facts.endpoint_url or "all addresses of the first endpoint are revoked: make one in the admin",
        "Sandbox": facts.sandbox_url and sandbox_text(facts.sandbox_url),
        "Logs": facts.logs,
    }
    lines = [f"  {name:<9} {place}" for name, place in places.items() if place]
    once = "  The password is shown this once only.\n" if facts.password else ""
    return "\nLead CRM is ready.\n\n" + "\n".join(lines) + f"\n{once}\n{post_text(facts)}Ctrl-C ends all of it."


def password_text(facts: Facts) -> str:
    """For a start that fails after the user was made: nobody could ever sign in otherwise."""
    return f"The first user was made: {facts.username}, password {facts.password} (shown this once only)."


def write_ready_file(path: Path, facts: Facts) -> None:
    """The facts as JSON for a script, all at once and readable for its owner only. Never the password."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(asdict(facts) | {"password": None}, file, indent=2)
    fresh.replace(path)
