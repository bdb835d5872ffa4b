"""Reading uploaded tables: xlsx and CSV give the same cells; what is no table is told in Chinese."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter

from webapp.engine import cells
from webapp.errors import Invalid


def xlsx(*rows: list[Any]) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet("基地"), book.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                else:
                    sheet.write(line, column, value)
        book.add_worksheet("填写说明").write(0, 0, "不读")
    return out.getvalue()


def test_a_workbook_is_read_as_it_is_shown() -> None:
    content = xlsx(
        ["名称", "日期", "得分", "是"], [" 柔性电子·𠮷 ", date(2019, 12, 20), 88.5, True], [], ["", "", 12.0]
    )
    grid = cells.of_file("表.XLSX", content)
    assert grid[0] == ["名称", "日期", "得分", "是"]
    assert grid[1] == ["柔性电子·𠮷", date(2019, 12, 20), 88.5, True]
    assert grid[3][2] == 12
    assert len(grid) == 4


def test_a_formula_comes_as_its_value() -> None:
    content = xlsx(["a", "b"], [1, "=A2+1"])
    assert cells.of_xlsx(content)[1] == [1, 0]  # written without a calculated value


@pytest.mark.parametrize(("mark", "encoding"), [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "gb18030")])
def test_csv_of_every_office_program(mark: str, encoding: str) -> None:
    text = f'名称{mark}日期\r\n"甲{mark}乙"{mark} 2019/12/20 \r\n'
    assert cells.of_file("表.csv", text.encode(encoding)) == [["名称", "日期"], [f"甲{mark}乙", "2019/12/20"]]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "表格无法打开"),
        ("a.xlsx", b"", "表格无法打开"),
        ("a.csv", "名称,".encode("utf-16"), "文件不是表格"),
        ("a.csv", '名称\n"甲'.encode(), "引号不成对"),
        ("a.csv", b"a\n" * 5002, "超过 5000 行"),
    ],
)
def test_what_is_no_table_is_refused(name: str, content: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        cells.of_file(name, content)
    assert said in refusal.value.fields["file"]
