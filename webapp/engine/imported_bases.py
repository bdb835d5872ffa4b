"""The table of existing bases (第二十六条): its columns, and what the register and the other rows say of each row.

Designation days and documents are those of the old rules; the old category only proposes a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers import documents
from handlers.legacy_category import LEGACY
from handlers.national import TYPES
from webapp import clock
from webapp.engine import context, imported_rows
from webapp.engine.cells import Grid
from webapp.engine.imported_rows import Column, Line, Table
from webapp.store import codes, organisations, register, releases
from webapp.store.db import Tx
from webapp.store.tables import Organisation

STATUSES = {"active": "在管", "exited": "主动退出", "revoked": "取消资格"}
LEVELS = {"provincial": "省级", "national": "国家级"}
SPELLINGS = {
    "高校": "institute",
    "科研院所": "institute",
    "院所高校": "institute",
    "中介机构": "intermediary",
    "技术转移机构": "intermediary",
    "园区": "park",
    "海外": "overseas",
}
"""How lists of the old rules name their categories besides."""


@dataclass(frozen=True)
class Wanted:
    """A row that may be imported: the base's fields, and its host, which may have to be registered first."""

    line: int
    base: Mapping[str, Any]
    host: Mapping[str, Any]
    """`id` when the unit is known; name, uscc, city, host_kind, recommender_id."""
    legacy: str
    proposed: str


def columns(tx: Tx) -> Sequence[Column]:
    """The template's columns, with the lists as they are now."""
    today = clock.today()
    recommenders = {row.id: row.name for row in organisations.of_kind(tx, "city_bureau", "competent_dept")}
    cities = codes.labels(tx, "city")
    regions = codes.labels(tx, "country_region")
    short = {label.removesuffix("市"): code for code, label in cities.items()}
    one, text, day = imported_rows.one_of, imported_rows.text, imported_rows.day
    return (
        Column("code", "基地编号", text(30, 4), hint="已有编号的填写；不填由系统编号", example="ZJGH-2019-J003"),
        Column("name", "基地名称", text(100, 4), True, "与认定文件一致", "柔性电子国际科技合作基地"),
        Column("host_name", "依托单位", text(100, 2), True, "单位全称", "西溪理工大学"),
        Column("uscc", "统一社会信用代码", imported_rows.credit_code, True, "18 位，该列请设为文本", "12330000MA11GH074Q"),
        Column("host_kind", "依托单位类型", one(codes.labels(tx, "host_kind")), hint="单位尚未登记时填写", example="高校"),
        Column("city", "设区市", one(cities, short), True, "", "杭州市"),
        Column("recommender", "组织推荐部门", one(recommenders), hint="不填按台账或者所在设区市", example="浙江省教育厅"),
        Column("level", "级别", one(LEVELS), hint="不填为省级", example="省级"),
        Column("national_type", "国家级类型", one(TYPES), hint="级别为国家级的必填"),
        Column("legacy", "原类别", one(LEGACY, SPELLINGS), hint="省级的原类别、新类别至少填一项", example="科研院所、高校"),
        Column("category", "新类别", one(codes.labels(tx, "category")), hint="不填按原类别建议，由依托单位确认"),
        Column("leader", "负责人", text(50, 2), True, "", "沈知远"),
        Column("contact", "联系人", text(50, 2)),
        Column("field_code", "所属领域", one(codes.labels(tx, "field"))),
        Column("regions", "合作国家（地区）", imported_rows.many_of(regions), hint="用顿号隔开", example="德国、荷兰"),
        Column("designated_on", "认定日期", day(today), True, "认定文件的成文日期", "2019-12-20"),
        Column("doc_no", "认定文号", imported_rows.doc_no, True, "", "浙科发外〔2019〕128号"),
        Column("status", "状态", one(STATUSES), hint="不填为在管", example="在管"),
        Column("status_on", "状态日期", day(today), hint="已退出、已取消的必填"),
    )  # fmt: skip


def read(tx: Tx, grid: Grid) -> Table:
    """The table with every fault, also those that only the register or another row shows."""
    table = imported_rows.read(columns(tx), grid)
    if table.is_readable:
        _judge(tx, table)
    return table


def wanted(tx: Tx, table: Table) -> list[Wanted]:
    """What the right rows ask for, in their order."""
    units = _Units(tx)
    return [_wanted(tx, line, units) for line in table.right]


class _Units:
    """The registered units as rows mean them."""

    def __init__(self, tx: Tx) -> None:
        rows = organisations.of_kind(tx)
        self._tx = tx
        self._by_code: dict[str, Organisation | None] = {row.uscc: row for row in rows if row.uscc}
        self._bureaus = {row.city: row.id for row in rows if row.kind == "city_bureau"}

    def known(self, values: Mapping[str, Any]) -> Organisation | None:
        """The unit with the row's credit code, also one that is not active any more."""
        code = str(values["uscc"] or "")
        if code and code not in self._by_code:
            self._by_code[code] = organisations.by_uscc(self._tx, code)
        return self._by_code.get(code)

    def recommender(self, values: Mapping[str, Any]) -> str | None:
        """As written, else as master data say, else the bureau of the city."""
        host = self.known(values)
        if values["recommender"]:
            return str(values["recommender"])
        bond = organisations.recommender_of(self._tx, host.id, clock.today()) if host is not None else None
        return bond or self._bureaus.get(values["city"])


# ---------------------------------------------------------------------------------------------- what is wrong


def _judge(tx: Tx, table: Table) -> None:
    units, bases = _Units(tx), register.bases(tx)
    names = {(row.host_id, row.name) for row in bases}
    taken = {row.code for row in bases}
    seen: dict[tuple[str, str], int] = {}
    seen_codes: dict[str, int] = {}
    named: dict[str, str] = {}
    for line in table.lines:
        values, host = line.values, units.known(line.values)
        _judge_row(table, line)
        _judge_host(table, line, units, named)
        key = (str(values["uscc"]), str(values["name"]))
        if all(key) and key in seen:
            table.add(line.number, "name", f"与第 {seen[key]} 行重复。")
        seen.setdefault(key, line.number)
        if host is not None and (host.id, str(values["name"])) in names:
            table.add(line.number, "name", "台账中已有该单位的同名基地。")
        code = values["code"]
        if code in taken:
            table.add(line.number, "code", f"编号{code}已在台账中。")
        elif code in seen_codes:
            table.add(line.number, "code", f"与第 {seen_codes[code]} 行重复。")
        if code:
            seen_codes.setdefault(code, line.number)


def _judge_row(table: Table, line: Line) -> None:
    values = line.values
    if values["level"] == "national":
        if not values["national_type"]:
            table.add(line.number, "national_type", "国家级基地必填，请补填。")
        if values["status"] not in (None, "active"):
            table.add(line.number, "status", "国家级基地按科技部办法管理，此处填“在管”。")
    else:
        if not values["legacy"] and not values["category"]:
            table.add(line.number, "legacy", "原类别、新类别至少填一项。")
        if values["doc_no"] and not documents.is_doc_no(values["doc_no"]):
            table.add(line.number, "doc_no", f"“{values['doc_no']}”应形如“浙科发外〔2019〕128号”。")
    ended = values["status"] in ("exited", "revoked")
    if ended and values["status_on"] is None:
        table.add(line.number, "status_on", "已退出、已取消的必填，请补填。")
    designated_on, status_on = values["designated_on"], values["status_on"]
    if designated_on and status_on and status_on < designated_on:
        table.add(line.number, "status_on", "不能早于认定日期。")


def _judge_host(table: Table, line: Line, units: _Units, named: dict[str, str]) -> None:
    values, host = line.values, units.known(line.values)
    uscc, name = str(values["uscc"] or ""), str(values["host_name"] or "")
    if not uscc or not name:
        return
    if host is not None and host.name != name:
        table.add(line.number, "host_name", f"该代码登记的单位是“{host.name}”，请核对名称或者代码。")
    elif host is not None and host.kind != "host":
        table.add(line.number, "uscc", f"“{host.name}”不是依托单位。")
    elif named.setdefault(uscc, name) != name:
        table.add(line.number, "host_name", f"同一代码前面的行填的是“{named[uscc]}”。")
    elif values["city"] and units.recommender(values) is None:
        table.add(line.number, "recommender", "该设区市没有登记科技主管部门，请填写组织推荐部门。")


# ---------------------------------------------------------------------------------------------- what is wanted


def _wanted(tx: Tx, line: Line, units: _Units) -> Wanted:
    values, host = line.values, units.known(line.values)
    national = values["level"] == "national"
    legacy = str(values["legacy"] or "")
    proposed = "" if national else str(values["category"] or _proposed(tx, legacy))
    recommender = units.recommender(values)
    status, status_on = _status(values, national)
    base = {
        "name": values["name"],
        "category": proposed,
        "level": values["level"] or "provincial",
        "national_type": values["national_type"] or "" if national else "",
        "leader": values["leader"],
        "contact": values["contact"] or "",
        "city": values["city"],
        "recommender_id": recommender,
        "field_code": values["field_code"] or "",
        "regions": values["regions"] or [],
        "designated_on": values["designated_on"],
        "doc_no": values["doc_no"],
        "origin": "national" if national else "legacy",
        "status": status,
        "status_on": status_on,
        **({"code": values["code"]} if values["code"] else {}),
    }
    unit = {
        "id": host.id if host else "",
        "name": values["host_name"],
        "uscc": values["uscc"],
        "city": values["city"],
        "host_kind": values["host_kind"],
        "recommender_id": recommender,
    }
    return Wanted(line.number, base, unit, legacy, proposed)


def _status(values: Mapping[str, Any], national: bool) -> tuple[str, date]:
    """A national base is managed by the ministry, whether it ever was provincial or not (第二十四条)."""
    if national:
        return "transferred_national", values["status_on"] or values["designated_on"]
    return values["status"] or "active", values["status_on"] or values["designated_on"]


def _proposed(tx: Tx, legacy: str) -> str:
    """What the table `legacy_category` in force proposes."""
    release = releases.current(tx, clock.today()).id
    answer = context.of(tx).catalog.decide(tx, release, "legacy_category", {"legacy": legacy})
    return str(answer["category"])
