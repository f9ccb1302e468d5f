"""When a call of ``deliver`` ends before all of its records are sent; pure."""

from collections.abc import Sequence

from integrations.contract import STOPPING, Delivered, Failure, FailureKind


def why_no_more(results: Sequence[Delivered | Failure], not_tried: Failure) -> Failure | None:
    """What records have that are not sent after these: what holds for every record, or ``not_tried`` where the server
    is away. ``None``: they are sent."""
    failures = (result for result in results if isinstance(result, Failure))
    stopping = next((failure for failure in failures if failure.kind in STOPPING), None)
    return stopping or (not_tried if results and _is_away(results[-1]) else None)


def _is_away(result: Delivered | Failure) -> bool:
    """Whether there was no answer, or only one that says so. What may be about this record is another matter."""
    if isinstance(result, Delivered):
        return False
    if result.kind is FailureKind.TEMPORARY:
        return result.escalates is None and (result.http_status is None or result.http_status >= 500)
    return result.kind is FailureKind.UNANSWERED
