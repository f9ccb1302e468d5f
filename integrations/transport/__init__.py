"""The only HTTP of the product: guarded, timed, redacted."""

from integrations.transport.client import Answer, CallFailed, Limits, Transport
from integrations.transport.policy import DestinationBlocked, Policy, permitted_url
from integrations.transport.probe import certificate_end
from integrations.transport.session import guarded_session
from integrations.transport.statuses import Verdict

__all__ = [
    "Answer",
    "CallFailed",
    "DestinationBlocked",
    "Limits",
    "Policy",
    "Transport",
    "Verdict",
    "certificate_end",
    "guarded_session",
    "permitted_url",
]
