"""What people must be told of leads is noted where it happens, in the same transaction. ``leads.notices`` sends it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from leads.models import Change, Edit, Lead, SalesNotice, Team
from leads.roles import who_works_on_leads
from leads.states import EditCause, SalesKind

NEW_FOR = timedelta(days=2)
"""What came longer ago, as in a file that is imported, is told to nobody as new."""


def changed(edit: Edit, changes: Iterable[Change]) -> None:
    """Whoever was given leads is told once of all that one edit gave them; but not who did it, and not of what was only
    taken back."""
    if edit.cause == EditCause.UNDO:
        return
    people = {
        change.after
        for change in changes
        if change.field == "owner_id" and change.after not in (None, edit.actor_id) and may_be_told_of(change.lead)
    }
    store([SalesNotice(kind=SalesKind.GIVEN, user_id=person, event=str(edit.pk)) for person in sorted(people)])


def came(leads: Collection[Lead], also_told: Mapping[UUID, Collection[str]]) -> None:
    """Leads that the rules have just been asked about, each told once in a round: of those that are nobody's the people
    of their team; of all of them the team's chat, and the addresses that belong to the rule, by lead."""
    since = timezone.now() - NEW_FOR
    told = [lead for lead in leads if may_be_told_of(lead) and lead.opened_at and lead.opened_at >= since]
    nobodys = [lead for lead in told if lead.owner_id is None]
    people = people_of({lead.team_id for lead in nobodys})
    chats = chat_kinds_of({lead.team_id for lead in told})
    in_chats = [lead for lead in told if SalesKind.NEW in chats.get(lead.team_id, ())]
    store(
        [
            *(of_lead(SalesKind.NEW, lead, user_id=person) for lead in nobodys for person in people[lead.team_id]),
            *(of_lead(SalesKind.NEW, lead, team_id=lead.team_id) for lead in in_chats),
            *(of_lead(SalesKind.NEW, lead, address=one) for lead in told for one in also_told.get(lead.id, ())),
        ]
    )


def came_again(leads: Iterable[Lead]) -> None:
    """Each owner is told once in a round that the person of a lead of theirs is back."""
    since = timezone.now() - NEW_FOR
    store(
        [
            of_lead(SalesKind.AGAIN, lead, user_id=lead.owner_id)
            for lead in leads
            if lead.owner_id and lead.touch_count > 1 and lead.last_touch_at >= since and may_be_told_of(lead)
        ]
    )


def of_lead(
    kind: SalesKind,
    lead: Lead,
    what: str = "",
    *,
    user_id: int | None = None,
    team_id: int | None = None,
    address: str = "",
) -> SalesNotice:
    """Of something that happens once in a round of this lead. Not stored."""
    event = event_of(lead, what)
    return SalesNotice(kind=kind, lead=lead, event=event, user_id=user_id, team_id=team_id, address=address)


def event_of(lead: Lead, what: str = "") -> str:
    opened_at = lead.opened_at.isoformat() if lead.opened_at else ""
    return " ".join((str(lead.id), opened_at, what)).rstrip()


def store(notices: Sequence[SalesNotice]) -> None:
    """Without those that their recipients have already."""
    if notices:
        SalesNotice.objects.bulk_create(notices, ignore_conflicts=True, batch_size=500)


def may_be_told_of(lead: Lead) -> bool:
    return not (lead.is_test or lead.is_dnc or lead.merged_into_id)


def people_of(team_ids: Collection[int | None]) -> dict[int | None, list[int]]:
    """By team those who belong to it or lead it; without a team, everybody who works on leads. At most four queries."""
    found: dict[int | None, list[int]] = {team_id: [] for team_id in team_ids}
    if any(team_ids):
        teams = Team.objects.filter(pk__in=[key for key in team_ids if key])
        members = teams.filter(members__is_active=True).values_list("pk", "members")
        leaders = teams.filter(leader__is_active=True).values_list("pk", "leader")
        for team_id, person in sorted({*members, *leaders}):
            found[team_id].append(person)
    if None in found:
        found[None] = [user.pk for user in who_works_on_leads()]
    return found


def chat_kinds_of(team_ids: Collection[int | None]) -> dict[int | None, list[str]]:
    """Of the teams that have a chat, what is told there. At most one query."""
    if not any(team_ids):
        return {}
    with_chat = Team.objects.filter(pk__in=[key for key in team_ids if key]).exclude(encrypted_chat_url="")
    return dict(with_chat.values_list("pk", "chat_kinds"))
