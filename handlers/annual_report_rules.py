"""What is asked of the content of an annual report (第十五条): numbers that agree, and explanations of what stands out.

`errors` keep it from being handed in; findings with status `explain` need a text of the host, `manual` an officer's eye.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from handlers import annual_figures, messages, undeclared
from handlers.annual_figures import plain
from handlers.eligibility_finding import Finding
from handlers.eligibility_form import day, number, numbered, rows, text
from handlers.vocabulary import Case, Facts

DATED = {
    "events": "on",
    "incidents": "on",
    "drills": "on",
    "patents": "on",
    "standards": "on",
    "awards": "on",
    "hgr_filings": "on",
}
"""Tables whose rows happened in the year reported on, with the field of the day."""
COUNTED = {"incident_count": ("incidents", "科技安全事件"), "drill_count": ("drills", "演练、检查")}
"""Numbers that must agree with their table."""
NO_PARTNER, FUNDS = "no_partner", "funds_below_rd"


def errors(case: Case, report: Facts) -> dict[str, str]:
    """Field path → sentence: what cannot stand."""
    found = {
        **dict(_counts(report)),
        **dict(_days(case, report)),
        **dict(_partners(report)),
        **dict(_reward(case, report)),
    }
    signed_on = day(report, "signed_on")
    if signed_on and signed_on > case.today:
        found["signed_on"] = "填报日期不能晚于今天。"
    said = explanations(report)
    lacking = [
        each.message for each in findings(case, report) if each.status == "explain" and not said.get(each.rule_id)
    ]
    if lacking:
        found["explanations"] = f"{'；'.join(one.rstrip('。') for one in lacking)}（填在“需说明事项”）"
    return found


def findings(case: Case, report: Facts) -> list[Finding]:
    """Deviations from last year, differences from the register, and what a running base should have."""
    last = last_report(case)
    limit = Decimal(str(case.parameters.get("annual_report.deviation_percent", 50)))
    moved = annual_figures.deviations(report, last, limit) if last else []
    found = [Finding(each.code, "explain", each.figure.article, each.said, (each.figure.path,)) for each in moved]
    if rows(report, "partners") and not annual_figures.going_on(report):
        found.append(Finding(NO_PARTNER, "explain", "7(2)", "没有存续的海外合作机构。", ("partners",)))
    return found + undeclared.differences(case, report)


def explanations(report: Facts) -> Mapping[str, str]:
    """What the host wrote, by rule."""
    return {text(row, "rule_id"): text(row, "text") for row in rows(report, "explanations") if text(row, "rule_id")}


def newest(case: Case) -> Facts:
    """The report's newest content, whichever task it was written in."""
    found: Facts = case.forms.get("annual_report", {})
    return found


def last_report(case: Case) -> Facts:
    """The base's report of the year before, as it was last handed in; empty when there is none."""
    row = last_proceeding(case)
    if row is None or not row.get("case_id") or case.register is None:
        return {}
    return case.register.submitted(str(row["case_id"])).get("annual_report", {})


def last_proceeding(case: Case) -> Facts | None:
    """The summary of the report of the year before, if one was handed in."""
    if case.register is None or not case.base.get("id"):
        return None
    wanted = {"base_id": str(case.base["id"]), "process": "annual_report", "period": str(year(case) - 1)}
    return next((row for row in case.register.proceedings(**wanted) if row.get("submitted_on")), None)


def year(case: Case) -> int:
    """The year reported on."""
    return int(case.data.get("begun", {}).get("year") or case.today.year - 1)


def period(case: Case) -> tuple[date, date]:
    """The first and the last day that the report covers."""
    begun = case.data.get("begun", {})
    of_year = date(year(case), 1, 1), date(year(case), 12, 31)
    return day(begun, "period_start") or of_year[0], day(begun, "period_end") or of_year[1]


def _counts(report: Facts) -> Iterator[tuple[str, str]]:
    for field, (table, name) in COUNTED.items():
        stated, listed = number(report, field), len(rows(report, table))
        if stated is not None and stated != listed:
            yield field, f"{name}填{plain(stated)}次，明细{listed}行，请核对一致。"


def _days(case: Case, report: Facts) -> Iterator[tuple[str, str]]:
    first, last = period(case)
    for table, field in DATED.items():
        for place, row in numbered(report, table):
            on = day(row, field)
            if on and not first <= on <= last:
                yield (
                    f"{table}.{place}.{field}",
                    f"应在报告期内（{messages.in_chinese(first)}至{messages.in_chinese(last)}）。",
                )


def _partners(report: Facts) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for place, row in numbered(report, "partners"):
        name = "".join(text(row, "name").casefold().split())
        if name and name in seen:
            yield f"partners.{place}.name", "同一机构只填一次。"
        seen.add(name)


def _reward(case: Case, report: Facts) -> Iterator[tuple[str, str]]:
    """第十九条: no more is spent than there is."""
    used = annual_figures.total(rows(report, "reward_use"), "amount")
    left = number(case.data.get("report", {}), "reward_left")
    if left is not None and used > left:
        yield "reward_use", f"本年度支出合计{plain(used)}万元，超过奖励经费余额{plain(left)}万元，请核对。"
