"""What a grade brings about (第十八条, 第十九条, 第二十二条第二项): the record, the letter, reward, improvement, revocation."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from handlers import evaluation_document, evaluation_plan, evaluation_results, messages
from handlers import evaluation_messages as said
from handlers import round_progress as reading
from handlers.eligibility_form import day, number, part, rows, text
from handlers.evaluation_figures import plain
from handlers.vocabulary import (
    Case,
    Effect,
    Facts,
    IssueDocument,
    Notify,
    Outcome,
    StartCase,
    UpdateProceeding,
)

WEAK = 60
"""A line with fewer percent of its points is a problem for the improvement plan."""
FOLLOWS = {
    evaluation_plan.EXCELLENT: "依据第十九条，按照《浙江省科技发展专项资金管理办法》相关规定给予适当奖励，"
    "奖励经费的实施情况及成效作为下一轮绩效评价的重点内容。",
    evaluation_plan.UNQUALIFIED: "依据第十八条，请组织推荐部门强化支持与指导，明确优化提升方案；"
    "连续两次评价“不合格”的，取消国合基地资格，三年内不得再次申报。",
}
"""What the letter says follows from the grade."""


def record_grade(case: Case) -> Outcome:
    """登记评价等次和文号，向依托单位发反馈意见；不合格的告知复核途径。

    The grade stands in the register with its document; the host has the letter, and the 复核 text if it is adverse.
    """
    told, grade = case.data.get("graded", {}), _grade(case)
    decided_on = day(told, "decided_on") or case.today
    known = part(case.proceeding, "facts")
    result = part(known, "result")
    label = evaluation_document.label(case, grade)
    fields = {
        "grade": grade,
        "score": number(result, "total"),
        "doc_no": text(told, "doc_no"),
        "decided_on": decided_on,
        "period": str(case.round.get("id") or ""),
        "status": grade,
        "note": text(told, "reason"),
        # Laid over what is known, which the rest of this step reads too.
        "facts": {**known, "rank": told.get("rank"), "of": told.get("of"), "round_name": _round_name(case)},
    }
    letter = f"{_base(case)}绩效评价结果反馈意见"
    notice = said.graded(_base(case), _round_name(case), label, text(told, "doc_no"))
    if grade == evaluation_plan.UNQUALIFIED:
        notice += said.reconsideration(reading.limit(case, "reconsideration.days", 10))
    effects: list[Effect] = [
        UpdateProceeding(fields),
        IssueDocument("evaluation_feedback", letter, _letter(case, label, result), issued_on=decided_on),
        *_tell_host(case, notice, "绩效评价结果"),
    ]
    return Outcome({"grade": grade, "label": label, "decided_on": decided_on.isoformat()}, effects)


def start_reward(case: Case) -> Outcome:
    """评价优秀的，发起奖励办理，一次评价只发起一次（第十九条）。

    第十九条: 优秀 begins a reward, once an evaluation.
    """
    facts = {"base_id": case.base.get("id"), "title": _base(case), "data": _beginning(case)}
    return Outcome({"on": case.today.isoformat()}, [StartCase("reward", f"reward:{case.id}", facts)])


def start_improvement(case: Case) -> Outcome:
    """评价不合格的，发起提醒督促和优化提升，带入评价发现的问题（第十八条）。

    第十八条: 不合格 begins the reminder and the improvement plan, with what the evaluation found wanting.
    """
    data = {**_beginning(case), "problems": problems(case)}
    facts = {"base_id": case.base.get("id"), "title": _base(case), "data": data}
    return Outcome({"on": case.today.isoformat()}, [StartCase("improvement", f"improvement:{case.id}", facts)])


def check_consecutive(case: Case) -> Outcome:
    """判断是否已连续不合格达到取消资格的次数（第十八条、第二十二条第二项）。

    第十八条, 第二十二条（二）: whether this result makes the base unqualified as many times running as leads to revocation.
    """
    register = reading.register(case)
    known = register.proceedings(base_id=str(case.base.get("id")), process="evaluation")
    decided_on = day(case.data.get("graded", {}), "decided_on") or case.today
    results = evaluation_results.with_result(known, case.id, _grade(case), decided_on, _round_name(case))
    resets = bool(case.parameters.get("evaluation.skip_resets", False))
    run = evaluation_results.run_of_unqualified(results, skip_resets=resets)
    times = reading.limit(case, "unqualified.consecutive", 2)
    names = [evaluation_results.round_name(row) for row in run[-max(times, 1) :]]
    return Outcome({"times": len(run), "due": 0 < times <= len(run), "rounds": names})


def propose_revocation(case: Case) -> Outcome:
    """连续不合格的，提出取消资格建议，由人立案决定（第二十二条第二项）。

    第二十二条（二）: the ground is proposed with both rounds; the decision is people's (第二十二条).
    """
    names = [str(name).removesuffix("绩效评价") for name in case.data.get("consecutive", {}).get("rounds", ())]
    facts = messages.unqualified_twice(_base(case), "、".join(names[:-1]), "".join(names[-1:]))
    notice = f"{messages.SIGN}{facts}系统已提出取消资格建议，请立案办理。"
    told = Notify("province_officer", "province", notice, subject="连续不合格")
    return Outcome({"on": case.today.isoformat()}, [revocation(case, "G2", facts), told])


def revocation(case: Case, ground: str, facts: str) -> StartCase:
    """A revocation proposed for this ground; an open one takes the ground up instead (domain.md 3.6)."""
    data = {
        "grounds": [
            {
                "ground": ground,
                "facts": facts,
                "source": case.id,
                "source_number": case.number,
                "on": case.today.isoformat(),
            }
        ]
    }
    wanted = {"base_id": case.base.get("id"), "title": _base(case), "data": data}
    return StartCase("revocation", f"revocation:{ground}:{case.id}", wanted, joins="ground_added")


def problems(case: Case) -> list[dict[str, str]]:
    """What the plan has to answer: weak lines of the system's points by task, then what the experts and the officer wrote."""
    weak: dict[str, list[Facts]] = {}
    for row in rows(part(case.proceeding, "facts"), "quant"):
        if _points(row, "points") * 100 < _points(row, "max") * WEAK:
            weak.setdefault(text(row, "group"), []).append(row)
    found = [{"problem": _weakness(group, lines), "source": "定量指标"} for group, lines in weak.items()]
    panel = text(case.forms.get("summarise", {}), "problems")
    officer = text(part(part(case.proceeding, "facts"), "result"), "note")
    said_by = (("专家评审", panel), ("省科技厅", officer))
    return found + [{"problem": what, "source": who} for who, what in said_by if what]


def _weakness(group: str, lines: Sequence[Facts]) -> str:
    """合作渠道与网络：人员往来、合作国家（地区）得分偏低，得1.5分（满分7分）。"""
    named = "、".join(text(row, "name") for row in lines)
    got, most = (sum((_points(row, key) for row in lines), Decimal(0)) for key in ("points", "max"))
    return f"{group}：{named}得分偏低，得{plain(got)}分（满分{plain(most)}分）。"


def _points(row: Facts, key: str) -> Decimal:
    return number(row, key) or Decimal(0)


def _beginning(case: Case) -> dict[str, Any]:
    """What a case that follows from the grade reads of the evaluation."""
    told, result = case.data.get("graded", {}), part(part(case.proceeding, "facts"), "result")
    return {
        "evaluation": case.id,
        "evaluation_number": case.number,
        "round_id": str(case.round.get("id") or ""),
        "round_name": _round_name(case),
        "grade": _grade(case),
        "score": result.get("total"),
        "doc_no": text(told, "doc_no"),
        "decided_on": text(told, "decided_on"),
    }


def _letter(case: Case, label: str, result: Facts) -> Facts:
    """The content of the feedback letter: grade, points line by line with formulas, comments, what follows."""
    told, grade = case.data.get("graded", {}), _grade(case)
    summary = case.forms.get("summarise", {})
    adverse = grade == evaluation_plan.UNQUALIFIED
    return {
        "recipients": str(case.host.get("name", "")),
        "base_name": _base(case),
        "host_name": str(case.host.get("name", "")),
        "number": case.number,
        "round": _round_name(case),
        "doc_no": text(told, "doc_no"),
        "grade": label,
        **{key: result.get(key) for key in ("quant", "expert", "adjustment", "total")},
        "veto": text(result, "veto"),
        "reason": text(told, "reason"),
        "lines": list(part(case.proceeding, "facts").get("quant") or ()),
        "strengths": text(summary, "strengths"),
        "problems": text(summary, "problems"),
        "opinion": text(summary, "opinion"),
        "follows": FOLLOWS.get(grade, ""),
        "reconsideration": said.reconsideration(reading.limit(case, "reconsideration.days", 10)) if adverse else "",
    }


def _grade(case: Case) -> str:
    return text(case.data.get("graded", {}), "grade")


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _round_name(case: Case) -> str:
    return str(case.round.get("name") or text(case.data.get("begun", {}), "round_name") or "绩效评价")


def _tell_host(case: Case, told: str, subject: str) -> Sequence[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, told, subject=subject) for role in ("host", "host_admin")]
