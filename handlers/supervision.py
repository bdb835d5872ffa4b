"""Service tasks and form checks of the yearly supervision of one base (第十三条第三项).

The department confirms five management systems and the capability in S&T security; what it finds goes to the Province,
which notes it, has it put right, or has it followed up as a difficulty or a major event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers import messages
from handlers.eligibility_form import day, numbered, part, rows, text
from handlers.vocabulary import Case, Effect, Facts, Notify, Outcome, StartCase, UpdateProceeding, Urge

SYSTEMS = {
    "ip": "知识产权管理制度",
    "cross_border_data": "数据跨境管理制度",
    "human_genetic": "人类遗传资源管理制度",
    "ethics": "科研伦理管理制度",
    "secrecy": "保密管理制度",
    "security_monitoring": "科技安全预警监测和评估应对能力",
}
"""The rows as the law names them."""
OPTIONAL = frozenset({"cross_border_data", "human_genetic", "ethics"})
"""Systems that a base may do without (domain.md 2.2 C8)."""
WANTING = ("partial", "missing")
FOLLOW_UPS = {"difficulty": "困难协调", "major_event": "重大事件报告"}
"""What a finding may lead to → the process that follows it up."""


def prefill(case: Case) -> Outcome:
    """带出年度督导的初始内容：基地最近一次报告的各项制度情况。

    What the base itself stated of each system in its latest report, for the department to check.
    """
    report = _latest_report(case)
    stated = {"in_place": "有", "drafting": "制定中", "not_applicable": "不涉及"}
    return Outcome({"stated": {code: stated.get(text(part(report, code), "state"), "未报") for code in SYSTEMS}})


def check_confirmation(case: Case) -> Outcome:
    """校核督导确认：不健全的制度未列问题、健全的却列了问题的，不能提交。

    What keeps the confirmation from being sent: a wanting system without a finding, a finding of a sound one.
    """
    content, errors = case.forms.get("confirm", {}), dict[str, str]()
    systems = part(content, "systems")
    found = {text(row, "system") for row in rows(content, "findings")}
    for code, name in SYSTEMS.items():
        state = text(part(systems, code), "state")
        if state in WANTING and code not in found:
            errors["findings"] = f"{name}未健全或未落实，请列出存在的问题和要求。"
        if state == "not_applicable" and code not in OPTIONAL:
            errors[f"systems.{code}.state"] = "该项不能选“不涉及”。"
        if state == "not_applicable" and not text(part(systems, code), "note"):
            errors[f"systems.{code}.note"] = "选择“不涉及”的，请说明原因。"
    for field in ("visited_on", "signed_on"):
        on = day(content, field)
        if on and on > case.today:
            errors[field] = "日期不能晚于今天。"
    return Outcome({"errors": errors, "findings": []})


def open_supervision(case: Case) -> Outcome:
    """发起年度督导确认：记录年度和应确认日期，请组织推荐部门确认。

    The department is to confirm; the summary shows the year and the due day.
    """
    year, due_on = _year(case), _due_on(case)
    said = f"{messages.SIGN}请于{messages.in_chinese(due_on)}前完成{_base(case)}{year}年度督导确认。"
    return Outcome(
        {"year": year},
        [UpdateProceeding({"period": str(year), "due_on": due_on}), *_tell_recommender(case, said, "年度督导确认")],
    )


def note_late(case: Case) -> Outcome:
    """督导确认逾期：记录在案，催办组织推荐部门，告知省科技厅。

    The due day has passed without a confirmation: noted, the department is urged, the Province knows.
    """
    said = messages.overdue("年度督导确认", _base(case))
    told = Notify("province_officer", "province", said, subject="年度督导确认逾期")
    return Outcome({"on": case.today.isoformat()}, [UpdateProceeding({"late": True}), Urge("confirm", said), told])


def record_confirmation(case: Case) -> Outcome:
    """登记督导确认：发现的问题报省科技厅，结果告知依托单位。

    The confirmation stands in the summary; what was found goes to the Province, the host reads it.
    """
    content, late = case.forms.get("confirm", {}), case.today > _due_on(case)
    listed = [_finding(place, row) for place, row in numbered(content, "findings")]
    fields = {
        "submitted_on": case.today,
        "late": late,
        "verdict": "findings" if listed else "sound",
        "facts": {"findings": len(listed), "capability": text(content, "capability")},
    }
    said = f"{messages.SIGN}{_base(case)}{_year(case)}年度督导确认已完成，" + (
        f"发现问题{len(listed)}项：{'；'.join(row['said'] for row in listed)}。" if listed else "未发现问题。"
    )
    return Outcome(
        {"findings": listed, "late": late}, [UpdateProceeding(fields), *_tell_host(case, said, "年度督导确认")]
    )


def close_unconfirmed(case: Case) -> Outcome:
    """年度结束仍未确认：督导办结，告知省科技厅。

    The year is over without a confirmation; the Province knows.
    """
    said = f"{messages.SIGN}{_base(case)}{_year(case)}年度督导确认至年末未完成。"
    told = Notify("province_officer", "province", said, subject="年度督导未确认")
    return Outcome({"end": "not_confirmed"}, [*_tell_recommender(case, said, "年度督导未确认"), told])


def check_handling(case: Case) -> Outcome:
    """校核问题处理：有问题未逐项处理的，不能提交。

    What keeps the handling from being decided: a finding that nobody dealt with.
    """
    handled = {
        text(row, "finding"): text(row, "handling") for row in rows(case.forms.get("handle_findings", {}), "rows")
    }
    left = [row for row in _findings(case) if not handled.get(str(row.get("finding")))]
    return Outcome({"errors": {"rows": "请逐项写明处理方式。"} if left else {}, "findings": []})


def apply_handling(case: Case) -> Outcome:
    """处理督导问题：记录、责令整改，或者转困难协调、重大事件（第十三条第二项、第二十二条第四项）。

    Each finding is noted, put right, or followed up as a difficulty (第十三条第二项) or a major event (第二十二条第四项).
    """
    handled = {text(row, "finding"): row for row in rows(case.forms.get("handle_findings", {}), "rows")}
    to_rectify, effects, followed = [], list[Effect](), list[str]()
    for row in _findings(case):
        handling = text(handled.get(str(row["finding"]), {}), "handling")
        if handling == "rectify":
            to_rectify.append(str(row["said"]))
        elif handling in FOLLOW_UPS:
            followed.append(handling)
            effects.append(_follow_up(case, handling, row))
    if to_rectify:
        said = f"{messages.SIGN}{_base(case)}年度督导发现问题，请整改并报送情况：{'；'.join(to_rectify)}。"
        effects += _tell_host(case, said, "督导问题整改")
    facts = {**_facts(case), "rectify": len(to_rectify), "followed_up": followed}
    return Outcome(
        {"rectify": bool(to_rectify), "problems": to_rectify, "followed_up": followed},
        [UpdateProceeding({"decided_on": case.today, "facts": facts}), *effects],
    )


def urge_rectification(case: Case) -> Outcome:
    """催办逾期未整改的依托单位，告知组织推荐部门。

    The limit for putting right has passed: the host is urged, the department knows.
    """
    said = messages.overdue("督导问题整改", _base(case))
    return Outcome(
        {"on": case.today.isoformat()}, [Urge("rectify", said), *_tell_recommender(case, said, "督导问题逾期未整改")]
    )


def record_rectification(case: Case) -> Outcome:
    """督导问题整改完成：记录结果，告知有关各方。

    What was found has been put right; everybody concerned knows.
    """
    said = f"{messages.SIGN}{_base(case)}{_year(case)}年度督导发现的问题已整改到位。"
    told = Notify("province_officer", "province", said, subject="督导问题整改到位")
    return Outcome(
        {"end": "rectified"},
        [UpdateProceeding({"verdict": "rectified"}), *_tell_host(case, said, "督导问题整改到位"), told],
    )


def stop_terminal(case: Case) -> Outcome:
    """基地资格终止：年度督导随之终止。

    The base is one no more: nothing is to be supervised.
    """
    reason = text(case.data.get("base_terminal", {}), "reason") or "基地资格已终止"
    said = f"{messages.SIGN}{_base(case)}年度督导不再办理。原因：{reason.rstrip('。')}。"
    return Outcome(
        {"end": "ended", "reason": reason},
        [UpdateProceeding({"note": reason}), *_tell_recommender(case, said, "年度督导终止")],
    )


# ------------------------------------------------------------------------------------- reading the case


def _finding(place: int, row: Facts) -> dict[str, str]:
    """A line of the department's list, with a name of its own by which the officer's decision finds it."""
    name = SYSTEMS.get(text(row, "system"), "其他")
    return {
        "finding": f"f{place + 1}",
        "system": name,
        "problem": text(row, "problem"),
        "requirement": text(row, "requirement"),
        "said": f"{name}：{text(row, 'problem').rstrip('。')}",
    }


def _follow_up(case: Case, process: str, row: Facts) -> StartCase:
    """One case for each finding, with what was found and where."""
    data = {
        "source": "supervision",
        "case": case.id,
        "number": case.number,
        "problem": row["said"],
        "on": case.today.isoformat(),
    }
    facts = {"base_id": case.base.get("id"), "host_id": case.host.get("id"), "title": _base(case), "data": data}
    return StartCase(process, f"{process}:{case.id}:{row['finding']}", facts)


def _findings(case: Case) -> Sequence[Facts]:
    found: Sequence[Facts] = case.data.get("confirmation", {}).get("findings", ())
    return found


def _latest_report(case: Case) -> Facts:
    """The systems as the newest report handed in states them."""
    if case.register is None or not case.base.get("id"):
        return {}
    found = case.register.proceedings(base_id=str(case.base["id"]), process="annual_report")
    row = next((each for each in found if each.get("submitted_on") and each.get("case_id")), None)
    return part(case.register.submitted(str(row["case_id"])).get("annual_report", {}), "systems") if row else {}


def _facts(case: Case) -> Facts:
    found: Facts = case.proceeding.get("facts") or {}
    return found


def _year(case: Case) -> int:
    return int(case.data.get("begun", {}).get("year") or case.today.year)


def _due_on(case: Case) -> date:
    return day(case.data.get("begun", {}), "due_on") or case.today


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.host.get("id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.proceeding.get("recommender_id") or case.base.get("recommender_id") or "")
    return [Notify("recommender", org, said, subject=subject)] if org else []
