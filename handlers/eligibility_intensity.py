"""研发投入强度 against the national high-tech enterprise standard (art. 8(1), 10(2)).

Source: 国科发火〔2016〕32号第十一条（五）. Exact: nothing is rounded before it is compared. Amounts in 万元.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from handlers import eligibility_form as form_of
from handlers.eligibility_finding import Finding, Rule, soft
from handlers.vocabulary import Case, Facts

_YEARS = 3
_CENT = Decimal("0.01")
_DOMESTIC_MIN = 60


@dataclass(frozen=True)
class Year:
    """One fiscal year: sales revenue, R&D expenses and those spent in the country, 万元."""

    year: int
    sales: Decimal
    rd: Decimal
    domestic: Decimal | None


def check(case: Case, form: Facts, rule: Rule, on: date) -> list[Finding]:
    """The intensity and the domestic share; `on` is the day of the application."""
    years, doubt = read(form, on)
    if doubt:
        return [rule.says("manual", f"{doubt}，请人工核验研发投入强度")]
    return [_intensity(case, years, rule), _domestic(case, years, rule)]


def read(form: Facts, on: date) -> tuple[list[Year], str]:
    """The years in order, and why they cannot be judged by machine (empty when they can)."""
    years, doubt = _years(form)
    return years, doubt or _doubt(years, _expected(form, on))


def ratio(years: list[Year]) -> Fraction:
    """Total R&D over total sales."""
    return Fraction(_total_rd(years)) / Fraction(_total_sales(years))


def mean_ratio(years: list[Year]) -> Fraction | None:
    """Mean of the yearly ratios; None when a year had no sales."""
    if any(year.sales == 0 for year in years):
        return None
    return sum((Fraction(year.rd) / Fraction(year.sales) for year in years), Fraction(0)) / len(years)


def to_percent(value: Fraction) -> str:
    """Per cent with two decimals cut off, never rounded up to a threshold."""
    exact = Decimal(value.numerator) * 100 / Decimal(value.denominator)
    return str(exact.quantize(_CENT, rounding=ROUND_DOWN))


def _intensity(case: Case, years: list[Year], rule: Rule) -> Finding:
    last = years[-1].sales
    minimum = Decimal(str(case.decide("hnte_intensity", sales=last)["minimum"]))
    reached = _total_rd(years) * 100 >= minimum * _total_sales(years)
    mean = mean_ratio(years)
    shown = f"近三年研发投入强度为{to_percent(ratio(years))}%{_fewer(years)}"
    if mean is not None and (mean * 100 >= Fraction(minimum)) is not reached:
        return rule.says(
            "explain",
            f"{shown}（合计口径），逐年平均为{to_percent(mean)}%，国家高新技术企业标准为{minimum}%，"
            "两种口径结论不一致，请说明情况",
        )
    if reached:
        return rule.says("pass", f"{shown}，达到国家高新技术企业标准{minimum}%（最近一年销售收入{last}万元）")
    return rule.says("reject", f"{shown}，低于国家高新技术企业标准{minimum}%（最近一年销售收入{last}万元）")


def _domestic(case: Case, years: list[Year], rule: Rule) -> Finding:
    minimum = Decimal(str(case.parameters.get("hnte.domestic_min", _DOMESTIC_MIN)))
    domestic = Rule(f"{rule.id}b", rule.article, rule.evidence)
    if any(year.domestic is None for year in years):
        return domestic.says("manual", "未填写境内研发费用，请人工核验境内研发费用占比")
    spent = sum((year.domestic or Decimal(0) for year in years), Decimal(0))
    total = _total_rd(years)
    if spent * 100 >= minimum * total:
        return domestic.says("pass", f"境内研发费用占比不低于{minimum}%")
    share = to_percent(Fraction(spent) / Fraction(total))
    return domestic.says(soft(case, "hnte.domestic_min"), f"境内研发费用占比为{share}%，低于{minimum}%，请说明情况")


def _years(form: Facts) -> tuple[list[Year], str]:
    years = []
    for row in form_of.rows(form, "finance3"):
        year, sales, rd = (form_of.number(row, key) for key in ("year", "sales", "rd_total"))
        if year is None or sales is None or rd is None:
            return [], "近三年经营与研发投入数据不完整"
        years.append(Year(int(year), sales, rd, form_of.number(row, "rd_domestic")))
    return sorted(years, key=lambda year: year.year), ""


def _expected(form: Facts, on: date) -> list[list[int]]:
    """The fiscal years that may be given: the last three, or those before when the last is not audited yet."""
    founded = form_of.day(form, "founded_on")
    first = founded.year if founded else 0
    spans = [range(last - _YEARS + 1, last + 1) for last in (on.year - 1, on.year - 2)]
    return [[year for year in span if year >= first] for span in spans]


def _doubt(years: list[Year], expected: list[list[int]]) -> str:
    given = [year.year for year in years]
    if not given:
        return "未填写近三年经营与研发投入数据"
    if given not in expected:
        asked = "、".join(map(str, expected[0])) or "成立后的完整会计"
        return f"所填会计年度（{'、'.join(map(str, given))}）与应填年度（{asked}年度）不一致"
    if any(min(year.sales, year.rd, year.domestic or Decimal(0)) < 0 for year in years):
        return "经营与研发投入数据中有负数"
    if _total_sales(years) == 0:
        return "销售收入合计为0"
    if any(year.rd > year.sales for year in years):
        return "研发费用大于销售收入"
    if any((year.domestic or Decimal(0)) > year.rd for year in years):
        return "境内研发费用大于研发费用总额"
    return ""


def _fewer(years: list[Year]) -> str:
    return "" if len(years) == _YEARS else f"（按实际经营的{len(years)}个会计年度计算）"


def _total_rd(years: list[Year]) -> Decimal:
    return sum((year.rd for year in years), Decimal(0))


def _total_sales(years: list[Year]) -> Decimal:
    return sum((year.sales for year in years), Decimal(0))
