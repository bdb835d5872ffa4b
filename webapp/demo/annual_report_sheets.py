"""What people hand in with an annual report: contents right by the shipped forms, for the demonstration and for stories."""

from __future__ import annotations

from datetime import date
from typing import Any

SYSTEMS = ("ip", "cross_border_data", "human_genetic", "ethics", "secrecy", "security_monitoring")


def report(today: date, name: str, leader: str, file_id: str, **changes: Any) -> dict[str, Any]:
    """A complete report of the year before `today`'s for the base of that name and leader."""
    year = today.year - 1
    content: dict[str, Any] = {
        "current_name": name,
        "current_leader": leader,
        "contact": {
            "name": "许知远",
            "title": "科研处项目主管",
            "mobile": "13800000001",
            "email": "contact@example.cn",
        },
        "summary": f"{year}年基地围绕联合研究和人员交流开展工作，合作渠道稳定，联合团队完成年度任务，管理制度执行到位。"
        * 3,
        "plan_items": [
            {"task": "technology", "item": "联合研发原型样机；完成中试", "planned": "全年", "done_percent": 100},
            {
                "task": "openness",
                "item": "举办国际论坛；发布合作成果",
                "planned": "第四季度",
                "done_percent": 80,
                "reason": "外方延期来访",
            },
        ],
        "partners": [partner("代尔夫特理工大学", "Delft University of Technology", "NLD", file_id)],
        "visits_in": 24,
        "visits_out": 12,
        "overseas_platforms": [
            {"name": "荷兰联合实验室", "country_region": "NLD", "founded": f"{year - 2}-05", "function": "联合研发"}
        ],
        "joint_projects": [
            {
                "name": "柔性传感联合研究",
                "number": f"{year}C04001",
                "level": "provincial",
                "partner": "代尔夫特理工大学",
                "funds_total": 120.5,
                "funds_foreign": 40,
                "state": "running",
                "file": file_id,
            }
        ],
        "joint_papers": 8,
        "patents": [
            {
                "kind": "invention",
                "number": f"ZL{year}10000001",
                "name": "一种柔性传感器",
                "state": "granted",
                "joint": True,
                "on": f"{year}-06-18",
            }
        ],
        "standards": [
            {
                "name": "柔性传感器通用规范",
                "number": "T/ZJ 001",
                "level": "group",
                "role": "lead",
                "on": f"{year}-09-01",
            }
        ],
        "awards": [
            {
                "name": "浙江省国际科技合作奖",
                "level": "provincial",
                "granted_by": "浙江省人民政府",
                "on": f"{year}-11-20",
            }
        ],
        "landmark_results": [
            {
                "title": "高灵敏柔性传感阵列",
                "description": "与外方联合研制，灵敏度达到国际先进水平，已在两家企业中试应用。" * 2,
                "files": [file_id],
            }
        ],
        "cases": [
            {
                "title": "双向联合实验室",
                "model": "bring_in",
                "replicated": True,
                "description": "在省内外共建双向联合实验室，人员互派，成果共享，形成可复制做法。",
            }
        ],
        "events": [
            {
                "name": "国际传感技术论坛",
                "on": f"{year}-10-16",
                "place": "杭州",
                "role": "host",
                "persons": 180,
                "foreign_persons": 46,
                "file": file_id,
            }
        ],
        "transfers": [
            {
                "technology": "传感器封装工艺",
                "direction": "inbound",
                "kind": "licence",
                "from_party": "代尔夫特理工大学",
                "to_party": "浙江某科技企业",
                "amount": 86,
            }
        ],
        "projects_landed": 2,
        "firms_served": 15,
        "talents": 3,
        "training": 120,
        "funds": [{"source": "host", "amount": 200}, {"source": "provincial", "amount": 50.5}],
        "staff": 32,
        "staff_full_time": 18,
        "rd_spend": 230,
        "systems": {code: {"state": "in_place", "updated": code == "secrecy"} for code in SYSTEMS},
        "cross_border": False,
        "incident_count": 0,
        "drill_count": 1,
        "drills": [{"subject": "科技安全应急演练", "on": f"{year}-05-20", "persons": 28}],
        "problems": "国际化复合型人才不足，联合项目经费到位周期偏长。",
        "needs": "建议协调落实外籍专家来华便利措施。",
        "next_goals": f"{year + 1}年新增合作机构1家，联合申报国家重点研发计划项目1项。",
        "next_plan": [
            {
                "task": "technology",
                "measure": "联合研发第二代样机",
                "output": "样机1台",
                "quarter": "q4",
                "owner": "周以宁",
                "budget": 150,
            },
            {
                "task": "channels",
                "measure": "与海外高校签署新协议",
                "output": "协议1份",
                "quarter": "q2",
                "owner": "许知远",
            },
        ],
        "commitments": ["truth", "no_secret", "register", "integrity"],
        "signed_by": "许知远",
        "signed_on": today.isoformat(),
    }
    return content | changes


def partner(name_zh: str, name: str, region: str, file_id: str = "", **changes: Any) -> dict[str, Any]:
    """A partner that cooperation goes on with."""
    row = {
        "name_zh": name_zh,
        "name": name,
        "country_region": region,
        "state": "kept",
        "agreement_title": "科技合作协议",
    }
    return {
        **row,
        "signed_on": "2022-03-01",
        "activity": "人员互访和联合研究",
        **({"file": file_id} if file_id else {}),
        **changes,
    }


def late(reason: str = "单位合并，科研管理系统迁移，数据未能按期核对。") -> dict[str, Any]:
    """What a late report says besides."""
    return {"late_reason": reason}


def seal(today: date, file_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "checked": ["truth", "secrecy", "figures", "changes"],
        "approver": "单位管理员",
        "position": "科研处处长",
        "sealed_on": today.isoformat(),
        "sealed_form": file_id,
    } | changes


def review(today: date, *, correct: str = "") -> dict[str, Any]:
    """The department confirms; with `correct` it marks that field instead."""
    content: dict[str, Any] = {
        "truth_checked": True,
        "visited": True,
        "comment": "报告内容属实，数据与走访情况一致，同意报送。",
        "support": [{"kind": "funds", "content": "市级平台配套", "amount": 30, "document": "市科〔2026〕5号"}],
        "officer": "审核经办人",
        "officer_phone": "0571-87000001",
        "signed_on": today.isoformat(),
    }
    return content | (_marked(correct) if correct else {})


def archive(
    findings: list[dict[str, Any]] | None = None, *, handling: str = "mistaken", correct: str = ""
) -> dict[str, Any]:
    """Filed with quality A, each difference handled alike; with `correct` a field is marked instead."""
    content: dict[str, Any] = {
        "differences": [
            {"rule_id": row["rule_id"], "handling": handling, "note": "已与单位核实"} for row in findings or ()
        ],
        "quality": "a",
        "comment": "内容完整，数据可信。",
    }
    return content | (_marked(correct) if correct else {})


def _marked(field: str) -> dict[str, Any]:
    return {"correction_items": [{"field": field, "problem": "内容不够具体", "required": "请补充具体情况"}]}


def finding(today: date, *, valid: bool) -> dict[str, Any]:
    """有/无正当理由."""
    return {
        "verdict": "valid" if valid else "invalid",
        "ground": "reorganisation" if valid else "neglect",
        "facts": "经核实，单位合并期间系统停用，属实。" if valid else "经核实，单位疏于管理，多次催报未报。",
        "heard": True,
        "found_by": "沈予安",
        "found_on": today.isoformat(),
    }


def choose(year: int, mode: str = "supplement", **changes: Any) -> dict[str, Any]:
    return {"year": year, "mode": mode, "reason": "补录认定文件后补充发起。", **changes}


def close(missing: list[dict[str, Any]], *, judge: bool = False) -> dict[str, Any]:
    """The year's closing, every missing report kept open or all of them put up for judgement."""
    rows = [{"case": row["case"], "action": "judge" if judge else "keep"} for row in missing]
    return {"missing": rows, "note": "本年度年度报告工作结束，未交单位继续督促。"}
