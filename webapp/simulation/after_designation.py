"""What the simulated people write in the procedures after the designation: evaluation, improvement, reward, inclusion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from webapp.demo import evaluation_sheets, inclusion_sheets, reward_sheets
from webapp.demo.world import HOSTS
from webapp.simulation.situation import Given, Situation

EXCELLENT_SHARE = 15
"""domain.md 7: of a hundred evaluated bases about 15 are excellent, 75 qualified, 10 unqualified."""
QUALITIES: tuple[tuple[float, int], ...] = ((0.93, 4), (0.76, 14), (0.4, 2))
"""How well bases do, by how many of twenty; the round's cap takes the best down to their share."""
FIGURES = ((0.85, 200, 600), (0.6, 20, 240), (0.0, 0, 0))
"""From that quality on: every figure of the self-assessment, and the money in support, in 万元."""
TITLES = tuple(inclusion_sheets.NAMES)


def score(case: Situation) -> dict[str, Any]:
    """An expert's sheet: the base's quality as this expert sees it."""
    asked: Mapping[str, Mapping[str, Any]] = case.data["indicators"]
    return evaluation_sheets.score(asked, min(0.99, max(0.1, case.rng.gauss(case.quality, 0.02))))


def summary(case: Situation) -> dict[str, Any]:
    """The lead's summary, with the grade that the base's quality is worth."""
    quality = case.quality
    return evaluation_sheets.summary(
        "excellent" if quality >= 0.85 else "qualified" if quality >= 0.6 else "unqualified"
    )


def _set_up(case: Situation) -> dict[str, Any]:
    whole = evaluation_sheets.set_up(case.today)
    return {**whole, "policy": {**whole["policy"], "excellent_cap": EXCELLENT_SHARE}}


def _handle_late(case: Situation) -> dict[str, Any]:
    """Waited for once more; by the second time the base is put off to a later round."""
    late = case.data["pending"]["late"]
    return evaluation_sheets.handle_late(
        case.today, {row["evaluation"]: "wait" if case.visit == 1 else "postpone" for row in late}
    )


def _deliberate(case: Situation) -> dict[str, Any]:
    return evaluation_sheets.deliberate(case.today, list(case.data["matrix"]["rows"]))


def _decide(case: Situation) -> dict[str, Any]:
    return evaluation_sheets.decide(case.today, list(case.prior()["rows"]))


def _self_assess(case: Situation) -> dict[str, Any]:
    if case.outcome != "submit":
        return {}
    prior = case.prior()
    figure, funds = _earned(case)
    content = evaluation_sheets.self_assessment(case.today, prior, case.file_id, figure=figure, funds=funds)
    if not funds:
        content["support"] = [{"kind": "policy", "content": "优先安排实验场地", "file": case.file_id}]
    return content


def _earned(case: Situation) -> tuple[int, int]:
    return next((figure, funds) for least, figure, funds in FIGURES if case.quality >= least)


def _supplement(case: Situation) -> dict[str, Any]:
    asked = case.data["requested"]
    listed = asked["rows"] if isinstance(asked, Mapping) else asked
    way = "reason" if case.visit % 2 else "here"
    return evaluation_sheets.supplement(case.today, {str(row["year"]): way for row in listed}, case.file_id)


def _no_show(case: Situation) -> dict[str, Any]:
    return evaluation_sheets.no_show(case.today + timedelta(days=10) if case.outcome == "extend" else None)


def _suggest(case: Situation) -> dict[str, Any]:
    return evaluation_sheets.suggest_grade(case.data["result"]["level"])


def _opine(case: Situation) -> dict[str, Any]:
    if case.outcome != "confirm":
        return {"correction_items": [{"field": "channels", "problem": "内容不够具体", "required": "请补充具体情况"}]}
    return evaluation_sheets.recommender_opinion(case.today, funds=_earned(case)[1])


def _measured(case: Situation) -> dict[str, Any]:
    drawn = evaluation_sheets.draft_plan(case.today, list(case.prior()["problems"]), case.file_id)
    return {name: drawn[name] for name in ("problems", "measures", "goals", "drafted_by", "sealed_form")}


def _defined(case: Situation) -> dict[str, Any]:
    prior = dict(case.prior())
    if not prior.get("measures"):  # the host drafted none
        prior |= {name: value for name, value in _measured(case).items() if name in ("measures", "goals")}
    return evaluation_sheets.define_plan(prior)


def _progress(case: Situation) -> dict[str, Any]:
    state = "on_track" if case.element == "mid_report" else "done"
    return evaluation_sheets.progress(list(case.prior()["rows"]), state)


def _register_reward(_: Situation) -> dict[str, Any]:
    return {"amount": 50, "source": "省科技发展专项资金", "fund_rule": True}


def _use(case: Situation) -> dict[str, Any]:
    whole = reward_sheets.use(case.today, case.file_id, 30, 20)
    return whole | {"contact": "基地联系人"}


def _include(case: Situation) -> dict[str, Any]:
    if case.outcome == "withdraw":
        return {}
    host = next((each for each in case.hosts if each.id == case.host_id), HOSTS[0])
    title = TITLES[case.number % len(TITLES)]
    return inclusion_sheets.request(host, title, f"第{case.number}号", case.number % 400, case.file_id, case.today)


def _open(case: Situation) -> list[dict[str, Any]]:
    return list((case.data.get("eligibility") or {}).get("open", []))


def _included(case: Situation) -> dict[str, Any]:
    return inclusion_sheets.review(case.today, _open(case), correct="goals" if "return" in case.outcome else "")


def _source(case: Situation) -> dict[str, Any]:
    category = str(case.data["eligibility"]["category"])
    return inclusion_sheets.source_check(_open(case), category, correct="goals" if "return" in case.outcome else "")


BESIDE: dict[tuple[str, str], Given] = {
    ("evaluation_round", "set_up"): _set_up,
    ("evaluation_round", "approve_notice"): lambda case: evaluation_sheets.approve_notice(case.today),
    ("evaluation_round", "handle_late"): _handle_late,
    ("evaluation_round", "deliberate"): _deliberate,
    ("evaluation_round", "cosign"): lambda _: evaluation_sheets.cosign(),
    ("evaluation_round", "head_review"): lambda _: evaluation_sheets.head_review(),
    ("evaluation_round", "decide"): _decide,
    ("evaluation", "self_assess"): _self_assess,
    ("evaluation", "host_approve"): lambda case: evaluation_sheets.host_approve(case.today, case.file_id),
    ("evaluation", "recommender_opinion"): _opine,
    ("evaluation", "supplement"): _supplement,
    ("evaluation", "judge_reason"): lambda _: evaluation_sheets.judge_reason(),
    ("evaluation", "handle_no_show"): _no_show,
    ("evaluation", "decide_postponement"): lambda _: evaluation_sheets.postponement_decision(),
    ("evaluation", "suggest_grade"): _suggest,
    ("evaluation", "site_visit"): lambda case: evaluation_sheets.site_visit(case.today),
    ("improvement", "send_notice"): lambda case: evaluation_sheets.send_notice(case.today),
    ("improvement", "draft_plan"): _measured,
    ("improvement", "define_plan"): _defined,
    ("improvement", "mid_report"): _progress,
    ("improvement", "closing_report"): _progress,
    ("improvement", "closing_check"): lambda case: evaluation_sheets.progress_check(case.today, "close"),
    ("reward", "register"): _register_reward,
    ("reward", "pay"): lambda case: {"amount": 50, "paid_on": case.today.isoformat()},
    ("reward", "report_use"): _use,
    ("reward", "evaluate_use"): lambda _: reward_sheets.evaluation(),
    ("inclusion", "fill"): _include,
    ("inclusion", "recommender_review"): _included,
    ("inclusion", "source_check"): _source,
    ("inclusion", "head_review"): lambda _: inclusion_sheets.head_review(),
}
"""By process and task; what the form's own rules still want is filled by itself."""
