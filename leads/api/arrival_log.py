"""One line in the log for each post to a webhook address, and the id by which its way can be followed.

The receipt is that id: the lines of the attempts name it. Who gives a request an id of its own finds it beside the
receipt on the line of its arrival.
"""

import logging
import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from leads.intake.spool import Spooled

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def log_arrival(request: HttpRequest, posted: Spooled, answer: HttpResponse) -> None:
    """Say what became of it, and put the id of the request, or else the receipt, into the answer's header."""
    given = request.headers.get(HEADER, "")
    request_id = given if _SANE.fullmatch(given) else str(posted.receipt)
    answer[HEADER] = request_id
    facts = {
        "status": answer.status_code,
        "receipt": posted.receipt,
        "request_id": request_id,
        "bytes": posted.posted.size,
    }
    level = logging.INFO if answer.status_code == HTTPStatus.OK else logging.WARNING
    logger.log(level, "posted", extra={"facts": facts})
