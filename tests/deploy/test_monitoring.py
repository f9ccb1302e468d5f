"""The sample rules and the board ask for what ``/metrics`` tells, by its right name and labels."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from leads.states import DeliveryState
from leads.watching.heartbeat import TIMETABLE, beat
from tests.factories import make_delivery, make_destination
from tests.leads.watching.metrics.exposed import families, names

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spool_dir")]

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
BOARD = DEPLOY / "grafana" / "leadcrm.json"

ONLY_POSTGRESQL = {"leadcrm_database_oldest_transaction_seconds", "leadcrm_database_delivery_rows"}
NAME = r"leadcrm_\w+"


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in json.loads(BOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


@pytest.fixture
def spool_dir(tmp_path: Path, settings: Any) -> None:
    settings.LEADCRM_SPOOL_DIR = tmp_path / "spool"


def test_every_metric_that_is_asked_for_is_told() -> None:
    asked = {name for expression in expressions() for name in re.findall(NAME, expression)}
    assert len(asked) > 20
    assert asked - names() == set()


def test_the_guide_names_no_metric_that_there_is_not() -> None:
    guide = (DEPLOY.parent / "docs" / "operations.md").read_text()
    named = set(re.findall(NAME, guide))
    assert len(named) > 8
    assert named - names() == set()


def test_the_board_shows_every_metric_there_is() -> None:
    asked = {name for panel in panels() for target in panel["targets"] for name in re.findall(NAME, target["expr"])}
    assert names() - asked == set()


def test_every_label_that_is_compared_has_that_value_somewhere() -> None:
    make_delivery(make_destination(), state=DeliveryState.FAILED)
    beat(TIMETABLE)
    told = {
        (sample.name, label, value)
        for family in families()
        for sample in family.samples
        for label, value in sample.labels.items()
    }
    compared = {
        (name, label, value)
        for expression in expressions()
        for name, label, value in re.findall(rf'({NAME})\{{(\w+)!?="(\w+)"\}}', expression)
        if name not in ONLY_POSTGRESQL
    }
    assert len(compared) >= 8
    assert compared - told == set()


def test_each_rule_says_what_is_wrong_what_to_do_and_how_urgent_it_is() -> None:
    alarms = [rule["alert"] for rule in rules()]
    assert len(set(alarms)) == len(alarms) >= 15
    for rule in rules():
        assert re.fullmatch(r"LeadCRM[A-Za-z]+", rule["alert"])
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"].keys() == {"summary", "description"}


def test_each_panel_has_a_title_a_place_of_its_own_and_the_source_that_is_chosen() -> None:
    shown = panels()
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in shown]
    assert len(set(places)) == len(places)
    assert len({panel["title"] for panel in shown}) == len(shown)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in shown)
    sources = {target["datasource"]["uid"] for panel in shown for target in panel["targets"]}
    assert sources == {"${datasource}"}
