"""From the post of a lead to its record at the receiver, one lead at a time on an idle installation.

    python -m bench.latency                            starts one on SQLite
    python -m bench.latency --database postgresql      starts one on PostgreSQL
    python -m bench.latency --running                  measures the one that runs (`make run`)

Every moment comes from this machine's one clock: the client's, the rows' and the receiver's own times. Nothing is
written unless --write FILE asks for it. Exit code 1 when the median is over the target.
"""

import argparse
import http.client
import json
import random
import secrets
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from bench.installations import running, started

TARGET_MS = 20.0
PATIENCE_SECONDS = 30.0
WARMING = 10
# Longer than the hints' own pause, so that each lead finds the installation at rest; random, so that none of them
# runs in step with the timetable.
PAUSE_SECONDS = (0.15, 0.45)


class Posted(NamedTuple):
    """When the client began and when it had the answer, in Unix seconds."""

    receipt: UUID
    began_at: float
    answered_at: float


class Way(NamedTuple):
    """The moments of one lead, in Unix seconds. The rows' are to the millisecond on SQLite."""

    began: float
    received: float
    interpreted: float
    claimed: float
    recorded: float
    answered: float


def main() -> int:
    options = read_options()
    with running() if options.running else started(options.database):
        ways = measure(options.leads)
    text = table(ways, "the running installation" if options.running else options.database)
    print(text)
    if options.write:
        options.write.write_text(text + "\n")
    return 0 if percentile([way.recorded - way.began for way in ways], 50) * 1000 <= TARGET_MS else 1


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--leads", type=int, default=100, metavar="N", help="how many (100)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--running", action="store_true", help="measure the installation that runs")
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the table")
    return parser.parse_args()


def measure(leads: int) -> list[Way]:
    """Post the leads one after the other, each to an installation at rest. The first few do not count."""
    from leads.sample_leads import first_address

    address = first_address()
    if address is None:
        sys.exit("No endpoint has a valid address: make one in the admin.")
    for _number in range(WARMING):
        post(address)
    posted = [post(address) for _number in range(leads)]
    wait_until_delivered(posted)
    recorded = recorded_at()
    return [way_of(one, recorded) for one in posted]


def post(address: str) -> Posted:
    """As the marketplace does: a new connection, one lead."""
    from leads.marketplace.samples import body_of, varied

    body = varied(body_of("a_documented"), secrets.token_hex(6))
    time.sleep(random.uniform(*PAUSE_SECONDS))
    target = urlsplit(address)
    began_at = time.time()
    connection = http.client.HTTPConnection(target.netloc, timeout=PATIENCE_SECONDS)
    connection.request("POST", target.path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse().read()
    answered_at = time.time()
    connection.close()
    return Posted(UUID(json.loads(answer)["receipt"]), began_at, answered_at)


def wait_until_delivered(posted: Sequence[Posted]) -> None:
    from leads.models import Delivery

    ours = Delivery.objects.filter(touch__inbound_request__in=[one.receipt for one in posted], state="delivered")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while ours.count() < len(posted):
        if time.monotonic() > deadline:
            sys.exit("Not every lead arrived: is the sandbox receiver the one destination?")
        time.sleep(0.1)


def recorded_at() -> dict[str, float]:
    """When the receiver made each record, by its key."""
    from django.conf import settings

    with urllib.request.urlopen(f"{settings.LEADCRM_SANDBOX_URL}/_control/records", timeout=PATIENCE_SECONDS) as answer:
        records = json.load(answer)["records"]
    return {record["key"]: datetime.fromisoformat(record["created_at"]).timestamp() for record in records}


def way_of(posted: Posted, recorded: Mapping[str, float]) -> Way:
    from leads.models import Attempt

    of_this = Attempt.objects.filter(delivery__touch__inbound_request=posted.receipt)
    attempt = of_this.select_related("delivery__touch__inbound_request").earliest("started_at")
    inbound = attempt.delivery.touch.inbound_request
    assert inbound.processed_at is not None
    return Way(
        began=posted.began_at,
        received=inbound.received_at.timestamp(),
        interpreted=inbound.processed_at.timestamp(),
        claimed=attempt.started_at.timestamp(),
        recorded=recorded[str(attempt.delivery.touch_id)],
        answered=posted.answered_at,
    )


def table(ways: Sequence[Way], name: str) -> str:
    rows = {
        "client: connect, post, answer": [way.answered - way.began for way in ways],
        "  post to webhook": [way.received - way.began for way in ways],
        "  webhook to touches and deliveries": [way.interpreted - way.received for way in ways],
        "  to claim": [way.claimed - way.interpreted for way in ways],
        "  to record at the receiver": [way.recorded - way.claimed for way in ways],
        "post to record": [way.recorded - way.began for way in ways],
    }
    lines = [f"{len(ways)} leads, {name}, milliseconds", f"{'':<36}{'p50':>8}{'p95':>8}{'p99':>8}"]
    for title, seconds in rows.items():
        figures = "".join(f"{percentile(seconds, share) * 1000:8.1f}" for share in (50, 95, 99))
        lines.append(f"{title:<36}{figures}")
    return "\n".join(lines)


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that so many per cent do not exceed."""
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


if __name__ == "__main__":
    sys.exit(main())
