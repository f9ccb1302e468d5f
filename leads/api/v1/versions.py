"""Changes of what somebody else may change, too: ``If-Match`` names the version that was read (RFC 9110, 13.1.1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.db import transaction
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from leads.models import Lead


class OtherVersion(APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_code = "other_version"
    default_detail = _("The lead was changed meanwhile. Read it again, and decide whether your change still fits.")


class VersionMissing(APIException):
    """RFC 6585, section 3."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_code = "version_missing"
    default_detail = _(
        "Send the ETag of the lead that you read in the header If-Match, so that nobody's change is lost."
    )


def if_match(*, needed: bool = False) -> OpenApiParameter:
    """Of an operation, for its description. Where it is needed, 428 says so, which a required parameter would not."""
    text = "The ETag of the lead as it was read. With another version nothing is changed, and the answer is 412."
    needs = " Without it the answer is 428." if needed else ""
    return OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description=text + needs)


def etag_of(lead: Lead) -> str:
    return f'"{lead.version}"'


@contextmanager
def unchanged(request: Request, lead: Lead, *, required: bool = False) -> Iterator[None]:
    """A transaction that holds the lead in the version that the request names, or in any where it names none.

    Raises ``OtherVersion``, and ``VersionMissing`` where it must name one.
    """
    if required and not request.headers.get("If-Match", "").strip():
        raise VersionMissing
    with transaction.atomic():
        refuse_other_version(request, Lead.objects.select_for_update(of=("self",)).only("version").get(pk=lead.pk))
        yield


def refuse_other_version(request: Request, lead: Lead) -> None:
    """Raises ``OtherVersion``."""
    given = request.headers.get("If-Match", "").strip()
    if given and given != "*" and etag_of(lead) not in parse_etags(given):
        raise OtherVersion
