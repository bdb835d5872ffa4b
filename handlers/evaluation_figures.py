"""The figures that an evaluation counts (第五条, 第十五条, 第十八条): what each means and what the annual reports say.

A figure comes from the reports of the data period, from the evaluation's own forms, or from the register. Reads contents
and rows as plain values; knows no task and gives no points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from handlers.eligibility_form import number, rows, text
from handlers.vocabulary import Facts

Reports = Sequence[Facts]
"""Contents of annual reports, the oldest year first."""
Figures = Mapping[str, Decimal]

PERCENT = Decimal(100)
GRADES = {"a": Decimal(100), "b": Decimal(85), "c": Decimal(70), "d": Decimal(0)}
"""Quality of an annual report as the Province graded it → share of the points, in percent."""


@dataclass(frozen=True)
class Figure:
    """One figure: its label and unit, and how the reports give it; None when they cannot."""

    label: str
    unit: str
    reported: Callable[[Reports], Decimal] | None = None

    @property
    def is_reported(self) -> bool:
        """The host states it in the self-assessment, beside what its reports said."""
        return self.reported is not None


def _sum(*keys: str) -> Callable[[Reports], Decimal]:
    """The numbers under these keys, added up over all years."""
    return lambda reports: sum((number(report, key) or Decimal(0) for report in reports for key in keys), Decimal(0))


def _count(table: str) -> Callable[[Reports], Decimal]:
    """The rows of the table, over all years."""
    return lambda reports: Decimal(sum(len(rows(report, table)) for report in reports))


def _partners(reports: Reports) -> list[Facts]:
    """Partners in force by the latest report: new or kept, not ended."""
    latest = reports[-1] if reports else {}
    return [row for row in rows(latest, "partners") if text(row, "state") != "ended"]


def _partners_in_force(reports: Reports) -> Decimal:
    return Decimal(len({text(row, "name") or text(row, "name_zh") for row in _partners(reports)} - {""}))


def _countries(reports: Reports) -> Decimal:
    return Decimal(len({text(row, "country_region") for row in _partners(reports)} - {""}))


def _projects(reports: Reports) -> Mapping[str, Facts]:
    """Each joint project once, as the latest report has it: it stands in the report of every year that it runs."""
    listed = [row for report in reports for row in rows(report, "joint_projects")]
    return {text(row, "number") or text(row, "name"): row for row in listed}


def _project_funds(reports: Reports) -> Decimal:
    return sum((number(row, "funds_total") or Decimal(0) for row in _projects(reports).values()), Decimal(0))


def _joint_patents(reports: Reports) -> Decimal:
    """Patents held or applied for together with a partner abroad; a row says so, or names the partner."""
    listed = [row for report in reports for row in rows(report, "patents")]
    return Decimal(sum(bool(row.get("joint")) or bool(text(row, "partner")) for row in listed))


def _replicated(reports: Reports) -> Decimal:
    return Decimal(sum(row.get("replicated") is True for report in reports for row in rows(report, "cases")))


FIGURES: Mapping[str, Figure] = {
    "partners_in_force": Figure("有效协议海外机构数", "家", _partners_in_force),
    "countries": Figure("合作国家（地区）数", "个", _countries),
    "visits": Figure("来访与出访人次", "人次", _sum("visits_in", "visits_out")),
    "joint_projects": Figure("联合研究项目数", "项", lambda reports: Decimal(len(_projects(reports)))),
    "project_funds": Figure("联合研究经费", "万元", _project_funds),
    "joint_papers": Figure("国际合作论文数", "篇", _sum("joint_papers")),
    "joint_patents": Figure("共有或联合申请专利数", "件", _joint_patents),
    "standards": Figure("参与制定标准数", "项", _count("standards")),
    "cases": Figure("典型案例数", "个", _count("cases")),
    "replicated": Figure("复制推广模式数", "个", _replicated),
    "transfers": Figure("技术转移转化数", "项", _count("transfers")),
    "projects_landed": Figure("落地项目数", "个", _sum("projects_landed")),
    "firms_served": Figure("服务企业数", "家次", _sum("firms_served")),
    "events": Figure("国际科技交流活动数", "场", _count("events")),
    "talents": Figure("引进海外人才数", "人", _sum("talents")),
    "host_support": Figure("依托单位配套经费", "万元"),
    "recommender_support": Figure("组织推荐部门配套经费", "万元"),
    "changes_on_time": Figure("变更按时申请率", "%"),
    "reports_on_time": Figure("年报按时提交率", "%"),
    "report_quality": Figure("年报质量平均等次", "%"),
    "reward_spent": Figure("奖励经费支出比例", "%"),
    "years": Figure("评价年数", "年"),
}
"""Every figure that a formula may read."""

LABELS: Mapping[str, str] = {code: figure.label for code, figure in FIGURES.items()}


def reported(reports: Reports) -> dict[str, Decimal]:
    """What the annual reports of the period say, by figure."""
    return {code: figure.reported(reports) for code, figure in FIGURES.items() if figure.reported is not None}


def support_funds(form: Facts, key: str = "support") -> Decimal:
    """第二十一条: 万元 of matching support in a table of it."""
    return sum((number(row, "amount") or Decimal(0) for row in rows(form, key)), Decimal(0))


def percent(part_of: int | Decimal, whole: int | Decimal, otherwise: int = 100) -> Decimal:
    """The share in percent, to two decimals; `otherwise` where there is no whole."""
    if not whole:
        return Decimal(otherwise)
    return (Decimal(part_of) * PERCENT / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def on_time(proceedings: Sequence[Facts]) -> Decimal:
    """第十五条、第十六条: how many of these were handed in on time, in percent; all of them when there are none."""
    return percent(sum(not row.get("late") for row in proceedings), len(proceedings))


def quality(proceedings: Sequence[Facts]) -> Decimal:
    """Mean quality of the archived annual reports, in percent; a report that was not graded counts as b, none as 0."""
    if not proceedings:
        return Decimal(0)
    graded = [GRADES.get(str(row.get("grade") or "b").lower(), GRADES["b"]) for row in proceedings]
    return percent(sum(graded, Decimal(0)), len(graded) * PERCENT)


def plain(value: Decimal) -> int | float:
    """As JSON has it: whole numbers without decimals."""
    return int(value) if value == value.to_integral_value() else float(value)
