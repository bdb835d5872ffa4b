"""The figures of an annual report (第五条, 第十四条, 第二十条): counted from its tables, compared with last year's.

An evaluation reads the same figures. Money in 万元, persons and person-times as typed; an absent number counts as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from handlers.eligibility_form import number, rows, text
from handlers.vocabulary import Facts

ENDED = "ended"
"""State of a partner with whom nothing is done any more."""


@dataclass(frozen=True)
class Figure:
    """One figure: how it is called, in which unit, which article asks for it, where it stands in the form."""

    label: str
    unit: str
    article: str
    path: str
    value: Callable[[Facts], Decimal]


@dataclass(frozen=True)
class Deviation:
    """A figure that moved by more than the limit since last year; `percent` with its sign."""

    code: str
    figure: Figure
    last: Decimal
    now: Decimal
    percent: Decimal

    @property
    def said(self) -> str:
        """As the host reads it."""
        unit, sign = self.figure.unit, "增加" if self.percent > 0 else "减少"
        amount = abs(self.percent).quantize(Decimal(1), ROUND_DOWN)
        return f"{self.figure.label}{plain(self.now)}{unit}，上年{plain(self.last)}{unit}，{sign}{amount}%。"


def _typed(key: str) -> Callable[[Facts], Decimal]:
    return lambda report: number(report, key) or Decimal(0)


def _count(table: str) -> Callable[[Facts], Decimal]:
    return lambda report: Decimal(len(rows(report, table)))


def _sum(table: str, key: str) -> Callable[[Facts], Decimal]:
    return lambda report: total(rows(report, table), key)


def total(found: Iterable[Facts], key: str) -> Decimal:
    """The column's sum, exactly."""
    return sum((number(row, key) or Decimal(0) for row in found), Decimal(0))


def going_on(report: Facts) -> list[Facts]:
    """The partners that cooperation goes on with."""
    return [row for row in rows(report, "partners") if row.get("state") != ENDED]


def regions(report: Facts) -> set[str]:
    """Countries and regions of these partners (第二十五条: HKG, MAC, TWN among them)."""
    return {code for row in going_on(report) if (code := text(row, "country_region"))}


FIGURES = {
    "partners": Figure("合作机构", "个", "5(1)", "partners", lambda report: Decimal(len(going_on(report)))),
    "regions": Figure("合作国家（地区）", "个", "5(1)", "partners", lambda report: Decimal(len(regions(report)))),
    "visits_in": Figure("来访", "人次", "5(1)", "visits_in", _typed("visits_in")),
    "visits_out": Figure("出访", "人次", "5(1)", "visits_out", _typed("visits_out")),
    "joint_projects": Figure("联合研究项目", "项", "5(2)", "joint_projects", _count("joint_projects")),
    "project_funds": Figure("联合研究经费", "万元", "5(2)", "joint_projects", _sum("joint_projects", "funds_total")),
    "joint_papers": Figure("合作论文", "篇", "5(2)", "joint_papers", _typed("joint_papers")),
    "patents": Figure("专利等知识产权", "项", "5(2)", "patents", _count("patents")),
    "cases": Figure("合作案例", "个", "5(3)", "cases", _count("cases")),
    "events": Figure("国际交流活动", "场", "5(4)", "events", _count("events")),
    "transfers": Figure("技术转移转化金额", "万元", "5(4)", "transfers", _sum("transfers", "amount")),
    "projects_landed": Figure("引进落地项目", "个", "5(4)", "projects_landed", _typed("projects_landed")),
    "firms_served": Figure("服务企业", "家", "5(4)", "firms_served", _typed("firms_served")),
    "talents": Figure("引进人才", "人", "5(4)", "talents", _typed("talents")),
    "training": Figure("培训", "人次", "5(4)", "training", _typed("training")),
    "funds": Figure("经费投入", "万元", "14(3)", "funds", _sum("funds", "amount")),
    "staff": Figure("基地人员", "人", "14(2)", "staff", _typed("staff")),
    "rd_spend": Figure("研发投入", "万元", "14(3)", "rd_spend", _typed("rd_spend")),
}


def figures(report: Facts) -> dict[str, Decimal]:
    """Code → value of every figure."""
    return {code: figure.value(report) for code, figure in FIGURES.items()}


def deviations(report: Facts, last: Facts, limit: Decimal) -> list[Deviation]:
    """Figures that moved by more than `limit` percent; what was 0 last year has no percentage and is not asked about."""
    now, before = figures(report), figures(last)
    found = []
    for code, figure in FIGURES.items():
        if before[code] == 0:
            continue
        percent = (now[code] - before[code]) * 100 / before[code]
        if abs(percent) > limit:
            found.append(Deviation(code, figure, before[code], now[code], percent))
    return found


def plain(value: Decimal) -> str:
    """The number as people write it, without trailing zeros."""
    return f"{value.normalize():f}"
