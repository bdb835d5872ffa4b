"""Service tasks and form checks of 登记国家级基地 (第十九条): a base that the ministry recognised without the Province.

It stands in the register for rewards and statistics and is managed by the ministry's rules, like a transferred one.
"""

from __future__ import annotations

from handlers import documents
from handlers.eligibility_form import day, text
from handlers.messages import SIGN
from handlers.national import STATUS, type_name
from handlers.round_progress import register
from handlers.vocabulary import Case, Notify, Outcome, RegisterBase


def check_register(case: Case) -> Outcome:
    """校核国家级基地登记：认定日期晚于今天、单位已有同名基地的，不能上报。

    What keeps the registration from going up: a date to come, a name that the unit's base has already.
    """
    content, errors = case.forms.get("register", {}), dict[str, str]()
    recognised_on, host, name = day(content, "recognised_on"), text(content, "host_id"), text(content, "name")
    if recognised_on and recognised_on > case.today:
        errors["recognised_on"] = "认定日期不能晚于今天。"
    if host and register(case).organisation(host) is None:
        errors["host_id"] = "请选择已登记的依托单位。"
    for base in register(case).bases(host_id=host, name=name) if host and name else ():
        if base.get("status") == "active":
            errors["name"] = "该单位已有同名的省级基地，请从该基地的页面登记转国家级。"
        elif base.get("level") == "national":
            errors["name"] = "该国家级基地已在台账中，不需重复登记。"
    return Outcome({"errors": errors, "findings": []})


def enrol(case: Case) -> Outcome:
    """登记国家级基地入台账，由科技部管理，告知依托单位和组织推荐部门。

    The base is in the register with level national, under the ministry; the unit and its department know.
    """
    content = case.forms.get("register", {})
    host = text(content, "host_id")
    unit = register(case).organisation(host) or {}
    recognised_on = day(content, "recognised_on") or case.today
    doc_no, kind = documents.normalise_doc_no(text(content, "doc_no")), text(content, "national_type")
    facts = {
        "name": text(content, "name"),
        "level": "national",
        "national_type": kind,
        "host_id": host,
        "leader": text(content, "leader"),
        "contact": text(content, "contact"),
        "direction": text(content, "direction"),
        "city": text(content, "city"),
        "recommender_id": unit.get("recommender_id"),
        "field_code": text(content, "field_code"),
        "regions": list(content.get("main_regions") or ()),
        "origin": "national",
        "status": STATUS,
        "status_on": recognised_on,
    }
    said = (
        f"{SIGN}{text(content, 'name')}（{doc_no}，{type_name(kind)}）已作为国家级基地列入台账，按照科技部相关办法管理；"
        "在科技部绩效评价中获得优秀的，可纳入我省奖励范围。"
    )
    told = [Notify(role, host, said, subject="国家级基地登记") for role in ("host", "host_admin")]
    if unit.get("recommender_id"):
        told.append(Notify("recommender", str(unit["recommender_id"]), said, subject="国家级基地登记"))
    return Outcome(
        {"end": "registered", "doc_no": doc_no},
        [RegisterBase(facts, "", recognised_on, doc_no, case.id), *told],
    )
