"""A delivery's touch as the neutral record that connectors take."""

from integrations.contract import Record
from leads.models import Delivery, Touch

PERSONAL = ("first_name", "last_name", "email", "phone", "company", "title", "description")


def record_of(delivery: Delivery) -> Record:
    """The record to send. Where a privacy rule says so, nothing in it leads to the person."""
    return record_from(delivery.touch, without_personal_data=delivery.without_personal_data)


def record_from(touch: Touch, *, without_personal_data: bool = False) -> Record:
    personal = {} if without_personal_data else {name: getattr(touch, name) for name in PERSONAL}
    return Record(
        key=touch.id,
        received_at=touch.received_at,
        country=touch.country,
        lead_source=touch.lead_source,
        source=touch.source,
        action=touch.action,
        publisher_id=touch.publisher_id,
        offer_id=touch.offer_id_text,
        offer_title=touch.offer_title,
        is_test=touch.is_test,
        is_dnc=touch.is_dnc,
        **personal,
    )
