"""Reading what people paste: every bad line is named, none is skipped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from webapp.engine import imported
from webapp.errors import Invalid

GOOD_CODE = "91330000MA27U00015"


def test_a_notice_is_read_by_single_days_and_ranges() -> None:
    text = "\ufeff# 国务院办公厅通知\n2027-01-01,放假\n2月5日至2月11日，放假\n2027/2/14\t上班\n\n"
    found = imported.holidays(text, 2027)
    assert found[0] == (date(2027, 1, 1), "holiday")
    assert [day.day for day, kind in found if day.month == 2 and kind == "holiday"] == list(range(5, 12))
    assert found[-1] == (date(2027, 2, 14), "makeup")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2027-02-30,放假", "没有“2027-02-30”这一天"),
        ("元旦,放假", "不是日期"),
        ("2026-12-31,放假", "不在 2027 年内"),
        ("2027-01-01,半天", "类型“半天”无效"),
        ("2027-01-01", "类型“”无效"),
        ("2027-05-05~2027-05-01,放假", "起止日期不对"),
        ("2027-01-02,放假", "重复"),
    ],
)
def test_a_bad_line_is_told_by_its_number(line: str, told: str) -> None:
    with pytest.raises(Invalid) as refusal:
        imported.holidays(f"2027-01-02,放假\n{line}", 2027)
    assert told in refusal.value.fields["rows.2"]
    assert "第 2 行" in refusal.value.fields["rows.2"]


def test_all_bad_lines_are_told_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        imported.holidays("x,放假\n2027-01-01,放假\ny,上班", 2027)
    assert set(refusal.value.fields) == {"rows.1", "rows.3"}


def test_nothing_is_not_a_notice() -> None:
    with pytest.raises(Invalid):
        imported.holidays("\n# 空\n", 2027)


def test_dishonest_units_with_and_without_heading() -> None:
    code = _valid_code()
    text = f"统一社会信用代码,单位名称,名单,列入日期\n{code.lower()},示例公司,科研失信,2026-05-01"
    assert imported.dishonesty(text) == [{"uscc": code, "name": "示例公司", "list": "科研失信", "on": date(2026, 5, 1)}]
    assert imported.dishonesty(f"{code}；示例公司")[0]["on"] is None


@pytest.mark.parametrize(
    ("line", "told"),
    [("9133,示例公司", "18位"), ("{code},", "缺少单位名称"), ("{code},示例,名单,昨天", "不是日期")],
)
def test_a_bad_unit_is_told(line: str, told: str) -> None:
    with pytest.raises(Invalid) as refusal:
        imported.dishonesty(line.format(code=_valid_code()))
    assert told in refusal.value.fields["rows.1"]


def test_a_unit_is_not_on_a_list_from_a_day_to_come(today: Callable[[str], datetime]) -> None:
    today("2026-03-10")
    line = f"{_valid_code()},示例公司,科研失信,2026-03-{{}}"
    assert imported.dishonesty(line.format(10))[0]["on"] == date(2026, 3, 10)
    with pytest.raises(Invalid) as refusal:
        imported.dishonesty(line.format(11))
    assert "不能晚于今天" in refusal.value.fields["rows.1"]


def _valid_code() -> str:
    from handlers import uscc

    body = "91330000MA27U0001"
    body = body[:8] + body[8:16] + uscc.organisation_check(body[8:16])
    return body + uscc.check(body)
