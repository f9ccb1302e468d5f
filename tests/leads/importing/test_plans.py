"""Importing looks rows up by indexes, however many leads, touches and imported rows there are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from leads.importing import jobs
from leads.models import ImportFile, ImportJob, ImportRow, InboundRequest, Lead, Touch
from leads.models.ids import new_id
from leads.models.import_job import ImportState, Outcome
from leads.states import InboundState
from tests.factories import make_endpoint
from tests.leads.importing.files import checked, row, uploaded, worked_off
from tests.leads.plans import query_plans, reads_through

pytestmark = pytest.mark.slow

MANY = 12_000
TABLES = ("leads_lead", "leads_touch", "leads_importrow", "leads_inboundrequest")


def _fill() -> None:
    now, endpoint = timezone.now() - timedelta(days=100), make_endpoint()
    requests = [
        InboundRequest(endpoint=endpoint, received_at=now, body=b"{}", body_size=2, state=InboundState.ACCEPTED)
        for _number in range(MANY)
    ]
    leads = [
        Lead(
            join_key=f"{number:064}",
            email=f"p{number}@x.example",
            email_key=f"p{number}@x.example",
            first_touch_at=now,
            last_touch_at=now,
        )
        for number in range(MANY)
    ]
    touches = [
        Touch(
            inbound_request=request,
            endpoint=endpoint,
            lead=lead,
            received_at=now,
            email_key=lead.email_key,
            fingerprint=f"{number:064}",
            quality="exact",
        )
        for number, (request, lead) in enumerate(zip(requests, leads, strict=True))
    ]
    InboundRequest.objects.bulk_create(requests, batch_size=500)
    Lead.objects.bulk_create(leads, batch_size=500)
    Touch.objects.bulk_create(touches, batch_size=500)
    job = ImportJob.objects.create(state=ImportState.DONE)
    file = ImportFile.objects.create(job=job, name="x.csv", header_key=str(new_id()))
    rows = [
        ImportRow(
            job=job,
            file=file,
            line=number,
            outcome=Outcome.NEW,
            key=f"{number:064}",
            join_key=f"{number:064}",
            touch=touch if number % 2 else None,
            is_made=bool(number % 2),
        )
        for number, touch in enumerate(touches)
    ]
    ImportRow.objects.bulk_create(rows, batch_size=500)


class PlansOfImporting(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        with connection.cursor() as cursor:
            _fill()
            if connection.vendor == "postgresql":
                for table in TABLES:
                    cursor.execute(f"ANALYZE {table}")

    def assert_by_index(self, work: Callable[[], Any]) -> None:
        with query_plans() as plans:
            work()
        read = {table: [plan for plan in plans if plan.reads(table)] for table in TABLES}
        assert read["leads_importrow"]
        whole = {
            table: [plan.sql for plan in found if reads_through(plan.steps, table)] for table, found in read.items()
        }
        assert whole == {table: [] for table in TABLES}

    def test_a_batch_is_checked_imported_and_reverted_by_indexes(self) -> None:
        known = row(referral_id="known", e_mail="p7@x.example")
        others = [row(referral_id=f"r-{number}", e_mail=f"n{number}@y.example") for number in range(9)]
        self.assert_by_index(lambda: checked(uploaded(known, *others)))
        job = ImportJob.objects.get(state=ImportState.CHECKED)
        jobs.start(job, forwards=True, gives_owners=True)
        self.assert_by_index(lambda: worked_off(job))
        jobs.revert(job)
        self.assert_by_index(lambda: worked_off(job))
        assert job.result["removed"] == 10
