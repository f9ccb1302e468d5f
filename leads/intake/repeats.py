"""Recognise what was posted twice. The marketplace sends no event id, so equal content within a window is a repeat."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.conf import settings

from leads.marketplace.remark import Remark
from leads.models import InboundRequest, Touch
from leads.states import InboundState


class Content(NamedTuple):
    endpoint_id: int
    fingerprint: str


def set_repeats_aside(touches: Sequence[Touch]) -> list[Touch]:
    """The touches that are new. The requests of the others say of which touch they are repeats."""
    for touch in touches:
        touch.repeat_window = int(touch.received_at.timestamp() // settings.LEADCRM_REPEAT_WINDOW.total_seconds())
    known = _earlier_touches(touches)
    fresh: list[Touch] = []
    repeats: dict[InboundRequest, dict[int, Touch]] = defaultdict(dict)
    for touch in touches:
        earlier = _repeated_by(touch, known)
        if earlier is None:
            fresh.append(touch)
            known[_content(touch)].append(touch)
        else:
            repeats[touch.inbound_request][touch.position] = earlier
    with_fresh = {touch.inbound_request_id for touch in fresh}
    for request, repeated in repeats.items():
        _note_repeats(request, repeated, whole=request.id not in with_fresh)
    return fresh


def _content(touch: Touch) -> Content:
    return Content(touch.endpoint_id, touch.fingerprint)


def _earlier_touches(touches: Iterable[Touch]) -> dict[Content, list[Touch]]:
    """Those in the same window or one beside it, by content."""
    known: dict[Content, list[Touch]] = defaultdict(list)
    compared = [touch for touch in touches if touch.fingerprint]
    if compared:
        windows = {touch.repeat_window + step for touch in compared for step in (-1, 0, 1)}
        earlier_ones = Touch.objects.filter(
            endpoint_id__in={touch.endpoint_id for touch in compared},
            fingerprint__in={touch.fingerprint for touch in compared},
            repeat_window__in=windows,
        ).exclude(fingerprint="")  # without saying so, SQLite does not find the partial index
        for earlier in earlier_ones.only("id", "endpoint_id", "fingerprint", "received_at"):
            known[_content(earlier)].append(earlier)
    return known


def _repeated_by(touch: Touch, known: dict[Content, list[Touch]]) -> Touch | None:
    if not touch.fingerprint:
        return None
    return next(
        (
            earlier
            for earlier in known[_content(touch)]
            if abs(touch.received_at - earlier.received_at) <= settings.LEADCRM_REPEAT_WINDOW
        ),
        None,
    )


def _note_repeats(request: InboundRequest, repeated: dict[int, Touch], *, whole: bool) -> None:
    request.repeat_of_id = _first(repeated).id
    if whole:
        request.state = InboundState.REPEAT
    else:
        request.remarks += [Remark("element_repeats", {"element": position + 1}).as_json() for position in repeated]


def _first(repeated: dict[int, Touch]) -> Touch:
    return repeated[min(repeated)]
