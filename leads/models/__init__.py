"""The rows. One file per group; this module is the place to import them from."""

from leads.models.assignment import AssignmentRule, CountryGroup
from leads.models.bulk_edit import BulkEdit
from leads.models.credential import Credential
from leads.models.delivery import Attempt, Delivery
from leads.models.destination import Destination, DestinationGate, Route
from leads.models.edit import Change, Edit
from leads.models.endpoint import Endpoint, EndpointSecret
from leads.models.export_job import ExportJob
from leads.models.first_run import FirstRun
from leads.models.given_up import GivenUp
from leads.models.heartbeat import Heartbeat
from leads.models.import_job import ImportChunk, ImportFile, ImportJob, ImportRow
from leads.models.inbound import InboundRequest
from leads.models.lead import Lead
from leads.models.merge import LeadPair, Merge
from leads.models.notice import Notice
from leads.models.offer import Offer, OfferTitle
from leads.models.people import Absence, Calendar, Profile, Team
from leads.models.privacy import Chase, PrivacyRequest, PurgeRun, RetentionRule
from leads.models.proof import Proof
from leads.models.report import DayTally
from leads.models.resend_job import ResendJob
from leads.models.sales_notice import SalesNotice
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
    "Chase",
    "CountryGroup",
    "Credential",
    "DayTally",
    "Delivery",
    "Destination",
    "DestinationGate",
    "Edit",
    "Endpoint",
    "EndpointSecret",
    "ExportJob",
    "FirstRun",
    "GivenUp",
    "Heartbeat",
    "ImportChunk",
    "ImportFile",
    "ImportJob",
    "ImportRow",
    "InboundRequest",
    "Lead",
    "LeadPair",
    "Merge",
    "Notice",
    "Offer",
    "OfferTitle",
    "PrivacyRequest",
    "PrivacyRule",
    "Profile",
    "Proof",
    "PurgeRun",
    "Rescoring",
    "ResendJob",
    "RetentionRule",
    "Route",
    "SalesNotice",
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
