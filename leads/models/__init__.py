"""The rows. One file per group; this module is the place to import them from."""

from leads.models.credential import Credential
from leads.models.delivery import Attempt, Delivery
from leads.models.destination import Destination, DestinationGate, Route
from leads.models.endpoint import Endpoint, EndpointSecret
from leads.models.given_up import GivenUp
from leads.models.heartbeat import Heartbeat
from leads.models.inbound import InboundRequest
from leads.models.lead import Lead, Touch
from leads.models.notice import Notice
from leads.models.offer import Offer, OfferTitle
from leads.models.proof import Proof
from leads.models.resend_job import ResendJob
from leads.models.tally import Tally
from leads.models.trouble import Trouble
from leads.models.vocabulary import PrivacyRule, Term

__all__ = [
    "Attempt",
    "Credential",
    "Delivery",
    "Destination",
    "DestinationGate",
    "Endpoint",
    "EndpointSecret",
    "GivenUp",
    "Heartbeat",
    "InboundRequest",
    "Lead",
    "Notice",
    "Offer",
    "OfferTitle",
    "PrivacyRule",
    "Proof",
    "ResendJob",
    "Route",
    "Tally",
    "Term",
    "Touch",
    "Trouble",
]
