"""When an endpoint and its secrets were last used: the proof that a connection lives."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from leads.models import Endpoint, EndpointSecret, InboundRequest, Touch

# Shown to the minute; writing it with every batch would only cost.
PRECISION = timedelta(seconds=20)
MOST_COUNTED = 1000


def note_usage(requests: Sequence[InboundRequest], touches: Sequence[Touch]) -> None:
    _note_leads(touches)
    _note_secrets(requests)


def _note_leads(touches: Sequence[Touch]) -> None:
    leads = _newest((touch.endpoint_id, touch.received_at) for touch in touches if not touch.is_test)
    tests = _newest((touch.endpoint_id, touch.received_at) for touch in touches if touch.is_test)
    changed = []
    for endpoint in {touch.endpoint_id: touch.endpoint for touch in touches}.values():
        was = (endpoint.last_lead_at, endpoint.last_test_lead_at)
        _learn_habit(endpoint, leads.get(endpoint.pk))
        endpoint.last_lead_at = _moved(endpoint.last_lead_at, leads.get(endpoint.pk))
        endpoint.last_test_lead_at = _moved(endpoint.last_test_lead_at, tests.get(endpoint.pk))
        if was != (endpoint.last_lead_at, endpoint.last_test_lead_at):
            changed.append(endpoint)
    if changed:
        Endpoint.objects.bulk_update(changed, ["last_lead_at", "last_test_lead_at", "usual_gap", "gaps_known"])


def _learn_habit(endpoint: Endpoint, newest: datetime | None) -> None:
    """The usual time between two leads: each new gap counts for a fifth of it."""
    if newest is None or endpoint.last_lead_at is None or newest < endpoint.last_lead_at + PRECISION:
        return
    gap = newest - endpoint.last_lead_at
    endpoint.usual_gap = gap if endpoint.usual_gap is None else endpoint.usual_gap + (gap - endpoint.usual_gap) / 5
    endpoint.gaps_known = min(endpoint.gaps_known + 1, MOST_COUNTED)


def _note_secrets(requests: Sequence[InboundRequest]) -> None:
    secrets = {request.secret.pk: request.secret for request in requests if request.secret}
    used = _newest((request.secret.pk, request.received_at) for request in requests if request.secret)
    changed = []
    for secret_id, secret in secrets.items():
        moved = _moved(secret.last_used_at, used[secret_id])
        if moved != secret.last_used_at:
            secret.last_used_at = moved
            changed.append(secret)
    if changed:
        EndpointSecret.objects.bulk_update(changed, ["last_used_at"])


def _newest(uses: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    newest: dict[int, datetime] = {}
    for key, moment in uses:
        newest[key] = max(moment, newest.get(key, moment))
    return newest


def _moved(shown: datetime | None, newest: datetime | None) -> datetime | None:
    """The later of both, unless it is hardly later."""
    if newest is None or (shown is not None and newest < shown + PRECISION):
        return shown
    return newest
