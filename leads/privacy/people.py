"""Who somebody is in our rows: all leads of one person, found from any of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from leads.marketplace.address import email_key, person_key
from leads.marketplace.phone import phone_e164
from leads.models import Lead, Touch
from leads.person_names import full_name

MOST_LEADS = 1_000
MOST_FOUND = 25
SHORTEST_TRACE = 6  # bytes: anything shorter stands in texts of others, too; of Korean that is two syllables
_OPENED = 10
"""So often the leads of the addresses of the leads are looked for: each time somebody merged or corrected one."""


@dataclass(frozen=True)
class Person:
    """``addresses`` are their e-mail addresses, as given, and ``names`` the other texts by which they are known."""

    lead_ids: tuple[UUID, ...]
    addresses: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def email(self) -> str:
        return self.addresses[0] if self.addresses else ""

    @property
    def typed(self) -> str:
        """What somebody types who erases them: it is certain then that they mean this one."""
        return self.email or (self.names[0] if self.names else "")

    @property
    def traces(self) -> list[str]:
        return [text for text in (*self.addresses, *self.names) if len(text.encode()) >= SHORTEST_TRACE]


def person_of(lead: Lead) -> Person:
    """All leads with the same mailbox, and those that somebody merged with them; one without an address is alone."""
    leads = {lead.pk: lead}
    for _time in range(_OPENED):
        fresh = [one for one in _beside(leads.values()) if one.pk not in leads]
        leads |= {one.pk: one for one in fresh}
        if not fresh or len(leads) >= MOST_LEADS:
            break
    touches = list(Touch.objects.filter(lead__in=list(leads)).order_by("id")[:MOST_LEADS])
    known: list[Lead | Touch] = [lead, *leads.values(), *touches]
    return Person(
        tuple(sorted(leads)),
        tuple(dict.fromkeys(one.email for one in known if one.email)),
        tuple(dict.fromkeys(text for one in known for text in _texts_of(one) if text)),
    )


def leads_at(addresses: Iterable[str]) -> QuerySet[Lead]:
    """Two queries. The keys of the touches are fetched first, or no index would be used."""
    exact = {key for address in addresses if (key := email_key(address))}
    of_touches = Touch.objects.filter(email_key__in=exact).exclude(email_key="").order_by("-id")
    keys = set(of_touches.values_list("lead", flat=True)[:MOST_LEADS]) if exact else set()
    mailboxes = {person_key(address) for address in exact}
    return Lead.objects.filter((Q(email_key__in=mailboxes) & ~Q(email_key="")) | Q(pk__in=keys))


def _beside(leads: Collection[Lead]) -> list[Lead]:
    keys = [lead.pk for lead in leads]
    came_by = Touch.objects.filter(lead__in=keys).values_list("email", flat=True)[:MOST_LEADS]
    merged = Q(merged_into__in=keys) | Q(pk__in=[lead.merged_into_id for lead in leads])
    same = leads_at({lead.email for lead in leads} | set(came_by))
    return [*same.order_by("pk")[:MOST_LEADS], *Lead.objects.filter(merged).order_by("pk")[:MOST_LEADS]]


def _texts_of(one: Lead | Touch) -> tuple[str, ...]:
    both = full_name(one.first_name, one.last_name) if one.first_name and one.last_name else ""
    return both, one.phone


def find(text: str) -> list[Lead]:
    """By e-mail address, phone number, or words of name and company; the newest first, each person once."""
    found = list(_found(text.strip().replace("\0", "")).order_by("-last_touch_at", "-id")[: MOST_FOUND * 4])
    once: dict[object, Lead] = {}
    for lead in found:
        once.setdefault(lead.email_key or lead.pk, lead)
    return list(once.values())[:MOST_FOUND]


def _found(text: str) -> QuerySet[Lead]:
    if email_key(text):
        return leads_at([text])
    if number := phone_e164(text):
        return Lead.objects.filter(phone_key=number)
    return Lead.objects.search(text) if text else Lead.objects.none()


def digest_of(email: str) -> str:
    """Tells whether an address is one that was erased, and cannot be turned back into it without the secret key."""
    key = person_key(email)
    return salted_hmac("leads.privacy", key, algorithm="sha256").hexdigest() if key else ""
