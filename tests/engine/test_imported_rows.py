"""A table by its columns: every bad cell by row and column, none skipped in silence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from webapp.engine import imported_rows as rows

COLUMNS = (
    rows.Column("name", "名称", rows.text(10, 2), required=True),
    rows.Column("on", "日期", rows.day(date(2026, 3, 2)), required=True),
    rows.Column("city", "设区市", rows.one_of({"330100": "杭州市"}, {"杭州": "330100"})),
)


def test_columns_are_found_by_title_in_any_order() -> None:
    table = rows.read(
        COLUMNS,
        [["设区市", "*名称", "日期●", ""], ["杭州", "甲基地", "2019年12月20日"], ["", None, ""], ["", "乙基地", 43819]],
    )
    assert table.faults == []
    assert [line.number for line in table.right] == [2, 4]
    assert table.lines[0].values == {"name": "甲基地", "on": date(2019, 12, 20), "city": "330100"}
    assert table.lines[1].values == {"name": "乙基地", "on": date(2019, 12, 20), "city": None}
    assert table.lines[0].written["city"] == "杭州"


def test_every_fault_names_row_and_column() -> None:
    table = rows.read(
        COLUMNS, [["名称", "日期", "设区市"], ["甲", "2019-02-30", "上海"], ["", "2026-03-03"], ["乙基地", "明天"]]
    )
    assert [fault.text for fault in table.told] == [
        "第 2 行“名称”：应为 2 至 10 字，现为 1 字。",
        "第 2 行“日期”：没有“2019-02-30”这一天。",
        "第 2 行“设区市”：“上海”无效，请填写：杭州市。",
        "第 3 行“名称”：必填，请补填。",
        "第 3 行“日期”：2026-03-03 晚于今天。",
        "第 4 行“日期”：“明天”不是日期，请按 2019-12-20 填写。",
    ]
    assert table.right == []


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ([], "第 1 行“名称”：缺少该列，请使用下载的模板。"),
        ([["名称", "日期"]], "第 1 行：表中没有任何一行数据，请从第 2 行起填写。"),
        ([["名称"], ["甲基地"]], "第 1 行“日期”：缺少该列，请使用下载的模板。"),
        (
            [["名称", "日期", "备注"], ["甲基地", "2019-12-20", "x"]],
            "第 1 行“备注”：模板中没有该列，请删去或者改用模板的列名。",
        ),
        ([["名称", "日期", "名称"], ["甲基地", "2019-12-20"]], "第 1 行“名称”：该列出现两次，请删去一列。"),
        ([["编号", "单位"], ["1", "2"]], "第 1 行“编号”：模板中没有该列，请删去或者改用模板的列名。"),
    ],
)
def test_a_wrong_heading_stops_everything(grid: list[list[Any]], said: str) -> None:
    table = rows.read(COLUMNS, grid)
    assert said in [fault.text for fault in table.told]
    assert not table.is_readable
    assert table.right == []


@pytest.mark.parametrize(
    ("reader", "cell", "value"),
    [
        (rows.day(), date(2019, 12, 20), date(2019, 12, 20)),
        (rows.day(), "20191220", date(2019, 12, 20)),
        (rows.day(), "2019.1.5", date(2019, 1, 5)),
        (rows.text(10), 330100, "330100"),
        (rows.many_of({"DEU": "德国", "TWN": "中国台湾"}), "德国、中国台湾", ["DEU", "TWN"]),
        (rows.many_of({"DEU": "德国"}), "德国，", ["DEU"]),
        (rows.yes_no, "是", True),
        (rows.yes_no, "否", False),
        (rows.number(100), 88.5, Decimal("88.5")),
        (rows.year(2026), 2025, "2025"),
        (rows.year(2026), "2025年度", "2025"),
        (rows.credit_code, "91330108maxxxx0151", "91330108MAXXXX0151"),
        (rows.doc_no, "浙科发外[2019]0128号", "浙科发外〔2019〕128号"),
        (rows.doc_no, "国科办外〔2026〕15号", "国科办外〔2026〕15号"),
    ],
)
def test_readers(reader: Any, cell: Any, value: Any) -> None:
    assert reader(cell) == value


@pytest.mark.parametrize(
    ("reader", "cell", "said"),
    [
        (rows.day(), "1949-10-01", "过早"),
        (rows.day(), 12, "不是日期"),
        (rows.many_of({"DEU": "德国"}), "德国、火星", "“火星”无效"),
        (rows.yes_no, "对", "请填写“是”或“否”"),
        (rows.number(100), "九十", "不是数字"),
        (rows.number(100), 101, "0 到 100"),
        (rows.number(100), "NaN", "0 到 100"),
        (rows.year(2026), "2027", "不是年度"),
        (rows.year(2026), "上一年", "不是年度"),
        (rows.credit_code, 91330108, "设为文本格式"),
        (rows.credit_code, "91330108MAXXXX0152", "校验"),
        (rows.doc_no, "12", "4 至 60 字"),
    ],
)
def test_readers_refuse_in_chinese(reader: Any, cell: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        reader(cell)


def test_long_lists_are_told_in_part() -> None:
    labels = {str(n): f"第{n}" for n in range(20)}
    with pytest.raises(ValueError, match="第11……。"):
        rows.one_of(labels)("x")
