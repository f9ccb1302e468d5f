"""A check says something else for each slip, says what it cannot prove, and writes nothing."""

from integrations.contract import CheckReport, StepResult
from tests.integrations.connectors.contract.far_side import FarSide, Slip
from tests.integrations.connectors.contract.far_sides import far_sides_that
from tests.integrations.connectors.contract.people import RECORD

reading = far_sides_that(lambda far_side: far_side.reads_fields)


def in_words(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(str(step.label), step.result.value, str(step.detail)) for step in report.steps]


def failing(report: CheckReport) -> str:
    """The text of the steps that failed."""
    return "\n".join(detail for _label, result, detail in in_words(report) if result == StepResult.FAILED)


def report_after(slip: Slip, far_side: FarSide, closed_port: str) -> CheckReport:
    match slip:
        case Slip.WRONG_CREDENTIALS:
            return far_side.connector(**far_side.wrong_credentials).check()
        case Slip.NO_PERMISSION:
            far_side.withhold_permission()
            return far_side.connector().check()
        case Slip.UNKNOWN_FIELD:
            return far_side.connector(fields=far_side.with_unknown_field()).check()
        case Slip.HOST_DOWN:
            return far_side.connector(at=closed_port).check()


def test_a_good_check_fails_in_nothing_and_says_what_it_did_not_prove(far_side: FarSide) -> None:
    report = far_side.connector().check()
    results = {step.result for step in report.steps}
    assert StepResult.PASSED in results
    assert StepResult.FAILED not in results
    possible = set(Slip) if far_side.refuses_field else set(Slip) - {Slip.UNKNOWN_FIELD}
    assert StepResult.UNPROVEN in results or far_side.check_shows >= possible


def test_each_slip_has_a_text_of_its_own(far_side: FarSide, closed_port: str) -> None:
    texts = {}
    for slip in far_side.check_shows:
        far_side.reset()
        texts[slip] = failing(report_after(slip, far_side, closed_port))
        assert far_side.records() == []
    assert "" not in texts.values()
    assert len(set(texts.values())) == len(far_side.check_shows)
    assert len({text.partition(".")[0] for text in texts.values()}) == len(texts)


def test_no_check_and_no_preview_writes_anything(far_side: FarSide) -> None:
    connector = far_side.connector()
    connector.deliver([RECORD])
    before = far_side.records()
    connector.check()
    connector.preview(RECORD)
    assert far_side.records() == before


@reading
def test_the_fields_over_there_are_told_with_the_length_that_texts_are_cut_to(far_side: FarSide) -> None:
    report = far_side.connector().check()
    connector = far_side.connector()
    assert connector.default_fields is not None
    (title,) = [rule.target for rule in connector.default_fields.rules if rule.value == "title"]
    told = {field.name: field for field in report.fields}
    assert told[title].writable is True
    assert told[title].max_length == far_side.title_limit
    assert connector.default_fields.described_by(report.fields).problems() == []
