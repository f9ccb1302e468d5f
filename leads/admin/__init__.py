"""The pages people work with: a folder for each kind of work, a file for each screen. What all share is beside them."""

# Importing a screen registers it.
from leads.admin.destinations import destination, route  # noqa: F401
from leads.admin.files import export_job, import_job  # noqa: F401
from leads.admin.operations import delivery, inbound, notice, resend_job  # noqa: F401
from leads.admin.people import team, user  # noqa: F401
from leads.admin.privacy import request  # noqa: F401
from leads.admin.rules import assignment_rule, calendar, score_rule, service_level  # noqa: F401
from leads.admin.sales import lead, saved_view  # noqa: F401
from leads.admin.setup import endpoint, offer, vocabulary  # noqa: F401
