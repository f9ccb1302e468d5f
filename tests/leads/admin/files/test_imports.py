"""Imports in the admin: upload, columns, dry run, import, result, revert."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from leads.importing import jobs, storing
from leads.models import ImportChunk, ImportJob, Lead, Touch
from leads.models.import_job import ImportState
from leads.roles import SALES_LEAD
from leads.sales import activities
from leads.states import ActivityKind
from tests.factories import make_destination, make_route, make_team, make_user
from tests.leads.admin.conftest import Enter
from tests.leads.admin.places import address_of, button_of, page_of
from tests.leads.admin.rows import log
from tests.leads.admin.shown import buttons_on, links_on, messages_of, pills_on
from tests.leads.importing.files import checked, imported, row, text_of, uploaded, worked_off

pytestmark = pytest.mark.django_db

LIST = "/admin/leads/importjob/"
ADD = f"{LIST}add/"
HOSTILE = '"><script>alert(1)</script>'


def upload(client: Client, *contents: str | bytes, name: str = "leads.csv") -> Any:
    files = [
        SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode(), "text/csv") for text in contents
    ]
    return client.post(ADD, {"chosen": files})


def the_job() -> ImportJob:
    return ImportJob.objects.latest("pk")


def test_a_known_file_is_uploaded_checked_and_imported(
    sales_lead: Client, hinted: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(sales_lead, text_of(row(), row(referral_id="r-2", e_mail="mina")))
    job = the_job()
    assert answer.headers["Location"] == page_of(job)
    assert hinted == ["continue_imports"]
    assert "A worker takes it in a moment." in sales_lead.get(page_of(job)).text
    worked_off(job)
    page = sales_lead.get(page_of(job))
    assert pills_on(page) == ["Ready to import"]
    assert buttons_on(page) == ["Discard", "Import (1)"]
    assert "row 3" in page.text
    assert "This is no e-mail address." in page.text
    sales_lead.post(button_of(job, "start"), {"gives_owners": "on"})
    job.refresh_from_db()
    assert (job.state, job.forwards, job.gives_owners) == (ImportState.IMPORTING, False, True)
    worked_off(job)
    page = sales_lead.get(page_of(job))
    assert pills_on(page) == ["Imported"]
    assert buttons_on(page) == ["Revert"]
    (leads,) = links_on(page, "Show its leads")
    assert leads == f"/admin/leads/lead/?import={job.pk}"
    listed = sales_lead.get(leads)
    assert [lead.pk for lead in listed.context["cl"].result_list] == [Lead.objects.get().pk]
    assert [entry[2] for entry in log()] == ["Added.", "Imported."]


def test_the_page_says_when_what_was_uploaded_is_deleted(sales_lead: Client) -> None:
    job = checked(uploaded(row()))
    assert "The uploaded rows are deleted <time" in sales_lead.get(page_of(job)).text
    storing.forget_content([job])
    assert "The uploaded rows are deleted" not in sales_lead.get(page_of(job)).text


def test_forwarding_is_off_until_somebody_ticks_it(sales_lead: Client) -> None:
    make_route(make_destination())
    job = checked(uploaded(row()))
    page = sales_lead.get(page_of(job))
    assert "Forward them to destinations, too (deliveries: 1)" in page.text
    assert '<input type="checkbox" name="forwards">' in page.text
    assert '<input type="checkbox" name="gives_owners" checked>' in page.text
    sales_lead.post(button_of(job, "start"), {"forwards": "on"})
    job.refresh_from_db()
    assert (job.forwards, job.gives_owners) == (True, False)


def test_unknown_columns_are_asked_and_remembered(sales_lead: Client) -> None:
    text = "Who,Where to write,<script>alert(1)</script>\nMina,m@x.example,=cmd()\n"
    answer = upload(sales_lead, text)
    job = the_job()
    file = job.files.get()
    assert (job.state, answer.headers["Location"]) == (
        ImportState.MAPPING,
        address_of("leads_importjob_columns", job.pk),
    )
    page = sales_lead.get(answer.headers["Location"])
    assert pills_on(page) == ["not known"] * 3
    assert "<script>alert(1)" not in page.text
    chosen = {f"column-{file.pk}-0": "full_name", f"column-{file.pk}-1": "full_name", f"column-{file.pk}-2": "omit"}
    refused = sales_lead.post(answer.headers["Location"], chosen | {"day_first": "month"})
    assert "Another column of this file is that already." in refused.text
    nobody = dict.fromkeys(chosen, "keep")
    refused = sales_lead.post(answer.headers["Location"], nobody | {"day_first": "month"})
    assert "Nobody is named in “leads.csv”" in refused.text
    good = chosen | {f"column-{file.pk}-1": "email", "day_first": "day"}
    assert sales_lead.post(answer.headers["Location"], good).headers["Location"] == page_of(job)
    job.refresh_from_db()
    assert (job.state, job.day_first) == (ImportState.CHECKING, True)
    worked_off(job)
    assert job.checked["new"] == 1
    assert upload(sales_lead, text).headers["Location"] == page_of(the_job())


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"PK\x03\x04", "<strong>leads.csv</strong>: It is an Excel workbook, not a CSV file."),
        (b"", "<strong>leads.csv</strong>: It is empty. Export it again."),
    ],
)
def test_a_file_that_is_none_is_said_beside_the_form(sales_lead: Client, content: bytes, text: str) -> None:
    page = upload(sales_lead, content)
    assert (page.status_code, ImportJob.objects.count()) == (200, 0)
    assert text in page.text


def test_nothing_chosen_is_said(sales_lead: Client) -> None:
    assert "No file was chosen. Choose one or several CSV files." in sales_lead.post(ADD).text


def test_rows_with_errors_are_downloaded_without_formulas_and_can_be_uploaded_again(sales_lead: Client) -> None:
    job = checked(uploaded(row(), row(referral_id="=1+1", e_mail="mina", phone="+82 2 1")))
    answer = sales_lead.get(address_of("leads_importjob_faulty", job.pk))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    text = content.decode("utf-8-sig")
    assert text.startswith("Row,What is wrong,Referral ID,")
    assert text.splitlines()[1].startswith('3,"E-mail: This is no e-mail address. Write one such as')
    assert ",'=1+1," in text
    assert ",'+82 2 1," in text
    assert "attachment" in answer.headers["Content-Disposition"]
    again = upload(sales_lead, text.replace(",mina,", ",mina@fabrikam.example,"), name="corrected.csv")
    worked_off(the_job())
    assert again.headers["Location"] == page_of(the_job())
    assert the_job().checked["new"] == 1


def test_when_the_uploaded_rows_are_gone_there_is_nothing_to_download(sales_lead: Client) -> None:
    job = checked(uploaded(row(e_mail="mina")))
    ImportChunk.objects.all().delete()
    assert links_on(sales_lead.get(page_of(job)), "Download them") == []
    assert sales_lead.get(address_of("leads_importjob_faulty", job.pk)).status_code == 404


def test_it_is_reverted_and_what_stays_is_listed_with_its_reason(sales_lead: Client) -> None:
    job = imported(row(), row(referral_id="r-2", e_mail="tom@x.example"))
    activities.log(make_user(), Lead.objects.get(email="tom@x.example").pk, ActivityKind.NOTE, "They wrote")
    sales_lead.post(button_of(job, "revert"))
    worked_off(job)
    page = sales_lead.get(page_of(job))
    assert pills_on(page) == ["Reverted"]
    assert "Touches: 1, leads: 1" in page.text
    assert "The lead of row 3" in page.text
    assert "Somebody worked on the lead." in page.text
    assert Touch.objects.count() == 1


def test_a_button_that_comes_too_late_says_so(sales_lead: Client) -> None:
    job = imported(row())
    for action in ("start", "discard", "try_again"):
        answer = sales_lead.post(button_of(job, action), follow=True)
        assert messages_of(answer) == [
            "It is no longer in the state in which that can be done. Here is how it stands now."
        ]
    assert sales_lead.get(address_of("leads_importjob_columns", job.pk)).headers["Location"] == page_of(job)


def test_what_is_discarded_is_deleted(sales_lead: Client) -> None:
    job = checked(uploaded(row()))
    answer = sales_lead.post(button_of(job, "discard"), follow=True)
    assert messages_of(answer) == ["Not imported. What was uploaded is deleted."]
    assert not ImportChunk.objects.exists()


def test_the_page_asks_for_itself_again_only_while_a_worker_goes_on(sales_lead: Client) -> None:
    job = storing.store(make_user(), [uploaded(row())])
    state = address_of("leads_importjob_state", job.pk)
    assert f'hx-get="{state}"' in sales_lead.get(state).text
    worked_off(job)
    assert "hx-get" not in sales_lead.get(state).text


def test_hostile_names_harm_no_page(sales_lead: Client) -> None:
    job = checked(uploaded(row(e_mail="x"), name=HOSTILE))
    assert "<script>alert(1)" not in sales_lead.get(page_of(job)).text
    assert "<script>alert(1)" not in sales_lead.get(LIST).text


def test_the_pages_take_a_fixed_number_of_queries(
    sales_lead: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = checked(uploaded(*(row(referral_id=f"r-{number}", e_mail="x") for number in range(150))))
    sales_lead.get(page_of(job))
    with django_assert_max_num_queries(22):
        page = sales_lead.get(page_of(job))
    assert "And 50 more: the file has all of them." in page.text
    for _number in range(5):
        checked(uploaded(row()))
    with django_assert_max_num_queries(22):
        sales_lead.get(LIST)


def test_the_filter_of_an_import_passes_over_what_is_none(sales_lead: Client) -> None:
    imported(row())
    for query in ("?import=x", f"?import={'9' * 30}"):
        assert sales_lead.get(f"/admin/leads/lead/{query}").status_code == 302
    assert sales_lead.get("/admin/leads/lead/?import=999").context["cl"].result_count == 0


def test_a_batch_that_stopped_can_be_gone_on_with(sales_lead: Client) -> None:
    job = checked(uploaded(row()))
    jobs.start(job, forwards=False, gives_owners=False)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportState.STOPPED, stopped_in=ImportState.IMPORTING)
    assert buttons_on(sales_lead.get(page_of(job))) == ["Try again", "Revert"]
    sales_lead.post(button_of(job, "try_again"))
    assert worked_off(job).state == ImportState.DONE


def test_who_may_import_is_in_the_group_of_sales_leads() -> None:
    assert make_user(SALES_LEAD).has_perm("leads.import_lead")


def test_an_import_is_seen_by_those_who_see_its_persons_leads(enter: Enter) -> None:
    asked_by, colleague, stranger = (make_user(SALES_LEAD, is_staff=True) for _ in range(3))
    make_team(asked_by, colleague)
    make_team(stranger)
    job = checked(uploaded(row(), row(e_mail="mina")), user=asked_by)
    parts = [address_of(f"leads_importjob_{name}", job.pk) for name in ("columns", "faulty", "state")]
    for user, sees in {asked_by: True, colleague: True, stranger: False}.items():
        client = enter(user=user)
        assert (str(job) in client.get(LIST).text) == sees
        assert [client.get(part).status_code == 200 for part in (page_of(job), *parts)] == [sees] * 4
    enter(user=stranger).post(button_of(job, "discard"))
    job.refresh_from_db()
    assert job.state == ImportState.CHECKED
