"""One inbound request -> its touches, not yet saved."""

import logging

from leads.defects import where
from leads.intake.vocabulary import Vocabulary
from leads.marketplace.body import Fields, Reading, UnreadablePayload, read_leads
from leads.marketplace.payload import ParsedLead, parse_lead
from leads.marketplace.remark import Remark
from leads.models import InboundRequest, Touch
from leads.policy import privacy_of
from leads.states import InboundState

logger = logging.getLogger(__name__)

# What a touch takes from the parsed lead under the same name.
SAME_NAMES = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "country",
    "company",
    "title",
    "lead_source",
    "action_code",
    "offer_title",
    "description",
    "source",
    "action",
    "publisher_id",
    "note",
    "country_code",
    "phone_e164",
    "email_key",
    "quality",
    "unknown_fields",
    "is_test",
    "tested_at",
    "is_dnc",
    "fingerprint",
)


def touches_of(request: InboundRequest, vocabulary: Vocabulary) -> list[Touch]:
    """Read the request and set its state and reason on the way. Never raises: our own faults reject it too."""
    try:
        reading = read_leads(bytes(request.body))
        touches = [_touch(request, position, fields, vocabulary) for position, fields in reading.leads.items()]
    except UnreadablePayload as error:
        reject(request, error.remark)
        return []
    except Exception as error:
        logger.error("Inbound request %s cannot be read: %s", request.pk, where(error))
        reject(request, Remark("defect"))
        return []
    _accept(request, reading)
    return touches


def reject(request: InboundRequest, remark: Remark) -> None:
    request.state = InboundState.REJECTED
    request.reason, request.reason_params = remark.code, dict(remark.params)


def _accept(request: InboundRequest, reading: Reading) -> None:
    request.state = InboundState.ACCEPTED
    request.reason, request.reason_params = "", {}
    request.remarks = [remark.as_json() for remark in reading.refused.values()]


def _touch(request: InboundRequest, position: int, fields: Fields, vocabulary: Vocabulary) -> Touch:
    parsed: ParsedLead = parse_lead(fields, vocabulary.catalogue)
    return Touch(
        inbound_request=request,
        position=position,
        endpoint=request.endpoint,
        received_at=request.received_at,
        offer_id_text=parsed.offer_id,
        campaign_ids=list(parsed.campaign_ids),
        warnings=[remark.as_json() for remark in parsed.warnings],
        privacy=privacy_of(parsed.email, vocabulary.privacy_rules),
        **{name: getattr(parsed, name) for name in SAME_NAMES},
    )
