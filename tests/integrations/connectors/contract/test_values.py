"""What is sent is what was shown before, cut where it is too long."""

from dataclasses import replace

import pytest

from integrations.transport import Limits
from tests.integrations.connectors.contract.far_side import FarSide
from tests.integrations.connectors.contract.far_sides import far_sides_that
from tests.integrations.connectors.contract.people import RECORD, assert_fit_to_be_shown, some
from tests.integrations.records import delivered

LONG = 30_000


@pytest.mark.parametrize("room", [1, 2])
def test_a_text_that_is_too_long_is_cut_between_characters_and_the_cut_is_noted(far_side: FarSide, room: int) -> None:
    """Of an emoji made of two there is room for half of the first, or for all of the first."""
    limit = far_side.title_limit
    start = "é" * ((limit or LONG) - room)
    title = start + "👩\u200d🚀" + "end"
    connector, record = far_side.connector(), replace(RECORD, title=title)
    (outcome,) = connector.deliver([record])
    (stored,) = far_side.records()
    assert delivered(outcome).arrival is far_side.arrival
    assert stored.fields["title"] == (start if limit else title)
    cuts = [note for note in outcome.notes if note.code == "cut"]
    assert [note.params["limit"] for note in cuts] == ([limit] if limit else [])
    assert [note.params["length"] for note in cuts] == ([len(start) + 8] if limit else [])
    assert connector.preview(record).notes == outcome.notes
    assert_fit_to_be_shown([outcome])


def test_a_text_of_exactly_the_length_is_not_cut(far_side: FarSide) -> None:
    title = "é" * (far_side.title_limit or LONG)
    (outcome,) = far_side.connector().deliver([replace(RECORD, title=title)])
    assert far_side.records()[0].fields["title"] == title
    assert outcome.notes == ()


@far_sides_that(lambda far_side: far_side.composes)
def test_what_is_no_e_mail_address_is_not_lost(far_side: FarSide) -> None:
    (outcome,) = far_side.connector().deliver([replace(RECORD, email="zebulonia at wolpertinger")])
    (stored,) = far_side.records()
    assert stored.fields["email"] == ""
    assert "zebulonia at wolpertinger" in stored.composed
    assert [note.code for note in outcome.notes] == ["email_left_out"]
    assert_fit_to_be_shown([outcome])


def test_a_preview_is_what_is_sent_and_sends_nothing(far_side: FarSide) -> None:
    connector = far_side.connector()
    record = replace(RECORD, first_name="Zoë", last_name="김민아", description="a\n<b> & c")
    preview = connector.preview(record)
    assert far_side.calls() == 0
    (outcome,) = connector.deliver([record])
    (sent,) = far_side.writes()
    assert preview.exchange is not None
    assert outcome.exchange is not None
    assert preview.exchange.request_body == outcome.exchange.request_body
    assert far_side.read_preview(preview.exchange.request_body) == far_side.as_shown(sent.body)
    assert preview.exchange.method == outcome.exchange.method
    assert preview.exchange.url.partition("?")[0] == outcome.exchange.url.partition("?")[0]
    assert preview.exchange.response_status is None
    assert preview.notes == outcome.notes
    assert preview.refused is None


def test_a_long_preview_is_whole_where_the_attempt_is_cut(far_side: FarSide) -> None:
    connector, record = far_side.connector(), replace(RECORD, description="김" * 1000)
    shown = connector.preview(record).exchange
    (outcome,) = connector.deliver([record])
    (sent,) = far_side.writes()
    assert shown is not None
    assert outcome.exchange is not None
    assert far_side.read_preview(shown.request_body) == far_side.as_shown(sent.body)
    assert len(outcome.exchange.request_body) <= Limits().kept_characters


def test_nobodys_attempt_shows_the_others_of_the_same_call(far_side: FarSide) -> None:
    records = [replace(record, first_name=name) for record, name in zip(some(2), ("Zoë", "Jun"), strict=True)]
    zoe, jun = far_side.connector().deliver(records)
    assert zoe.exchange is not None
    assert jun.exchange is not None
    assert "Jun" not in repr(zoe)
    assert "person-1" not in repr(zoe)
    assert "Jun" in jun.exchange.request_body
    if their_id := delivered(jun).external_id:
        assert their_id not in repr(zoe)
