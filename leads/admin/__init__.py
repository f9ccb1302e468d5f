"""The pages people work with, one file per screen."""

from leads.admin import (  # noqa: F401 - importing a screen registers it
    assignment_rule,
    calendar,
    delivery,
    destination,
    endpoint,
    export_job,
    import_job,
    inbound,
    lead,
    notice,
    offer,
    people,
    privacy,
    resend_job,
    route,
    saved_view,
    score_rule,
    service_level,
    team,
    vocabulary,
)
