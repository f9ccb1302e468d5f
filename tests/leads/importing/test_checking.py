"""Uploading and the dry run: what would become of each row, and that nothing has."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.encryption import decrypt
from leads.importing import jobs, storing, wording
from leads.importing.columns import Column
from leads.importing.storing import Refused, Uploaded
from leads.intake.interpreting import interpret_waiting
from leads.models import (
    ImportChunk,
    ImportFile,
    ImportJob,
    ImportRow,
    InboundRequest,
    Lead,
    OfferTitle,
    Touch,
)
from leads.models.import_job import CONTENT_KEPT, ImportState
from tests.factories import (
    lead_json,
    make_destination,
    make_inbound,
    make_offer,
    make_route,
    make_title,
    make_user,
)
from tests.leads.importing.files import checked, imported, row, text_of, uploaded, worked_off

pytestmark = pytest.mark.django_db

CREATED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that batches have several."""
    monkeypatch.setattr(storing, "PAGE", 2)


def posted(**values: Any) -> None:
    """The marketplace has posted the sample's person and offer."""
    received_at = values.pop("received_at", CREATED)
    fields = {"Email": "mina@fabrikam.example", "ActionCode": "PLT", "OfferTitle": "Contoso Firewall"}
    make_inbound(lead_json(**fields | values), received_at=received_at)
    interpret_waiting()


def outcomes(job: ImportJob) -> list[str]:
    return list(ImportRow.objects.filter(job=job).order_by("id").values_list("outcome", flat=True))


def test_a_dry_run_says_what_would_become_of_each_row_and_stores_no_lead() -> None:
    job = checked(
        uploaded(
            row(),
            row(referral_id="r-2", call_to_action="Get it now"),
            row(referral_id="r-3", e_mail="tom@x.example"),
            row(referral_id="r-4", e_mail="nobody"),
            row(),
        )
    )
    assert (job.state, job.rows, job.chunks, job.done) == (ImportState.CHECKED, 5, 3, 0)
    assert outcomes(job) == ["new", "joins", "new", "faulty", "known"]
    assert job.checked == {"new": 2, "joins": 1, "known": 1, "faulty": 1, "open": 3}
    for model in (Lead, Touch, InboundRequest, OfferTitle):
        assert not model.objects.exists(), model


def test_a_row_that_was_imported_before_is_known_also_after_its_status_changed() -> None:
    imported(row())
    assert outcomes(checked(uploaded(row(status="Closed"), row(referral_id="r-2")))) == ["known", "joins"]


def test_without_referral_ids_exactly_the_same_row_is_known() -> None:
    imported(row(referral_id=""))
    again = checked(uploaded(row(referral_id=""), row(referral_id="", customer_city="Busan")))
    assert outcomes(again) == ["known", "joins"]


@pytest.mark.parametrize(
    ("created", "received_at", "outcome"),
    [
        ("2026-03-01T09:30:00Z", CREATED, "known"),
        ("2026-03-01T09:30:00Z", CREATED + timedelta(hours=12), "known"),
        ("2026-03-01T09:30:00Z", CREATED + timedelta(hours=12, seconds=1), "joins"),
        ("2026-03-01T09:30:00Z", CREATED - timedelta(hours=13), "joins"),
        ("2026-03-01", datetime(2026, 3, 2, 11, 59, tzinfo=UTC), "known"),
        ("2026-03-01", datetime(2026, 3, 2, 13, 0, tzinfo=UTC), "joins"),
        ("", CREATED - timedelta(days=300), "known"),
    ],
)
def test_a_touch_that_came_by_the_webhook_within_hours_is_known(
    created: str, received_at: datetime, outcome: str
) -> None:
    posted(received_at=received_at)
    assert outcomes(checked(uploaded(row(creation_date=created)))) == [outcome]


@pytest.mark.parametrize(
    "other", [{"e_mail": "tom@x.example"}, {"call_to_action": "Get it now"}, {"offer_name": "Contoso Backup"}]
)
def test_another_person_action_or_offer_is_another_touch(other: dict[str, str]) -> None:
    posted()
    assert outcomes(checked(uploaded(row(**other)))) != ["known"]


def test_the_offer_of_the_endpoint_counts_where_titles_differ() -> None:
    offer = make_offer(publisher_id="contoso", offer_id="firewall")
    make_title("Firewall (preview)", offer)
    posted(OfferTitle="Firewall (preview)")
    assert outcomes(checked(uploaded(row(offer_id="firewall", offer_name="Firewall")))) == ["known"]


def test_one_posted_touch_is_only_one_row() -> None:
    posted()
    job = checked(uploaded(row(), row(referral_id="r-2")))
    assert outcomes(job) == ["known", "joins"]


def test_the_deliveries_that_there_would_be_are_counted() -> None:
    make_route(make_destination())
    make_route(make_destination(), actions=["PLT"])
    job = checked(
        uploaded(row(), row(referral_id="r-2", call_to_action="INS"), row(referral_id="r-3", e_mail="x@y.edu"))
    )
    assert job.checked["forwarded"] == 3


def test_rows_with_errors_are_kept_with_line_column_and_words() -> None:
    job = checked(uploaded(row(), row(e_mail="mina", creation_date="soon")))
    wrong = ImportRow.objects.get(job=job, outcome="faulty")
    assert (wrong.line, wrong.problems) == (3, [["E-mail", "no_address", {}], ["Creation Date", "no_date", {}]])
    assert wording.of_row("no_address", {}) == (
        "This is no e-mail address.",
        "Write one such as mina@fabrikam.example, or leave it empty.",
    )


def test_several_files_are_one_batch() -> None:
    first = uploaded(row(), name="one.csv")
    second = uploaded(row(referral_id="r-2"), row(), name="two.csv", headers=("Referral ID", "E-mail"))
    job = checked(first, second)
    assert [(file.name, len(file.headers)) for file in job.files.all()] == [("one.csv", 24), ("two.csv", 2)]
    assert outcomes(job) == ["new", "new", "known"]


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "file", "what"),
    [
        ([], "", "No file was chosen."),
        ([Uploaded("x.xlsx", b"PK\x03\x04")], "x.xlsx", "It is an Excel workbook, not a CSV file."),
        ([uploaded(row()), Uploaded("y.csv", b"Name,E-mail\n")], "y.csv", "It has headers and no rows."),
        (
            [Uploaded("z.csv", b'A,B\n"1,2\n')],
            "z.csv",
            "Row 2 cannot be read: a quotation mark is missing or one too many.",
        ),
        ([uploaded(row())] * 21, "", "These are more than 20 files."),
    ],
)
def test_a_file_that_cannot_be_read_refuses_the_batch_in_words(files: list[Uploaded], file: str, what: str) -> None:
    with pytest.raises(Refused) as refused:
        storing.store(make_user(), files)
    assert (refused.value.file, wording.of_file(refused.value.code, refused.value.params).what) == (file, what)
    assert not ImportJob.objects.exists()


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "MOST_ROWS", 2)
    with pytest.raises(Refused) as refused:
        storing.store(make_user(), [uploaded(*[row()] * 3)])
    assert wording.of_file(refused.value.code, refused.value.params) == (
        "The files have more than 2 rows together.",
        "Upload them in several batches: rows that are known already are passed over.",
    )


# --- columns --------------------------------------------------------------------------------------------------------

ODD = ("Who", "Where to write", "Phone")


def odd_file(name: str = "odd.csv") -> Uploaded:
    return Uploaded(name, text_of({"Who": "Mina", "Where to write": "m@x.example"}, headers=ODD).encode())


def test_a_file_with_unknown_headers_waits_for_somebody_to_say_what_they_hold() -> None:
    job = storing.store(make_user(), [odd_file()])
    assert job.state == ImportState.MAPPING
    file = job.files.get()
    assert file.columns == ["keep", "keep", "phone"]
    jobs.choose_columns(job, {file.pk: [Column.FULL_NAME, Column.EMAIL, Column.PHONE]}, day_first=False)
    assert outcomes(worked_off(job)) == ["new"]


def test_what_somebody_said_is_taken_for_the_next_file_with_the_same_headers() -> None:
    job = storing.store(make_user(), [odd_file()])
    chosen: list[str] = [Column.FULL_NAME, Column.EMAIL, Column.PHONE]
    jobs.choose_columns(job, {job.files.get().pk: chosen}, day_first=False)
    again = storing.store(make_user(), [odd_file("next.csv")])
    assert again.state == ImportState.CHECKING
    assert ImportFile.objects.get(job=again).columns == chosen


def test_columns_may_be_changed_after_the_check() -> None:
    job = checked(uploaded(row(creation_date="3/4/2026"), row(referral_id="r-2", creation_date="1/2/2026")))
    (file,) = job.files.all()
    jobs.choose_columns(job, {file.pk: file.columns}, day_first=True)
    job.refresh_from_db()
    assert (job.state, job.day_first, job.checked, outcomes(job)) == (ImportState.CHECKING, True, {}, [])
    assert sum(worked_off(job).checked[name] for name in ("new", "joins")) == 2


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_what_was_uploaded_is_encrypted() -> None:
    job = storing.store(make_user(), [uploaded(row())])
    chunk = ImportChunk.objects.get(job=job)
    assert "mina" not in chunk.encrypted_rows
    assert "mina@fabrikam.example" in decrypt(chunk.encrypted_rows)


def test_it_is_deleted_when_it_is_discarded() -> None:
    job = checked(uploaded(row()))
    jobs.discard(job)
    job.refresh_from_db()
    assert job.state == ImportState.DISCARDED
    assert not ImportChunk.objects.exists()
    assert not ImportRow.objects.exists()
    with pytest.raises(jobs.TooLate):
        jobs.start(job, forwards=False, gives_owners=True)


def test_it_is_deleted_after_seven_days_and_what_nobody_confirmed_is_discarded() -> None:
    old, new = checked(uploaded(row())), checked(uploaded(row(referral_id="r-2")))
    ImportJob.objects.filter(pk=old.pk).update(asked_at=timezone.now() - CONTENT_KEPT)
    storing.purge()
    states = dict(ImportJob.objects.values_list("pk", "state"))
    assert states == {old.pk: ImportState.DISCARDED, new.pk: ImportState.CHECKED}
    assert set(ImportChunk.objects.values_list("job", flat=True)) == {new.pk}


def test_a_key_that_is_gone_stops_the_work_with_its_state_kept(settings: Any) -> None:
    job = storing.store(make_user(), [uploaded(row())])
    keys = settings.LEADCRM_FIELD_KEYS
    settings.LEADCRM_FIELD_KEYS = ["enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="]
    for _try in range(jobs.MOST_TRIES):
        assert jobs.to_go_on_with() == [job.pk]
        jobs.work_off(job.pk)
    job.refresh_from_db()
    assert (job.state, job.stopped_in, jobs.to_go_on_with()) == (ImportState.STOPPED, ImportState.CHECKING, [])
    settings.LEADCRM_FIELD_KEYS = keys
    jobs.try_again(job)
    assert worked_off(job).state == ImportState.CHECKED
