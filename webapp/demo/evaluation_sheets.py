"""What people hand in at each step of an evaluation round, an evaluation and an improvement: right by the shipped forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Rows = Sequence[Mapping[str, Any]]

LONG = (
    "评价期内与德国、荷兰三家机构保持稳定的联合研究，按年度计划组织互访、联合培养和学术交流，"
    "形成可核查的成果，并在省内企业开展应用示范，带动产业链上下游协同创新，年度目标全部完成。"
    "下一步将继续巩固渠道，扩大合作领域，进一步提升开放创新能力和服务水平。"
)


# ------------------------------------------------------------------------------------- the round


def set_up(today: date, **changes: Any) -> dict[str, Any]:
    """A round over all categories about the last three whole years: material in four weeks, opinions in six, reviews in ten."""
    material = today + timedelta(days=28)
    return {
        "name": f"{today.year}年度国际科技合作基地绩效评价",
        "year": today.year,
        "designated_by": f"{today.year - 2}-12-31",
        "categories": ["joint_rd", "open_service", "special_dev"],
        "skip_recent": True,
        "period_from": f"{today.year - 3}-01-01",
        "period_to": f"{today.year - 1}-12-31",
        "material_due": material.isoformat(),
        "opinion_due": (material + timedelta(days=14)).isoformat(),
        "review_by": (material + timedelta(days=42)).isoformat(),
        "expert_plan": {
            "per_application": 5,
            "days": 10,
            "max_load": 30,
            "method": "draw",
            "recusal": ["same_host", "partner", "co_author", "declared"],
        },
        "policy": {
            "excellent_min": 85,
            "qualified_min": 60,
            "excellent_cap": 50,
            "cap_by": "round",
            "no_show": "manual",
        },
        "publicity": False,
        "notice_title": f"关于组织开展{today.year}年度省科技厅国际科技合作基地绩效评价的通知",
        "notice_recipients": "各设区市科技局，省级有关部门，各有关单位",
        "notice_body": "根据《省科技厅国际科技合作基地管理办法》第十八条，现组织开展本年度国际科技合作基地绩效评价，"
        "请各依托单位据实填报自评材料，各组织推荐部门认真审核并填报配套支持情况。",
        "notice_contact": "沈予安",
        "notice_phone": "0571-87000000",
    } | changes


def approve_notice(today: date) -> dict[str, Any]:
    return {
        "checked": ["scope", "dates", "indicators", "policy", "text"],
        "issued_on": today.isoformat(),
        "signer": "陆景行",
    }


def handle_late(today: date, actions: Mapping[str, str]) -> dict[str, Any]:
    """`actions` by evaluation: wait (two weeks more) or postpone."""
    until = (today + timedelta(days=14)).isoformat()
    return {
        "rows": [
            {
                "evaluation": key,
                "action": action,
                **({"extended_to": until} if action == "wait" else {"reason": "专家评审尚未完成，转入以后批次"}),
            }
            for key, action in actions.items()
        ]
    }


def deliberate(
    today: date, rows: Rows, otherwise: Mapping[str, str] | None = None, answers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The suggested grades, but for those that `otherwise` names; `answers`: how an upheld objection was dealt with."""
    content: dict[str, Any] = {
        "meeting_type": "meeting",
        "meeting_on": today.isoformat(),
        "minutes_no": "国合处纪要〔2026〕12号",
        "participants": "国合处经办人员、各组专家组长",
        "rows": _graded(rows, "suggested", otherwise or {}),
        "overall_opinion": "经综合评议，得分和一票否决情形核对无误，等次建议符合批次规则，建议按程序报批。",
        "cosign_orgs": ["province-jd", "province-fg"],
    }
    if answers:
        content["objections"] = [{"evaluation": key, "handling": said} for key, said in answers.items()]
    return content


def cosign() -> dict[str, Any]:
    return {"aspects": ["integrity", "law"]}


def head_review() -> dict[str, Any]:
    return {"checked": ["procedure", "scores", "cosign", "veto"], "note": "同意报批"}


def decide(today: date, rows: Rows, otherwise: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What was deliberated (`rows`: with `grade`), but for those that `otherwise` names."""
    return {
        "meeting_type": "office_meeting",
        "meeting_on": today.isoformat(),
        "minutes_no": "厅长办公会纪要〔2026〕21号",
        "rows": _graded(rows, "grade", otherwise or {}),
    }


def register_document(today: date, doc_no: str = "浙科发外〔2026〕41号") -> dict[str, Any]:
    return {
        "doc_no": doc_no,
        "title": f"关于公布{today.year}年度浙江省国际科技合作基地绩效评价结果的通知",
        "issued_on": today.isoformat(),
        "signer": "顾承泽",
        "recipients": "各设区市科技局，省级有关部门，各有关单位",
        "checked": True,
    }


def amend(material_due: date, opinion_due: date, review_by: date) -> dict[str, Any]:
    return {
        "material_due": material_due.isoformat(),
        "opinion_due": opinion_due.isoformat(),
        "review_by": review_by.isoformat(),
        "reason": "应部分参评单位请求，适当延长提交时间",
        "notify": True,
    }


def cancel() -> dict[str, Any]:
    return {"reason": "因管理办法修订，本批次取消，另行通知", "understood": True}


# ------------------------------------------------------------------------------------- one base


def self_assessment(
    today: date, prior: Mapping[str, Any], file_id: str, *, figure: int = 200, funds: int = 600, **changes: Any
) -> dict[str, Any]:
    """The assessment of what `prior` opens it with: `figure` for every figure, a difference explained; `funds` in 万元."""
    content: dict[str, Any] = {
        "figures": [
            {
                "code": row["code"],
                "value": figure,
                **({"reason": "年度报告之外另有佐证的成果"} if figure != row["reported"] else {}),
            }
            for row in prior["figures"]
        ],
        "statements": [
            {
                "code": row["code"],
                "self_score": row["max"],
                "statement": "该项工作有制度、有计划、有成效，佐证材料齐全，详见附件说明。",
            }
            for row in prior["statements"]
        ],
        "channels": LONG,
        "technology": LONG,
        "models": LONG,
        "openness": LONG,
        "cases": [
            {
                "title": "联合实验室共建",
                "model": "bring_in",
                "summary": "与海外高校共建联合实验室，引进三名海外专家，形成两项标准，"
                "成果在省内四家企业推广应用，实现了合作共赢。",
            }
        ],
        "support": [{"kind": "funds", "content": "年度专项经费", "amount": funds, "file": file_id}],
        "main_problems": "成果转化周期偏长，海外人才引进的数量和层次还需要进一步提升。",
        "next_plan": "增设成果转化岗位，与合作方共建转化基金，扩大联合培养规模。",
        "commitments": ["truth", "secrecy", "partner"],
        "filled_by": "基地联系人",
        "signed_on": today.isoformat(),
    }
    if prior.get("rewarded"):
        content["reward_effect"] = (
            "奖励经费用于联合研究差旅、国际学术会议和海外专家来访，"
            "已完成全部预算，促成两项联合项目落地，成效显著，佐证材料齐全。"
        )
    return content | changes


def host_approve(today: date, file_id: str) -> dict[str, Any]:
    return {
        "checked": ["truth", "figures", "secrecy", "support"],
        "approver": "单位管理员",
        "sealed_on": today.isoformat(),
        "sealed_form": file_id,
    }


def supplement(today: date, ways: Mapping[str, str], file_id: str) -> dict[str, Any]:
    """`ways` by year: reported, here or reason."""
    here = {
        "summary": "该年度开展联合研究两项，互访二十人次，举办国际论坛一场，"
        "经费投入三百万元，各项任务按计划完成，未发生安全事件，管理制度健全有效。",
        "file": file_id,
    }
    more: dict[str, dict[str, Any]] = {
        "here": here,
        "reason": {"reason": "该年度因疫情防控停止国际合作，已向主管部门报告"},
    }
    return {
        "rows": [{"year": year, "way": way, **more.get(way, {})} for year, way in ways.items()],
        "signed_on": today.isoformat(),
    }


def judge_reason() -> dict[str, Any]:
    return {
        "facts": "经核对往来函件，依托单位当年已书面报告停止国际合作的情况，情况属实。",
        "basis": "《省科技厅国际科技合作基地管理办法》第二十二条第一项",
    }


def recommender_opinion(today: date, *, funds: int = 300) -> dict[str, Any]:
    support = [{"kind": "funds", "content": "市级平台配套经费", "document": "杭科〔2025〕8号", "amount": funds}]
    return {
        "truth_confirmed": True,
        "site_checked": True,
        **({"support": support} if funds else {"no_support_reason": "本年度本部门没有安排国际合作专项"}),
        "comment": "该基地运行规范，合作成效明显，自评材料和数据经核实属实，建议继续支持。",
        "officer": "评价经办人",
        "officer_phone": "0571-87000012",
        "signed_on": today.isoformat(),
    }


def score(indicators: Mapping[str, Mapping[str, Any]], share: float) -> dict[str, Any]:
    """A sheet giving each qualitative line `share` of its maximum, in steps of half a point."""
    return {
        "conflict_declared": "none",
        "confidentiality": True,
        "scores": [
            {
                "code": code,
                "score": int(float(row["max"]) * share * 2) / 2,
                "comment": "自评材料支撑充分，合作内容具体，成效可核查，示范作用明显。",
            }
            for code, row in indicators.items()
        ],
        "grade": "excellent" if share >= 0.85 else "qualified" if share >= 0.6 else "unqualified",
        "strengths": "合作渠道稳定，海外机构水平较高，团队结构合理，联合研究成果突出。",
        "problems": "成果转化指标可进一步细化，建议补充分年度的量化目标和考核办法。",
    }


def summary(grade: str = "qualified") -> dict[str, Any]:
    return {
        "opinion": "专家组认为，该基地运行规范，合作渠道稳定，联合研究和服务开放创新成效较为明显，管理制度健全，"
        "配套支持落实到位，同意按评分结果提交批次评议。",
        "strengths": "合作渠道稳定",
        "problems": "成果转化偏弱",
        "disagreement": "个别专家对成果转化的判断不同，经讨论后意见趋于一致。",
        "grade": grade,
    }


def suggest_grade(level: str, **changes: Any) -> dict[str, Any]:
    return {"figures_checked": True, "suggested": level, **changes}


def site_visit(today: date, *, adjustment: float = 0) -> dict[str, Any]:
    return {
        "visited_on": today.isoformat(),
        "members": [{"name": "何清扬", "unit": "国际合作处"}, {"name": "韩明澈", "unit": "科技监督与诚信建设处"}],
        "figures_verified": "consistent" if not adjustment else "partly",
        "findings": "现场查看了联合实验室和中试线，核对了合作协议、经费凭证和成果证明，"
        "听取了负责人和核心成员的汇报，管理制度执行情况良好，数据与自评基本一致。",
        "adjustment": adjustment,
        **({"adjustment_reason": "核减一项与海外机构无关的项目经费"} if adjustment else {}),
    }


def no_show(until: date | None = None) -> dict[str, Any]:
    return {
        "facts": "经电话和书面联系，依托单位说明了未按期提交的情况。",
        **({"until": until.isoformat()} if until else {}),
    }


def postponement(file_id: str) -> dict[str, Any]:
    return {
        "ground": "force_majeure",
        "facts": "依托单位所在园区遭受台风灾害，实验室停用，评价期材料暂时无法整理。",
        "evidence": [file_id],
    }


def postponement_decision() -> dict[str, Any]:
    return {"facts": "经向属地核实，灾害情况属实，实验室正在修复。"}


def _graded(rows: Rows, kept: str, otherwise: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each evaluation with its grade under `kept`, or the other one with a reason."""
    return [
        {
            "evaluation": row["evaluation"],
            "grade": otherwise.get(str(row["evaluation"]), row[kept]),
            **({"reason": "综合考虑成果水平和整改情况"} if row["evaluation"] in otherwise else {}),
        }
        for row in rows
    ]


# ------------------------------------------------------------------------------------- improvement


def send_notice(today: date, **changes: Any) -> dict[str, Any]:
    return {
        "way": ["letter", "interview"],
        "held_on": today.isoformat(),
        "title": "关于绩效评价不合格的提醒督促通知",
        "content": "贵基地本轮绩效评价结果为不合格，请对照评价发现的问题深入分析原因，会同组织推荐部门制定优化提升方案并抓好落实。",
        "contact": "沈予安",
        "phone": "0571-87000000",
    } | changes


def acknowledge(today: date) -> dict[str, Any]:
    return {"read": True, "signer": "基地联系人", "signed_on": today.isoformat()}


def draft_plan(today: date, problems: Rows, file_id: str, **changes: Any) -> dict[str, Any]:
    """A measure for each problem, due in three months."""
    due = (today + timedelta(days=90)).isoformat()
    return {
        "problems": [{**row, "cause": "合作项目安排不足"} for row in problems],
        "measures": [
            {
                "problem": row["problem"],
                "measure": f"针对第{place}项问题增加联合研究和人员往来安排",
                "owner": "周知远",
                "due_on": due,
                "evidence": "项目合同、往来记录",
            }
            for place, row in enumerate(problems, 1)
        ],
        "goals": "一年内补齐短板，各项定量指标达到同类基地平均水平。",
        "drafted_by": "基地联系人",
        "sealed_form": file_id,
    } | changes


def define_plan(prior: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """What was drafted, with the department's support and the days that the form proposes."""
    kept = {key: prior[key] for key in ("problems", "measures", "goals", "mid_on", "end_on")}
    support = [{"kind": "funds", "content": "安排年度国际合作专项经费", "amount": 50}]
    return {**kept, "support": support, "officer": "推荐部门负责人"} | changes


def file_plan() -> dict[str, Any]:
    return {"checked": ["problems", "measures", "support", "dates"]}


def progress(rows: Rows, state: str = "done", **changes: Any) -> dict[str, Any]:
    return {
        "rows": [{"measure": row["measure"], "state": state, "progress": "已签订合同并开展首轮互访"} for row in rows],
        "summary": "各项措施按方案推进，联合研究项目已经启动，人员往来恢复正常。",
        "reported_by": "基地联系人",
    } | changes


def progress_check(today: date, suggestion: str = "") -> dict[str, Any]:
    """The mid-term check; with a suggestion the closing one."""
    return {
        "checked_on": today.isoformat(),
        "way": ["documents", "site"],
        "findings": "经查阅材料和实地检查，各项措施基本落实，佐证材料齐全，进展与方案一致。",
        "support_done": "专项经费已经拨付",
        **({"suggestion": suggestion} if suggestion else {}),
    }


def close_improvement(**changes: Any) -> dict[str, Any]:
    return {"assessment": "经审核，方案确定的措施已经落实，同意办结。"} | changes
