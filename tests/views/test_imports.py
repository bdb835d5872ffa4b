"""The officer's import page: template, preview that changes nothing, faults by row and column, then the import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.engine.test_cells import xlsx
from tests.views.conftest import SYSTEM, token
from webapp import clock
from webapp.engine import cells
from webapp.store import organisations, register
from webapp.views.desk import Desk

SignIn = Callable[[str], FlaskClient]
HEAD = ["基地名称", "依托单位", "统一社会信用代码", "设区市", "原类别", "负责人", "认定日期", "认定文号"]
ROW: list[Any] = ["柔性传感国际科技合作基地", "示例海创园有限公司", "91330108MAXXXX0151", "杭州市", "企业", "沈知远"]
ROW += [date(2019, 12, 20), "浙科发外〔2019〕128号"]
WRONG = [*ROW[:1], "示例海创园公司", *ROW[2:6], "2099-01-01", "浙科发外〔2019〕128号"]


def post(client: FlaskClient, address: str, **fields: object):  # type: ignore[no-untyped-def]  # werkzeug's test response
    data = {
        "csrf_token": token(client, "/account"),
        "command_id": f"imports-{clock.now().timestamp()}".replace(".", "-"),
    }
    return client.post(address, data={**data, **fields}, content_type="multipart/form-data")


def previewed(client: FlaskClient, *rows: list[Any], name: str = "清单.xlsx", content: bytes = b"") -> tuple[str, str]:
    """The page, and the id of the kept table."""
    given = content or xlsx(HEAD, *rows)
    answer = post(client, "/imports/bases/preview", file=(BytesIO(given), name))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, page
    mark = 'name="file" value="'
    return page, page.split(mark)[1].split('"')[0] if mark in page else ""


def count(app: Desk) -> int:
    with app.database.reading(SYSTEM) as tx:
        return len(register.bases(tx))


def test_the_template_explains_every_column(sign_in: SignIn) -> None:
    answer = sign_in("officer").get("/imports/bases/template")
    grid = cells.of_xlsx(answer.data)
    assert grid[0][:4] == ["基地编号", "基地名称", "依托单位", "统一社会信用代码"]
    page = sign_in("officer").get("/imports/results").get_data(as_text=True)
    assert "计入连续不合格" in page
    assert "下载模板" in page


@pytest.mark.article("26")
def test_preview_changes_nothing_and_the_import_everything(sign_in: SignIn, app: Desk) -> None:
    """第二十六条：先预览后导入；预览不写台账。"""
    officer, before = sign_in("officer"), count(app)
    page, file_id = previewed(officer, ROW)
    assert "共 1 行，1 行可以导入" in page
    assert "导入全部 1 行" in page
    assert count(app) == before
    answer = post(officer, "/imports/bases", file=file_id, source="2026 年存量清单")
    assert answer.status_code == 302
    assert count(app) == before + 1
    page = officer.get("/imports/bases").get_data(as_text=True)
    assert "已导入基地 1 个，新登记单位 1 家，发起存量归类 1 件" in page
    assert "2026 年存量清单" in page
    assert officer.get(f"/files/{file_id}").status_code == 200
    with app.database.reading(SYSTEM) as tx:
        unit = organisations.by_uscc(tx, "91330108MAXXXX0151")
        assert unit is not None
        assert [base.origin for base in register.bases(tx, host_id=unit.id)] == ["legacy"]


@pytest.mark.article("26")
def test_faults_name_row_and_column_and_right_rows_may_go_alone(sign_in: SignIn, app: Desk) -> None:
    """第二十六条：有误的行写明行号、列名；可只导入没有错误的行。"""
    officer, before = sign_in("officer"), count(app)
    page, file_id = previewed(officer, ROW, [], WRONG)
    assert "第 4 行“认定日期”：2099-01-01 晚于今天。" in page
    assert "第 4 行“依托单位”：同一代码前面的行填的是" in page
    assert "只导入没有错误的 1 行" in page
    refused = post(officer, "/imports/bases", file=file_id, source="清单")
    assert refused.status_code == 422
    assert count(app) == before
    assert post(officer, "/imports/bases", file=file_id, source="清单", only_right="1").status_code == 302
    assert count(app) == before + 1


def test_the_same_click_twice_imports_once(sign_in: SignIn, app: Desk) -> None:
    officer, before = sign_in("officer"), count(app)
    _, file_id = previewed(officer, ROW)
    for _ in range(2):
        answer = post(officer, "/imports/bases", file=file_id, source="清单", command_id="imports-the-same-click")
        assert answer.status_code == 302
    assert count(app) == before + 1


def test_csv_will_do(sign_in: SignIn) -> None:
    text = "\n".join(",".join(map(str, row)) for row in (HEAD, ROW))
    page, file_id = previewed(sign_in("officer"), name="清单.csv", content=text.encode("gb18030"))
    assert "1 行可以导入" in page
    assert file_id


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("", b"", "请选择要导入的表格"),
        ("a.pdf", b"%PDF-1.4 x", "PDF"),
        ("a.xlsx", b"not a workbook", "不符"),
        ("a.csv", "名称".encode("utf-16"), "文件不是表格"),
        ("a.csv", b"x" * (5 * 1024 * 1024 + 1), "超过 5 MB"),
        ("a.exe", b"MZ", "不支持该文件类型"),
    ],
)
def test_what_is_no_table_is_refused_in_place(sign_in: SignIn, name: str, content: bytes, said: str) -> None:
    answer = post(sign_in("officer"), "/imports/bases/preview", file=(BytesIO(content), name))
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_a_wrong_heading_offers_nothing_to_import(sign_in: SignIn) -> None:
    page, file_id = previewed(sign_in("officer"), content=xlsx(["编号", "名字"], [1, 2]))
    assert "第 1 行“基地名称”：缺少该列，请使用下载的模板。" in page
    assert "没有可以导入的行" in page
    assert file_id == ""


def test_without_a_source_the_preview_stays(sign_in: SignIn, app: Desk) -> None:
    officer, before = sign_in("officer"), count(app)
    _, file_id = previewed(officer, ROW)
    answer = post(officer, "/imports/bases", file=file_id, source=" ")
    assert answer.status_code == 422
    assert "请填写表格来源" in answer.get_data(as_text=True)
    assert count(app) == before


def test_another_person_s_table_and_a_lost_one_are_asked_for_again(sign_in: SignIn, world: Any) -> None:
    officer = sign_in("officer")
    for file_id in (world.ids["file_id"], "no-such-file"):
        answer = post(officer, "/imports/bases", file=file_id, source="清单")
        assert answer.status_code == 422
        assert "请重新上传" in answer.get_data(as_text=True)


def test_leaders_read_and_only_the_officer_imports(sign_in: SignIn) -> None:
    head = sign_in("division_head")
    page = head.get("/imports/bases").get_data(as_text=True)
    assert "下载模板" in page
    assert "上传表格" not in page
    assert post(head, "/imports/bases/preview", file=(BytesIO(b""), "a.xlsx")).status_code == 403
    assert sign_in("city").get("/imports/bases").status_code == 403
    assert sign_in("officer").get("/imports/nothing").status_code == 404
