"""One lead as the marketplace posts it -> typed values in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leads.marketplace.address import email_key
from leads.marketplace.catalogue import DOCUMENTED, Catalogue
from leads.marketplace.cleaning import Json
from leads.marketplace.country import country_code
from leads.marketplace.description import read_description
from leads.marketplace.fingerprint import fingerprint
from leads.marketplace.lead_source import Quality, parse_lead_source
from leads.marketplace.phone import phone_e164
from leads.marketplace.remark import Remark
from leads.marketplace.testlead import is_test_lead, tested_at
from leads.marketplace.unwrapping import unwrap


@dataclass(frozen=True, kw_only=True)
class ParsedLead:
    """Texts are clean and within their limits; what is missing is "". ``unknown_fields`` is JSON."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    company: str = ""
    title: str = ""

    lead_source: str = ""
    """As given; ``source`` … ``offer_text`` are read from it."""
    action_code: str = ""
    """As given; ``action`` is the one that counts."""
    source: str = ""
    action: str = ""
    publisher_id: str = ""
    offer_id: str = ""
    offer_text: str = ""
    offer_title: str = ""
    quality: Quality = Quality.EMPTY

    description: str = ""
    """As given; ``note`` is the customer's part of it."""
    note: str = ""
    campaign_ids: tuple[str, ...] = ()

    is_test: bool = False
    tested_at: datetime | None = None
    is_dnc: bool = False
    """The person must not be contacted."""

    country_code: str = ""
    """ISO 3166 alpha-2 where certain."""
    phone_e164: str = ""
    """Where valid."""
    email_key: str = ""
    """Joins the touches of one person; "" where there is no usable address."""
    fingerprint: str = ""
    """Equal for equal content; "" for test leads, which take no part in the detection of repeats."""

    unknown_fields: dict[str, Json] = field(default_factory=dict)
    """By dotted path, such as ``UserDetails.Fax``."""
    warnings: tuple[Remark, ...] = ()


def parse_lead(fields: Mapping[str, object], catalogue: Catalogue = DOCUMENTED) -> ParsedLead:
    """Any JSON object is a lead; whatever is odd about it becomes a warning."""
    given = unwrap(fields)
    texts = given.texts
    read = parse_lead_source(texts["lead_source"], texts["action_code"], catalogue)
    if read.other_action:
        given.remark("action_conflict", used=read.action, other=read.other_action)
    note, campaign_ids = read_description(texts["description"])
    marks = [texts[attribute] for attribute in _MARKED_IN_TEST_LEADS]
    is_test = is_test_lead(marks)
    action = catalogue.action(read.action)
    country = country_code(texts["country"])
    return ParsedLead(
        first_name=texts["first_name"],
        last_name=texts["last_name"],
        email=texts["email"],
        phone=texts["phone"],
        country=texts["country"],
        company=texts["company"],
        title=texts["title"],
        lead_source=texts["lead_source"],
        action_code=texts["action_code"],
        source=read.source,
        action=read.action,
        publisher_id=read.publisher_id,
        offer_id=read.offer_id,
        offer_text=read.offer_text,
        offer_title=texts["offer_title"] or read.offer_part,
        quality=read.quality,
        description=texts["description"],
        note=note,
        campaign_ids=campaign_ids,
        is_test=is_test,
        tested_at=tested_at(marks),
        is_dnc=action is not None and not action.contact_allowed,
        country_code=country,
        phone_e164=phone_e164(texts["phone"], country),
        email_key=email_key(texts["email"]),
        fingerprint="" if is_test else fingerprint(fields),
        unknown_fields=given.unknown_fields,
        warnings=tuple(given.remarks),
    )


_MARKED_IN_TEST_LEADS = (
    "first_name",
    "last_name",
    "company",
    "title",
    "description",
    "lead_source",
    "action_code",
    "email",
)
