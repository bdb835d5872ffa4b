"""Service tasks and form checks of the expert review of one application (第十一条第三项).

Who scores is decided here, what the scores decide is not: that is the round's deliberation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from handlers import deadlines, messages, panel
from handlers.eligibility_form import number, rows, text
from handlers.vocabulary import (
    AssignExpert,
    BpmnError,
    Calendar,
    Case,
    Effect,
    Facts,
    Notify,
    Outcome,
    Register,
    ReleaseExpert,
    UpdateApplication,
    Urge,
)

ALL_RULES = ("same_host", "partner", "co_author", "declared")


# ------------------------------------------------------------------------------------- checks of forms


def check_score(case: Case) -> Outcome:
    """校核评分表：有利益冲突的、缺分或超过满分的，不能提交。

    What keeps a sheet from counting: a conflict of interest, a missing or too high score.
    """
    sheet = case.forms.get("expert_score") or case.forms.get("score") or {}
    errors: dict[str, str] = {}
    if sheet.get("conflict_declared") not in (None, "", "none"):
        errors["conflict_declared"] = "已声明利害关系，请选择“申请回避”。"
    for position, row in enumerate(rows(sheet, "scores")):
        points, most = number(row, "score"), number(row, "max")
        if points is None:
            errors[f"scores.{position}.score"] = "请评分。"
        elif points < 0 or (most is not None and points > most):
            errors[f"scores.{position}.score"] = f"评分应在0至{most}分之间。"
    return _checked(errors)


def check_appointment(case: Case) -> Outcome:
    """校核专家名单：不得有应当回避的，人数须为单数且不少于下限。

    What keeps the appointment from standing: somebody who must stand aside, or a panel that is small or even.
    """
    content, errors = case.forms.get("appoint_experts", {}), dict[str, str]()
    aside, chosen = _aside(case), _appointed(case)
    names = {str(expert["id"]): str(expert.get("name", "")) for expert in _register(case).experts()}
    for position, person in enumerate(chosen):
        if person in aside:
            errors[f"experts.{position}.person"] = f"{names.get(person, person)}应当回避：{aside[person].reason}。"
        elif person not in names:
            errors[f"experts.{position}.person"] = "请从专家库中选择。"
    if len(set(chosen)) != len(chosen):
        errors["experts"] = "同一专家不能重复。"
    size, least = len(_holding(case) | set(chosen)), _limit(case, "expert.min", 5)
    if size < least or size % 2 == 0:
        errors.setdefault("experts", f"评审专家应为单数，且不少于{least}人，现为{size}人。")
    lead = text(content, "lead")
    if lead and lead not in _holding(case) | set(chosen):
        errors["lead"] = "组长应为本组评审专家。"
    return _checked(errors)


def check_summary(case: Case) -> Outcome:
    """校核汇总意见：评分分歧过大的，须作出说明。

    What keeps the summary from being confirmed: a wide spread without a word on it.
    """
    content = case.forms.get("summarise", {})
    if case.data.get("review", {}).get("spread_alert") and not text(content, "disagreement"):
        return _checked({"disagreement": "评分分歧较大，请说明分歧及处理，或者组织复议。"})
    return _checked({})


# ------------------------------------------------------------------------------------- who scores


def assign_experts(case: Case) -> Outcome:
    """抽取或采用指定的评审专家，写入变量 experts（人数为单数）；不足的抛出错误 not_enough。

    `experts` are those to score now, {person: {name}}, odd in number with those who already have.

    Appointed by the officer where he has, else drawn. Raises BpmnError("not_enough").
    """
    chosen = [person for person in _appointed(case) if person not in _scored(case)]
    missing = _size(case) - len(_scored(case))
    return _assigned(case, [*_kept(case), *chosen] if chosen else _drawn(case, [], missing), "指定" if chosen else "")


def replace_experts(case: Case) -> Outcome:
    """更换回避和逾期的专家，替补写入变量 experts；不足的抛出错误 not_enough。

    `experts` are the replacements and those who go on; recusals and late experts are released with their reason.

    Raises BpmnError("not_enough").
    """
    kept = _kept(case)
    return _assigned(case, _drawn(case, kept, _size(case) - len(_scored(case)) - len(kept)), "")


def reopen_scores(case: Case) -> Outcome:
    """组织复议：已评分的专家重新评分一次。

    复议: everybody who scored scores once more.
    """
    scored = {row["person"]: {"name": row["name"]} for row in _panel(case).get("scores", ())}
    said = f"{messages.SIGN}请对{_base_name(case)}的申报重新评分（复议）。"
    return Outcome(scored, [Notify("expert", "", said, person=person, subject="复议") for person in scored])


def urge_experts(case: Case) -> Outcome:
    """催办逾期未评分的专家，不终止任何环节。

    The late experts are urged; nothing is ended by it.
    """
    return Outcome({"on": case.today.isoformat()}, [Urge("score", messages.overdue("专家评分", _base_name(case)))])


# ------------------------------------------------------------------------------------- what they say


def collect_scores(case: Case) -> Outcome:
    """汇集评分：有效评分、回避、逾期和人数是否足够，写入变量 panel。

    `panel` holds every valid score, who stood aside, who is late, and whether the scores are enough.

    Enough: nobody is still to score, and the number is odd and at least `expert.min`.
    """
    before, answers = _panel(case), case.data.get("score") or {}
    asked: Mapping[str, Facts] = case.data.get("experts") or {}
    scores = {row["person"]: row for row in before.get("scores", ())}
    declined = {row["person"]: row for row in before.get("declined", ())}
    replaced = set(before.get("replaced", ()))
    for person, answer in answers.items():
        points = panel.points_of(answer)
        if answer.get("outcome") == "decline":
            declined[person] = {"person": person, "reason": text(answer, "opinion") or "申请回避"}
        elif points is not None:
            name = str(asked.get(person, {}).get("name", "") or scores.get(person, {}).get("name", ""))
            scores[person] = {"person": person, "name": name, "score": float(points), "overall": answer.get("overall")}
    late = [person for person in asked if person not in answers]
    given_up = [person for person in case.data.get("replace_late", {}).get("persons", ()) if person in late]
    replaced |= set(given_up)
    kept = [person for person in late if person not in replaced]
    valid = [row for person, row in scores.items() if person not in declined and person not in replaced]
    data = {
        "scores": valid,
        "declined": list(declined.values()),
        "replaced": sorted(replaced),
        "missing": kept,
        "names": {**before.get("names", {}), **{person: facts.get("name", "") for person, facts in asked.items()}},
        "enough": not kept and len(valid) >= _limit(case, "expert.min", 5) and len(valid) % 2 == 1,
    }
    known = {row["person"] for row in before.get("declined", ())} | set(before.get("replaced", ()))
    gone: list[Effect] = [
        ReleaseExpert(person, row["reason"]) for person, row in declined.items() if person not in known
    ]
    gone += [ReleaseExpert(person, "逾期未评，予以替换") for person in given_up if person not in known]
    return Outcome(data, gone)


def compute_scores(case: Case) -> Outcome:
    """计算得分：平均分、离散度、去除的评分、分歧提示和组长，写入变量 review。

    `review` holds mean, deviation, n, dropped scores, the spread alert and the lead; the row has the score.
    """
    listed = _panel(case).get("scores", ())
    points = [Decimal(str(row["score"])) for row in listed]
    result = panel.score(points, _limit(case, "expert.drop_extremes_from", 5))
    wide = result.is_wide(Decimal(str(case.parameters.get("expert.spread_alert", 20))))
    data = {
        "mean": float(result.mean),
        "sd": float(result.deviation),
        "n": result.n,
        "dropped": [float(points) for points in result.dropped],
        "spread_alert": wide,
        "lead": _lead(case, [str(row["person"]) for row in listed]),
        "rediscussed": case.data.get("summarise", {}).get("outcome") == "rediscuss",
    }
    fields = {"score": result.mean, "score_sd": result.deviation, "spread_alert": wide}
    return Outcome(data, [UpdateApplication(fields)])


def close_review(case: Case) -> Outcome:
    """结束评审：申报转为待综合评议，记录专家组建议。

    The application is ready for the deliberation, with the panel's suggestion.
    """
    given = text(case.data.get("summarise", {}), "conclusion") or text(case.forms.get("summarise", {}), "conclusion")
    fields = {"status": "ready", "suggestion": given or None}
    return Outcome({"suggestion": given, "on": case.today.isoformat()}, [UpdateApplication(fields)])


# ------------------------------------------------------------------------------------- choosing


def _assigned(case: Case, persons: Sequence[str], how: str) -> Outcome:
    pool = {str(expert["id"]): expert for expert in _register(case).experts()}
    holding, before = len(_scored(case) | set(persons)), set(_panel(case).get("names", ()))
    if holding < _limit(case, "expert.min", 5) or holding % 2 == 0:
        raise BpmnError("not_enough", f"符合条件的专家不足：需{_size(case)}人，现有{holding}人，请指定评审专家。")
    named = {person: {"name": str(pool.get(person, {}).get("name", ""))} for person in persons}
    due, fresh = _due(case), [person for person in persons if person not in before]
    effects: list[Effect] = [AssignExpert(person, how or _reason(case, pool[person])) for person in fresh]
    said = messages.expert_assigned(_base_name(case), due)
    effects += [Notify("expert", "", said, person=person, subject="评审邀请") for person in fresh]
    return Outcome(named, [UpdateApplication({"status": "reviewing"}), *effects])


def _drawn(case: Case, kept: Sequence[str], count: int) -> list[str]:
    """Those who go on, and `count` new ones by lot out of whoever need not stand aside."""
    barred = set(_aside(case)) | set(_panel(case).get("names", ())) | set(kept)
    free = [expert for expert in _register(case).experts() if str(expert["id"]) not in barred]
    # A second draw of the same case must not begin as the first did, or recusals could be guessed.
    seed = case.seed + len(_panel(case).get("names", ()))
    found = panel.draw(free, _field(case), max(count, 0), _max_load(case), seed)
    return [*kept, *(str(expert["id"]) for expert in found)]


def _reason(case: Case, expert: Facts) -> str:
    field = "领域匹配" if _field(case) in (expert.get("fields") or ()) else "领域不匹配"
    aside = len(_aside(case))
    return f"随机抽取（种子{case.seed}），{field}，抽取时承担{int(expert.get('load') or 0)}件；应回避{aside}人已排除。"


def _aside(case: Case) -> dict[str, panel.Aside]:
    """Everybody who may not score: by the rules of the round, and whoever stood aside or was replaced before."""
    plan = _plan(case)
    rules = tuple(plan.get("recusal") or ALL_RULES)
    form, host = case.forms.get("application", {}), str(case.host.get("id") or case.application.get("host_id") or "")
    gone = {str(row["person"]): panel.Aside(row["person"], row["reason"]) for row in _panel(case).get("declined", ())}
    late = {str(person): panel.Aside(person, "逾期未评，已替换") for person in _panel(case).get("replaced", ())}
    return panel.recusals(_register(case).experts(), form, host, rules) | gone | late


def _appointed(case: Case) -> list[str]:
    return [text(row, "person") for row in rows(case.forms.get("appoint_experts", {}), "experts")]


def _holding(case: Case) -> set[str]:
    """Who has scored or still is to."""
    return _scored(case) | set(_kept(case))


def _scored(case: Case) -> set[str]:
    return {str(row["person"]) for row in _panel(case).get("scores", ())}


def _kept(case: Case) -> list[str]:
    return [str(person) for person in _panel(case).get("missing", ())]


def _lead(case: Case, scored: Sequence[str]) -> str:
    """The lead the officer named, if he scored; else the first on the panel."""
    named = text(case.forms.get("appoint_experts", {}), "lead")
    return named if named in scored else scored[0]


def _size(case: Case) -> int:
    wanted = _plan(case).get("per_application")
    least = _limit(case, "expert.min", 5)
    return panel.required(int(wanted) if wanted else least, least)


def _max_load(case: Case) -> int:
    return int(_plan(case).get("max_load") or _limit(case, "expert.max_load", 12))


def _plan(case: Case) -> Facts:
    return case.round.get("expert_plan") or {}


def _panel(case: Case) -> Mapping[str, Any]:
    return case.data.get("panel") or {}


def _field(case: Case) -> str:
    return str(case.application.get("field_code") or text(case.forms.get("application", {}), "field_code"))


def _base_name(case: Case) -> str:
    return str(case.application.get("base_name") or text(case.forms.get("application", {}), "base_name") or "国合基地")


def _due(case: Case) -> date:
    days = _plan(case).get("days") or _limit(case, "expert.days", 10)
    return deadlines.workdays(int(days), case.today, _calendar(case))


def _limit(case: Case, key: str, otherwise: int) -> int:
    return int(case.parameters.get(key, otherwise))


def _register(case: Case) -> Register:
    assert case.register is not None, "the case was given no register"
    return case.register


def _calendar(case: Case) -> Calendar:
    assert case.calendar is not None, "the case was given no calendar"
    return case.calendar


def _checked(errors: Mapping[str, str]) -> Outcome:
    return Outcome({"errors": dict(errors), "findings": []})
