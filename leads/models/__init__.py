"""The rows. One file per group; this module is the place to import them from."""

from leads.models.assignment import AssignmentRule, CountryGroup
from leads.models.bulk_edit import BulkEdit
from leads.models.credential import Credential
from leads.models.delivery import Attempt, Delivery
from leads.models.destination import Destination, DestinationGate, Route
from leads.models.edit import Change, Edit
from leads.models.endpoint import Endpoint, EndpointSecret
from leads.models.given_up import GivenUp
from leads.models.heartbeat import Heartbeat
from leads.models.inbound import InboundRequest
from leads.models.lead import Lead
from leads.models.notice import Notice
from leads.models.offer import Offer, OfferTitle
from leads.models.people import Absence, Calendar, Profile, Team
from leads.models.proof import Proof
from leads.models.resend_job import ResendJob
from leads.models.saved_view import SavedView
from leads.models.scoring import Rescoring, ScoreRule
from leads.models.service_level import ServiceLevel
from leads.models.tally import Tally
from leads.models.touch import Touch
from leads.models.trouble import Trouble
from leads.models.vocabulary import PrivacyRule, Term
from leads.models.work import Activity, Task

__all__ = [
    "Absence",
    "Activity",
    "AssignmentRule",
    "Attempt",
    "BulkEdit",
    "Calendar",
    "Change",
    "CountryGroup",
    "Credential",
    "Delivery",
    "Destination",
    "DestinationGate",
    "Edit",
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
    "Profile",
    "Proof",
    "Rescoring",
    "ResendJob",
    "Route",
    "SavedView",
    "ScoreRule",
    "ServiceLevel",
    "Tally",
    "Task",
    "Team",
    "Term",
    "Touch",
    "Trouble",
]
