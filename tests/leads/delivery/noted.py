"""Calls that have ended, as the recording tells the gate of them."""

from leads.delivery.noting import Result, note_calls
from leads.models import Destination, DestinationGate


def note(destination: Destination, *results: Result) -> None:
    """One call for each result."""
    note_calls(DestinationGate.objects.get(pk=destination.pk), [[result] for result in results])
