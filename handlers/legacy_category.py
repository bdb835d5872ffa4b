"""Service tasks and form checks of 存量归类 (第二十六条): a base of the old rules finds its category of 第六条.

Name, designation day and document stay as they were; only the category is decided, and holds from that day.
"""

from __future__ import annotations

from handlers.eligibility_form import text
from handlers.messages import SIGN, category, overdue
from handlers.vocabulary import Case, ChangeBase, Effect, Facts, Notify, Outcome, UpdateProceeding, Urge

LEGACY = {
    "institute": "科研院所、高校",
    "enterprise": "企业",
    "intermediary": "中介服务机构",
    "park": "科技园区",
    "overseas": "海外机构",
}
"""The five categories of the rules of 2017 (domain.md 5.4)."""


def proposal(case: Case, legacy: str) -> Facts:
    """The category that the table `legacy_category` proposes, with its message."""
    answer: Facts = case.decide("legacy_category", legacy=legacy)
    return answer


def open_file(case: Case) -> Outcome:
    """发起存量归类：列明原类别和建议类别，请依托单位确认。

    `filing` shows the old category and the proposed one; the host is asked to confirm.
    """
    begun = case.data.get("begun", {})
    legacy = text(begun, "legacy")
    answer = proposal(case, legacy)
    proposed = text(begun, "proposed") or str(answer["category"]) or str(case.base.get("category") or "")
    label = text(begun, "legacy_label") or LEGACY.get(legacy, "不详")
    said = (
        f"{SIGN}{_base(case)}（原类别：{label}）建议归入{category(proposed)}，请确认或者说明理由建议其他类别；"
        "归类不改变认定日期和文号。"
    )
    data = {
        "legacy": legacy,
        "legacy_label": label,
        "proposed": proposed,
        "proposed_label": category(proposed),
        "message": str(answer["message"]),
    }
    return Outcome(
        data, [UpdateProceeding({"kind": proposed, "note": f"原类别：{label}"}), *_tell_host(case, said, "存量归类")]
    )


def record_wish(case: Case) -> Outcome:
    """记录依托单位确认或者另行提出的类别及理由。

    `wish`: the category the host confirms or proposes, with its reason.
    """
    answer = case.data.get("confirm_category", {})
    content = case.forms.get("confirm_category", {})
    if answer.get("outcome") == "propose":
        reason = text(content, "reason") or text(answer, "opinion")
        return Outcome(_wish(text(content, "category"), reason, "proposed"))
    return Outcome(_wish(str(case.data.get("filing", {}).get("proposed", "")), "同意建议的类别", "confirmed"))


def take_silence(case: Case) -> Outcome:
    """依托单位逾期未确认的，按建议的类别办理，并予告知。

    Nothing came in time: the proposed category goes on, and the host knows.
    """
    proposed = str(case.data.get("filing", {}).get("proposed", ""))
    said = f"{SIGN}{_base(case)}的归类未在期限内确认，按建议的{category(proposed)}报组织推荐部门审核。"
    return Outcome(_wish(proposed, "逾期未确认，按建议的类别办理", "silent"), _tell_host(case, said, "存量归类"))


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门审核归类。

    The department's time is over; it is urged.
    """
    return Outcome({"on": case.today.isoformat()}, [Urge("recommender_review", overdue("审核归类", _base(case)))])


def check_decision(case: Case) -> Outcome:
    """校核归类决定：与依托单位意见不同而未说明理由的，不能确定。

    What keeps the category from being decided: another one than the host's without a reason.
    """
    content, errors = case.forms.get("decide", {}), dict[str, str]()
    wished = str(case.data.get("wish", {}).get("category", ""))
    if wished and text(content, "category") != wished and not text(content, "reason"):
        errors["reason"] = f"与依托单位意见（{category(wished)}）不同，请说明理由。"
    return Outcome({"errors": errors, "findings": []})


def apply(case: Case) -> Outcome:
    """归类生效：自当天起更新台账中的类别，认定日期和文号不变，告知各方。

    From today the register has the decided category; host and department know. Day and document stay.
    """
    content = case.forms.get("decide", {})
    decided = text(content, "category") or str(case.data.get("wish", {}).get("category", ""))
    effects: list[Effect] = [UpdateProceeding({"kind": decided, "verdict": decided, "decided_on": case.today})]
    if decided != case.base.get("category"):
        effects.append(ChangeBase({"category": decided}, case.today))
    reason = text(content, "reason").rstrip("。")
    said = f"{SIGN}{_base(case)}归入{category(decided)}，认定日期和文号不变。" + (f"理由：{reason}。" if reason else "")
    told = [*_tell_host(case, said, "归类结果"), *_tell_recommender(case, said, "归类结果")]
    return Outcome({"category": decided, "label": category(decided), "on": case.today.isoformat()}, [*effects, *told])


def end(case: Case) -> Outcome:
    """基地已不在省级管理：不再办理归类，随之终止。

    The base is none of the Province's any more; its category is not decided.
    """
    reason = str(case.data.get("base_terminal", {}).get("reason", "") or "基地资格已终止")
    said = f"{SIGN}{_base(case)}：{reason}，存量归类终止。"
    return Outcome({"end": "ended", "reason": reason}, _tell_host(case, said, "存量归类终止"))


def _wish(wanted: str, reason: str, how: str) -> Facts:
    return {"category": wanted, "label": category(wanted), "reason": reason, "how": how}


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.base.get("host_id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, said: str, subject: str) -> list[Effect]:
    org = case.base.get("recommender_id")
    return [Notify("recommender", str(org), said, subject=subject)] if org else []
