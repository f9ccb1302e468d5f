"""Touches of one person for one offer make one lead."""

import hashlib
from collections.abc import Iterable, Sequence, Set
from uuid import UUID

from django.db import transaction
from django.db.models import UUIDField
from django.db.models.functions import Coalesce

from leads.found_by import WRITTEN, set_found_by
from leads.models import Lead, OfferTitle, Touch
from leads.states import OPEN_STAGES, PrivacyAction, Stage

PERSON = ("first_name", "last_name", "email", "phone", "country", "company", "title")
NEWEST = ("offer_title", "source", "action")
STORED = (
    *PERSON,
    *NEWEST,
    "country_code",
    "offer",
    "stage",
    "is_test",
    "is_dnc",
    "is_private",
    "touch_count",
    "first_touch_at",
    "last_touch_at",
    *WRITTEN,
    "version",
    "close_reason",
    "snoozed_until",
    "opened_at",
    "seen_at",
    "contacted_at",
    "answer_by",
    "alarm_at",
    "needs_assignment",
)


def join_leads(touches: Sequence[Touch]) -> None:
    """Give every touch its lead, existing or new, and store the leads. Three queries, or two where nobody is new.

    Raises ``IntegrityError`` when a neighbour made one of the new leads at the same moment.
    """
    keys = {touch: join_key(touch) for touch in touches}
    leads = hold({key for key in keys.values() if key})
    changed: dict[object, Lead] = {}
    for touch, key in keys.items():
        lead = leads.get(key) if key else None
        if lead is None:
            lead = Lead(join_key=key, first_touch_at=touch.received_at, last_touch_at=touch.received_at)
            if key:
                leads[key] = lead
        absorb(lead, touch)
        touch.lead = lead
        changed[lead.id] = lead
    store(changed.values())


def hold(keys: Set[str]) -> dict[str, Lead]:
    """The leads with these join keys; of one that became part of another, that one. Locked, in the order of their ids,
    as whoever merges or splits them locks them. One query, or two where somebody is new."""
    with_keys = Lead.objects.filter(join_key__in=keys)
    shown = with_keys.values(shown=Coalesce("merged_into_id", "id", output_field=UUIDField()))
    while True:
        with transaction.atomic():
            locked = Lead.objects.filter(id__in=shown).order_by("id").select_for_update(of=("self",))
            leads: dict[UUID | None, Lead] = {lead.id: lead for lead in locked}
            found = {str(lead.join_key): lead for lead in leads.values() if lead.join_key in keys}
            others = Lead.objects.filter(join_key__in=keys - found.keys()).values_list("join_key", "merged_into")
            absorbed = {str(key): lead_id for key, lead_id in others}
            if not any(lead.merged_into_id for lead in leads.values()) and leads.keys() >= set(absorbed.values()):
                return found | {key: leads[lead_id] for key, lead_id in absorbed.items()}
            # Some were merged or split while this waited for them: let go of all, and look again.
            transaction.set_rollback(True)


def join_key(touch: Touch) -> str | None:
    """What the touches of one lead have in common; ``None`` for a touch that gets a lead of its own.

    A touch without an e-mail address names no person, and test leads stay apart.
    """
    if not touch.email_key or touch.is_test:
        return None
    offer = f"offer {touch.offer_id}" if touch.offer_id else f"title {OfferTitle.key_of(touch.offer_title)}"
    return hashlib.sha256(f"{touch.email_key}\n{offer}".encode()).hexdigest()


def absorb(lead: Lead, touch: Touch) -> None:
    """Add one touch to a lead: the newest value that is not empty stands, unless a person has set another, and a closed
    lead opens again."""
    is_newest = touch.received_at >= lead.last_touch_at
    for name in (*PERSON, *NEWEST):
        given = getattr(touch, name)
        if given and name not in lead.kept_fields and (is_newest or not getattr(lead, name)):
            setattr(lead, name, given)
    # The code is what the text means, so the two change together.
    if lead.country == touch.country and "country" not in lead.kept_fields:
        lead.country_code = touch.country_code
    if is_newest:
        lead.is_dnc = touch.is_dnc
        if not touch.is_dnc:
            _open(lead, touch)
    lead.offer_id = touch.offer_id or lead.offer_id
    lead.is_test = touch.is_test
    lead.is_private = lead.is_private or touch.privacy == PrivacyAction.HOLD
    lead.touch_count += 1
    lead.first_touch_at = min(lead.first_touch_at, touch.received_at)
    lead.last_touch_at = max(lead.last_touch_at, touch.received_at)
    lead.version += 1


def _open(lead: Lead, touch: Touch) -> None:
    """A round begins with the first touch, with one that reopens a closed lead, and with one of a person who was
    answered already: they ask again. While nobody has answered, the clock goes on from the first."""
    if lead.stage not in OPEN_STAGES:
        lead.stage, lead.close_reason = Stage.NEW, ""
    elif lead.opened_at is not None and lead.contacted_at is None:
        lead.needs_assignment = True  # for its score alone
        return
    lead.opened_at, lead.needs_assignment, lead.snoozed_until = touch.received_at, True, None
    lead.seen_at = lead.contacted_at = lead.answer_by = lead.alarm_at = None


def store(leads: Iterable[Lead]) -> None:
    """New and changed leads with one statement."""
    rows = list(leads)
    for lead in rows:
        set_found_by(lead)
    Lead.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=["join_key", *STORED])
