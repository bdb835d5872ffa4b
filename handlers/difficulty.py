"""Service tasks and form checks of 困难协调 (第十三条第二项): a host asks, its department or the Province answers."""

from __future__ import annotations

from handlers.eligibility_form import day, text
from handlers.messages import SIGN, overdue
from handlers.round_progress import limit
from handlers.vocabulary import Case, Effect, Notify, Outcome, UpdateProceeding, Urge

RESULTS = {"solved": "已解决", "partly": "部分解决", "explained": "已作说明"}


def check_ask(case: Case) -> Outcome:
    """校核困难诉求：希望解决的时间已过的，不能提交。

    What keeps the request from being sent: a day for the solution that is over already.
    """
    wanted_by = day(case.forms.get("ask", {}), "wanted_by")
    errors = {"wanted_by": "希望解决的时间不能早于今天。"} if wanted_by and wanted_by < case.today else {}
    return Outcome({"errors": errors, "findings": []})


def record_ask(case: Case) -> Outcome:
    """登记困难诉求：累计提出次数和剩余次数，请组织推荐部门协调答复。

    `asked` counts how often the host has asked and how often it may again; the department knows.
    """
    number = int(case.data.get("asked", {}).get("number", 0)) + 1
    content = case.forms.get("ask", {})
    again = text(case.data.get("confirm", {}), "again")
    most = limit(case, "difficulty.max_asks", 3)
    said = f"{SIGN}{_base(case)}{'仍需协调' if number > 1 else '提出困难协调'}：{text(content, 'subject')}（{case.number}），请协调答复。"
    fields = {"kind": text(content, "kind"), "note": text(content, "subject")}
    if number == 1:
        fields["submitted_on"] = case.today.isoformat()
    data = {"number": number, "left": max(most - number, 0), "again": again, "on": case.today.isoformat()}
    return Outcome(data, [UpdateProceeding(fields), *_tell_recommender(case, said, "困难协调")])


def urge_recommender(case: Case) -> Outcome:
    """催办组织推荐部门的协调答复。

    The department's time is over; it is urged.
    """
    return Outcome({"on": case.today.isoformat()}, [Urge("answer", overdue("协调答复", _base(case)))])


def urge_province(case: Case) -> Outcome:
    """催办省科技厅的协调答复。

    The Province's own time is over; its officers are urged.
    """
    return Outcome({"on": case.today.isoformat()}, [Urge("province_answer", overdue("省科技厅协调答复", _base(case)))])


def tell_answer(case: Case) -> Outcome:
    """转达协调答复：请依托单位确认，省科技厅的答复同时告知组织推荐部门。

    `answered_by` says who answered what; the host is asked to confirm, the department reads the Province's answer.
    """
    by_province = (
        case.data.get("answer", {}).get("outcome") == "pass_on"
        and case.data.get("province_answer", {}).get("outcome") == "answer"
    )
    content = case.forms.get("province_answer" if by_province else "answer", {})
    label, answer = "省科技厅" if by_province else "组织推荐部门", text(content, "answer")
    said = f"{SIGN}{_base(case)}的困难协调（{case.number}）已由{label}答复：{answer.rstrip('。')}。请确认。"
    told = _tell_host(case, said, "困难协调答复")
    if by_province:
        told += _tell_recommender(case, said, "困难协调答复")
    data = {"by": "province" if by_province else "recommender", "label": label, "answer": answer}
    return Outcome({**data, "result": text(content, "result")}, told)


def conclude(case: Case) -> Outcome:
    """办结困难协调：记录结果和依托单位的满意情况，逾期未确认的视为办结。

    The summary shows the result and what the host thinks of it; without a word from the host it counts as closed.
    """
    answered, content = case.data.get("answered_by", {}), case.forms.get("confirm", {})
    confirmed = case.data.get("confirm", {}).get("outcome") == "confirm"
    facts = {
        "by": str(answered.get("by", "")),
        "satisfied": text(content, "satisfied") if confirmed else "",
        "asked": int(case.data.get("asked", {}).get("number", 1)),
    }
    fields = {"verdict": str(answered.get("result", "")), "decided_on": case.today, "facts": facts}
    how = "依托单位已确认" if confirmed else "逾期未确认，视为办结"
    said = f"{SIGN}{_base(case)}的困难协调（{case.number}）已办结（{RESULTS.get(str(answered.get('result')), '已答复')}，{how}）。"
    told = [*_tell_host(case, said, "困难协调办结"), *_tell_recommender(case, said, "困难协调办结")]
    return Outcome({"end": "answered", "confirmed": confirmed}, [UpdateProceeding(fields), *told])


def withdraw(case: Case) -> Outcome:
    """撤回困难诉求：依托单位不再需要协调，告知组织推荐部门。

    The host needs no help any more; the department knows.
    """
    reason = text(case.data.get("withdraw", {}), "reason").rstrip("。")
    said = f"{SIGN}{_base(case)}已撤回困难协调（{case.number}）。" + (f"原因：{reason}。" if reason else "")
    return Outcome({"end": "withdrawn", "reason": reason}, _tell_recommender(case, said, "困难协调撤回"))


def end(case: Case) -> Outcome:
    """基地资格终止：困难诉求不再答复，随之终止。

    The base is none any more; the request ends unanswered.
    """
    reason = str(case.data.get("base_terminal", {}).get("reason", "") or "基地资格已终止")
    said = f"{SIGN}{_base(case)}：{reason}，困难协调（{case.number}）终止。"
    return Outcome({"end": "ended", "reason": reason}, _tell_host(case, said, "困难协调终止"))


def _base(case: Case) -> str:
    return str(case.base.get("name") or "国合基地")


def _tell_host(case: Case, said: str, subject: str) -> list[Effect]:
    org = str(case.base.get("host_id", ""))
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def _tell_recommender(case: Case, said: str, subject: str) -> list[Effect]:
    org = case.base.get("recommender_id")
    return [Notify("recommender", str(org), said, subject=subject)] if org else []
