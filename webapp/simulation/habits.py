"""How the simulated people behave: how long they take, what they decide, what they write (domain.md 7).

Durations are in working days. What a form wants beyond its own rules stands here by task; everything else is filled by
`filling`. Nothing here knows the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

from webapp.demo import annual_report_sheets, change_sheets, sheets
from webapp.simulation import after_designation
from webapp.simulation.situation import Given, Situation

DAYS: Mapping[str, tuple[float, float, float]] = {
    # role: least, most, usual
    "host": (2, 15, 5),
    "host_admin": (1, 4, 1),
    "recommender": (1, 15, 5),
    "recommender_head": (1, 5, 2),
    "province_officer": (1, 7, 3),
    "division_head": (1, 4, 1),
    "dept_leader": (1, 6, 3),
    "cosign_division": (1, 5, 2),
    "expert": (2, 12, 6),
    "expert_lead": (1, 5, 2),
}
RETURNING = 0.25
"""Return probability of a first review; of changes 0.15."""
RETURNING_OF = {"change": 0.15, "annual_report": 0.12, "exit": 0.1, "inclusion": 0.2}
ADVERSE = 0.05
"""Disagree, refuse, not recommend and the like, at each review that offers it."""
DECLINING = 0.03
"""An expert declares a conflict."""


def delay(process: str, element: str, role: str, rng: Random) -> int:
    """After how many working days the task is done."""
    if (process, element) in SLOW:
        least, most, usual = SLOW[process, element]
    else:
        least, most, usual = DAYS.get(role, (1, 6, 2))
    return max(0, round(rng.triangular(least, most, usual)))


SLOW: Mapping[tuple[str, str], tuple[float, float, float]] = {
    ("designation", "fill"): (1, 9, 4),
    ("annual_report", "host_approve"): (0, 1, 0),
    ("designation_round", "deliberate"): (3, 10, 6),
    ("designation_round", "decide"): (5, 12, 8),
    ("designation_round", "register_document"): (3, 10, 6),
}


def chosen(process: str, element: str, offered: list[str], visit: int, rng: Random) -> str:
    """The outcome that the person picks of those that may be picked now; the first one is the affirmative."""
    first, others = offered[0], offered[1:]
    if not others or (process, element) in STRAIGHT:
        return first
    back = [each for each in others if "return" in each or "rediscuss" in each]
    adverse = [each for each in others if each not in back]
    share = RETURNING_OF.get(process, RETURNING) / max(visit, 1) ** 2
    if back and rng.random() < share:
        return rng.choice(back)
    if adverse and rng.random() < WEIGHT.get((process, element), ADVERSE):
        return rng.choice(adverse)
    return first


STRAIGHT = frozenset(
    {
        ("designation_round", "set_up"),
        ("evaluation_round", "set_up"),
        ("evaluation_round", "decide"),
        ("evaluation_round", "head_review"),
        ("designation_round", "approve_notice"),
        ("designation_round", "decide"),
        ("designation_round", "deliberate"),
        ("designation_round", "cosign"),
        ("designation_round", "head_review"),
        ("designation_round", "register_document"),
        ("designation", "fill"),
        ("designation", "correct"),
    }
)
"""Tasks whose other outcomes are made on purpose in the named runs, not by chance."""
WEIGHT: Mapping[tuple[str, str], float] = {
    ("expert_review", "score"): DECLINING,
    ("evaluation", "self_assess"): 0.01,
}


def _score(case: Situation) -> dict[str, Any]:
    if case.outcome == "decline":
        return {"conflict_declared": "cooperation", "conflict_note": "与申报单位有合作项目。", "confidentiality": True}
    if case.data.get("indicators"):  # an evaluation's own lines
        return after_designation.score(case)
    return sheets.score(case.indicators(), min(0.98, max(0.35, case.rng.gauss(0.78, 0.09))))


def _summary(case: Situation) -> dict[str, Any]:
    if case.data.get("indicators"):
        return after_designation.summary(case)
    return sheets.summary(disagreement=True)


def _deliberate(case: Situation) -> dict[str, Any]:
    rows = list(case.data["matrix"]["rows"])
    last = frozenset(row["application"] for row in rows[len(rows) * 2 // 5 :])
    return sheets.deliberate(case.today, [{**row, "rank": place} for place, row in enumerate(rows, 1)], last)


def _decide(case: Situation) -> dict[str, Any]:
    """domain.md 7: 36-45 of 120 are designated."""
    rows = list(case.data["matrix"]["rows"])
    refused = {row["application"]: case.rng.choice(["defer", "refuse", "refuse"]) for row in rows[len(rows) * 2 // 5 :]}
    return sheets.decide(case.today, rows, refused)


def _findings(case: Situation) -> list[dict[str, Any]]:
    return list((case.data.get("eligibility") or {}).get("open", []))


def _silent(case: Situation) -> dict[str, Any]:
    """Taken over, by turns extended for ten days or closed."""
    rows = []
    for place, row in enumerate(case.data["pending"]["silent"]):
        action = ("take_over", "extend", "close")[(case.number + place) % 3]
        later = {"extended_to": (case.today + timedelta(days=10)).isoformat()} if action == "extend" else {}
        rows.append({"application": row["application"], "action": action, "reason": "推荐部门逾期未办理。", **later})
    return {"rows": rows}


def _marked() -> dict[str, Any]:
    return {"correction_items": [{"field": "goals", "problem": "目标不够具体", "required": "补充可考核的指标"}]}


def _opinion(case: Situation) -> dict[str, Any]:
    back = _marked() if "return" in case.outcome else {}
    return sheets.opinion(case.today, _findings(case)) | back


def _formal_check(case: Situation) -> dict[str, Any]:
    return sheets.formal_check(_findings(case), correct="goals" if "return" in case.outcome else "")


def _change(case: Situation) -> dict[str, Any]:
    """domain.md 7: six of ten changes are of the leader or a partner, two of ten come late."""
    kind = case.rng.choices(*zip(*CHANGES.items(), strict=True))[0]
    late = case.rng.random() < 0.2
    event = case.today - timedelta(days=case.rng.randrange(45, 90) if late else case.rng.randrange(2, 26))
    content = change_sheets.request(kind, case.today, case.file_id, event, **_change_part(case, kind))
    if late:
        content["late_reason"] = "人员调整，未及时掌握申请期限。"
    if late and case.rng.random() < 0.15:
        content |= {"influence": "some", "influence_text": "部分合作活动推迟，已安排专人接续。"}
    return content


def _change_part(case: Situation, kind: str) -> dict[str, Any]:
    number = case.number
    match kind:
        case "base_name":
            return {"new_base_name": f"第{number}号新方向国际科技合作基地"}
        case "partner":
            name = (f"海外研究院{number}", f"Overseas Institute No. {number}", case.rng.choice(("DEU", "SGP", "HKG")))
            now = change_sheets.partners(case.today, case.file_id)
            return {"partner_new": change_sheets.partner(case.today, case.file_id, name), "partners_now": now}
        case "other":
            return {"other_item": f"共建单位（{number}）"}
        case "direction":
            return {"new_direction": f"第{number}号方向：聚焦关键材料与装备的联合研究、标准研制和成果转化。"}
        case "location":
            city = case.rng.choice(("330100", "330200", "330300", "330400"))
            return {"new_city": city, "new_recommender": f"city-{city}", "new_address": f"浙江省创新路{number}号"}
    return {}


CHANGES: Mapping[str, float] = {
    "leader": 35,
    "partner": 25,
    "direction": 10,
    "core_team": 10,
    "base_name": 8,
    "other": 8,
    "location": 4,
}
"""How often each kind of change is asked for, in a hundred."""


def _rechecked(case: Situation) -> list[dict[str, Any]]:
    return list((case.data.get("recheck") or {}).get("open", []))


def _change_review(case: Situation) -> dict[str, Any]:
    back = change_sheets.marked("reason") if "return" in case.outcome else {}
    return change_sheets.recommender_review(case.today, _rechecked(case)) | back


def _change_officer(case: Situation) -> dict[str, Any]:
    back = change_sheets.marked("reason") if "return" in case.outcome else {}
    return change_sheets.officer_review(case.today, _rechecked(case)) | back


def doc_no(case: Situation) -> str:
    """A number that no other document has."""
    return f"浙科发外〔{case.today.year}〕{case.number % 9000 + 100}号"


GIVEN: dict[tuple[str, str], Given] = {
    ("designation_round", "set_up"): lambda case: sheets.set_up(case.today),
    ("designation_round", "approve_notice"): lambda case: sheets.approve_notice(case.today),
    ("designation_round", "deliberate"): _deliberate,
    ("designation_round", "cosign"): lambda _: sheets.cosign(),
    ("designation_round", "head_review"): lambda _: sheets.head_review(),
    ("designation_round", "decide"): _decide,
    ("designation_round", "register_document"): lambda case: sheets.register_document(case.today, doc_no(case)),
    ("designation_round", "handle_silent"): _silent,
    ("designation", "host_approve"): lambda case: sheets.host_approve(case.today, case.file_id),
    ("designation", "recommender_review"): _opinion,
    ("designation", "recommend"): lambda case: sheets.recommend(case.today, case.file_id, case.number % 900 + 1),
    ("designation", "formal_check"): _formal_check,
    ("expert_review", "score"): _score,
    ("expert_review", "summarise"): _summary,
    ("change", "apply"): _change,
    ("change", "recommender_review"): _change_review,
    ("change", "receive_review"): lambda case: change_sheets.receive_review(case.today),
    ("change", "confirm_ground"): lambda case: change_sheets.confirm_ground(case.today),
    ("change", "officer_review"): _change_officer,
    ("change", "head_review"): lambda case: change_sheets.decide(case.today),
    ("change", "leader_decide"): lambda case: change_sheets.decide(case.today),
    ("change", "confirm_unchanged"): lambda case: change_sheets.confirm_unchanged(case.today),
}
"""What the person writes, by process and task; the form's other fields are filled by themselves."""
EXACT = frozenset(GIVEN)
"""Tasks whose given content is whole: the form adds what the system fills, nothing more."""


def _archive(case: Situation) -> dict[str, Any]:
    if case.outcome != "archive":
        return _sent_back(case, "summary")
    return annual_report_sheets.archive(list(case.data["submission"]["findings"]))


BESIDE: dict[tuple[str, str], Given] = {
    ("annual_report", "fill"): lambda _: {"incident_count": 0, "drill_count": 0},
    ("annual_report", "correct"): lambda _: {"incident_count": 0, "drill_count": 0},
    ("annual_report", "recommender_review"): lambda case: _sent_back(case, "summary"),
    ("annual_report", "archive"): _archive,
    **after_designation.BESIDE,
}
"""What a rule wants to hear beside what the form's own errors ask for."""


def _sent_back(case: Situation, field: str) -> dict[str, Any]:
    if case.outcome != "return":
        return {}
    return {"correction_items": [{"field": field, "problem": "内容不够具体", "required": "请补充具体情况"}]}


EXPLAINED = [
    {"rule_id": rule, "text": "与已有基地错位布局，分别由不同团队建设，共享渠道与平台。"}
    for rule in ("C11", "C13", "C14", "CAT")
]
"""What is said to soft rules, wherever a form asks for explanations."""


def explained(said: Iterable[Mapping[str, Any]], findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What was said already, and a text for every finding that asks for one and has none."""
    rows = list(said)
    have = {row["rule_id"] for row in rows}
    asked = (row["rule_id"] for row in findings if row["status"] == "explain")
    text = "情况属实，系年度工作安排变化所致，已与有关单位核实。"
    return rows + [{"rule_id": rule, "text": text} for rule in dict.fromkeys(asked) if rule not in have]


def given(case: Situation) -> dict[str, Any]:
    """What this person writes here; a document number wherever a form asks for one."""
    name = case.process, case.element
    if name in GIVEN:
        return GIVEN[name](case)
    own = {"base_name": f"第{case.number}号国际科技合作基地"} if case.process == "inclusion" else {}
    return {"doc_no": doc_no(case), "explanations": EXPLAINED, **own, **(BESIDE[name](case) if name in BESIDE else {})}
