"""Whether a person did something with a lead, apart from what happens by itself."""

from datetime import UTC, datetime

from leads.models import Activity, Edit, Lead, Task
from leads.states import EditCause

BY_ITSELF = (EditCause.IMPORT, EditCause.RULE, EditCause.CLOCK, EditCause.TOUCH)
EVER = datetime.min.replace(tzinfo=UTC)


def is_worked_on(lead: Lead, since: datetime = EVER) -> bool:
    if Activity.objects.filter(lead=lead, at__gte=since).exists():
        return True
    if Task.objects.filter(lead=lead, made_at__gte=since).exists():
        return True
    return Edit.objects.filter(changes__lead=lead, at__gte=since).exclude(cause__in=BY_ITSELF).exists()
