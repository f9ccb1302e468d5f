"""The calls that only read: the fields of a person, a form."""

from integrations.sandbox.marketo.errors import Refused, reason
from integrations.sandbox.marketo.leads import Played, Turn

SINCE = "2020-01-01T00:00:00Z+0000"  # written as the vendor's asset calls do


def describe(turn: Turn) -> Played:
    return Played([field.described() for field in turn.settings.fields.values()])


def form_asset(turn: Turn) -> Played:
    """Raises Refused for a form that is not there."""
    number = turn.request.path.rpartition("/")[2].removesuffix(".json")
    form = turn.settings.forms.get(number)
    if form is None:
        raise Refused("form", reason("702"))
    dates = {"createdAt": SINCE, "updatedAt": SINCE}
    return Played([{"id": int(number), "name": form.name, "status": "approved", "locale": "en_US", **dates}])
