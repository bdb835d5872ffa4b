"""恢复资格: which ban is lifted, which years are waived, what the instrument must be."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import reinstatement
from handlers.vocabulary import ClearMark, IssueDocument, RescindBan, RestoreBase, UpdateProceeding
from tests.handlers import desk, endings, given
from webapp.demo import reinstatement_sheets as sheets

TODAY = date(2027, 3, 1)
BAN = {"id": "ban-1", "uscc": given.COMPANY, "base_id": "base-1", "doc_no": "浙科发外〔2026〕45号", "scope": "host",
       "starts_on": date(2026, 3, 2), "ends_on": date(2029, 3, 2), "rescinded_on": None}  # fmt: skip
FILE = {
    "revoked_on": "2026-03-02",
    "doc_no": "浙科发外〔2026〕45号",
    "ban_doc_no": "浙科发外〔2026〕45号",
    "revocation": "r-1",
}
REVOKED = {"status": "revoked", "status_on": date(2026, 3, 2)}


def shelf(**changes):
    rows = [
        endings.proceeding("revocation", verdict="revoked", doc_no="浙科发外〔2026〕45号", note="第二十二条第（三）项")
    ]
    return endings.Shelf(**{"ban_rows": [BAN], "proceeding_rows": rows, **changes})


def case(given_shelf=None, **facts):
    known = {"today": TODAY, "data": {"file": FILE}, "base_changes": REVOKED}
    return endings.case(given_shelf or shelf(), **{**known, **facts})


@pytest.mark.article("12(2)")
def test_file_names_what_is_to_be_undone():
    found = reinstatement.prepare(case()).data
    assert (found["doc_no"], found["revoked_on"], found["ban"], found["ban_until"]) == (
        "浙科发外〔2026〕45号",
        "2026-03-02",
        "ban-1",
        "2029-03-02",
    )
    bare = reinstatement.prepare(case(endings.Shelf())).data
    assert (bare["doc_no"], bare["ban"], bare["revocation"]) == ("", "", "")


@pytest.mark.article("12(2)")
@pytest.mark.parametrize(
    ("ban", "lifted"),
    [
        ({}, True),
        ({"rescinded_on": date(2026, 9, 1)}, False),
        ({"base_id": "base-2"}, False),
        ({"uscc": "91330300MAXXXX0660"}, True),  # the host's code has changed since; the revocation knows the old one
    ],
)
def test_the_ban_of_this_revocation_is_lifted(ban, lifted):
    rows = [endings.proceeding("revocation", verdict="revoked", facts={"uscc": "91330300MAXXXX0660"})]
    content = {"register_document": sheets.document(TODAY)}
    outcome = reinstatement.restore(case(shelf(ban_rows=[{**BAN, **ban}], proceeding_rows=rows), forms=content))
    assert bool(desk.of(outcome, RescindBan)) is lifted
    assert desk.of(outcome, RestoreBase)[0].on == TODAY


@pytest.mark.article("15")
@pytest.mark.parametrize(
    ("revoked", "restored", "due", "years"),
    [
        ("2026-03-02", "2027-03-01", "01-31", ["2026"]),
        ("2026-01-31", "2027-01-31", "01-31", ["2025"]),
        ("2026-02-01", "2027-01-31", "01-31", []),
        ("2026-02-01", "2027-02-01", "01-31", ["2026"]),
        ("2025-01-10", "2027-03-01", "01-31", ["2024", "2025", "2026"]),
        ("2026-02-10", "2026-03-01", "02-15", ["2025"]),
        ("2026-02-10", "2026-03-01", "02-29", ["2025"]),  # 28 February in a common year
    ],
)
def test_years_that_fell_due_in_the_gap_are_waived(revoked, restored, due, years):
    """domain.md 3.2：截止日落在取消期间的免报；恢复当日及以后到期的照报。"""
    found = reinstatement.waived_years(
        case(parameters={"annual_report.due": due}), date.fromisoformat(revoked), date.fromisoformat(restored)
    )
    assert found == years


@pytest.mark.article("15")
def test_only_marks_of_waived_years_are_cleared():
    marks = [
        {"kind": "annual_report_overdue", "period": "2026", "text": ""},
        {"kind": "annual_report_overdue", "period": "2024", "text": ""},
        {"kind": "undeclared_change", "period": "2026", "text": ""},
    ]
    forms = {"apply": sheets.application(TODAY, "f"), "register_document": sheets.document(TODAY)}
    outcome = reinstatement.restore(case(shelf(mark_rows=marks), forms=forms))
    assert [(effect.kind, effect.period) for effect in desk.of(outcome, ClearMark)] == [
        ("annual_report_overdue", "2026")
    ]
    (document,) = desk.of(outcome, IssueDocument)
    assert (document.content["instrument"], document.content["waived"]) == ("行政复议决定", ["2026年度"])
    assert desk.of(outcome, UpdateProceeding)[0].fields["facts"]["waived"] == ["2026"]
    assert "2026年度报告免报" in desk.told(outcome, "host")


@pytest.mark.article("12(2)")
def test_application_needs_an_instrument_in_force_and_a_free_name():
    def found(given_shelf=None, **changes):
        facts = {"base_changes": changes.pop("base_changes", REVOKED)}
        forms = {"apply": sheets.application(TODAY, "f", **changes)}
        return desk.errors(reinstatement.check_application(case(given_shelf, forms=forms, element="apply", **facts)))

    assert found() == {}
    assert found(instrument_on="2026-03-01").keys() == {"instrument_on"}
    assert found(instrument_on="2027-03-02").keys() >= {"instrument_on"}
    assert found(valid_on="2027-03-02").keys() == {"valid_on"}
    again = {
        "id": "base-9",
        "code": "ZJGH-2026-J009",
        "host_id": "host-1",
        "status": "active",
        "name": endings.BASE["name"],
    }
    assert "ZJGH-2026-J009" in found(shelf(base_rows=[again]))[""]
    assert "无需恢复" in found(base_changes={"status": "active"})[""]


@pytest.mark.article("12(2)")
def test_decision_and_document_have_possible_dates():
    forms = {"decide": sheets.decision(TODAY, meeting_on="2027-03-02")}
    assert desk.errors(reinstatement.check_decision(case(forms=forms))).keys() == {"meeting_on"}
    for on in (date(2026, 3, 2), date(2027, 3, 2)):
        forms = {"decide": sheets.decision(TODAY), "register_document": sheets.document(TODAY, on)}
        assert desk.errors(reinstatement.check_document(case(forms=forms))).keys() == {"restored_on"}
    forms = {"decide": sheets.decision(TODAY), "register_document": sheets.document(TODAY, date(2026, 3, 3))}
    assert desk.errors(reinstatement.check_document(case(forms=forms))) == {}


@pytest.mark.article("12(2)")
def test_refusal_leaves_everything():
    outcome = reinstatement.refuse(case(data={"decide": {"opinion": "不涉及资格。"}}))
    assert desk.names(outcome.effects)[0] == "UpdateProceeding"
    assert "原决定继续有效。理由：不涉及资格。" in desk.told(outcome, "recommender")
