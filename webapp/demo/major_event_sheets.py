"""What people hand in about a major event (第十三条第三项、第二十二条第四项): contents right by the shipped forms."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any


def report(occurred_on: date, **changes: Any) -> dict[str, Any]:
    """A leak that the partner found."""
    return {
        "kind": "leak",
        "title": "合作方服务器遭入侵致试验数据外泄",
        "occurred_on": occurred_on.isoformat(),
        "occurred_time": "21:40",
        "place": "慕尼黑",
        "severity": "larger",
        "facts": "合作方所托管的联合试验数据服务器遭到入侵，部分试验数据被下载，合作方次日通报我方。",
        "consequences": "涉及公开级试验数据，暂未发现敏感数据外泄。",
        "partners": [{"name": "Rheinische Hochschule für Technik", "country_region": "DEU", "role": "数据托管方"}],
        "persons": "联合实验室数据管理员",
        "measures": "已关闭远程访问，更换密钥，清查访问记录。",
        "next_steps": "配合合作方调查，评估数据影响。",
        "contact": "数据安全联系人",
        "phone": "0571-88880000",
        "no_secret": True,
        **changes,
    }


def review(today: date) -> dict[str, Any]:
    return {
        "verified": "confirmed",
        "severity": "larger",
        "opinion_text": "经现场核实，情况属实，单位处置及时。",
        "measures": "已要求所属单位开展数据安全自查。",
        "officer": "核实经办人",
        "signed_on": today.isoformat(),
    }


def judgement(**changes: Any) -> dict[str, Any]:
    """Limited consequences: the event can be closed."""
    return {
        "severity": "larger",
        "responsible": "partner",
        "consequences": "limited",
        "findings": "外泄数据均为拟公开的试验数据，未涉及核心参数。",
        "conclusion": "责任在合作方，依托单位处置及时，予以办结。",
        "rectify": "完善数据托管协议，每半年开展一次安全评估",
        **changes,
    }


def follow_up_wanted(today: date, days: int = 7) -> dict[str, Any]:
    """The Province wants to know more by that day."""
    return {
        "follow_up_about": "请续报数据影响评估的结论和整改情况",
        "follow_up_on": (today + timedelta(days=days)).isoformat(),
    }


def proposal() -> dict[str, Any]:
    """Serious consequences were found."""
    return judgement(
        severity="major",
        responsible="host",
        consequences="serious",
        findings="外泄数据包含关键工艺参数，已被竞争方用于产品开发。",
        conclusion="造成严重影响及后果，建议按第二十二条第四项处理。",
        serious_confirmed=True,
        ground_facts="依托单位未落实数据跨境管理制度，擅自向境外传输关键工艺参数，造成关键技术泄露的严重后果。",
    )


def follow_up() -> dict[str, Any]:
    return {
        "progress": "影响评估已完成，外泄数据不涉及核心参数。",
        "measures": "已与合作方重新签订数据托管协议。",
        "no_secret": True,
    }


def advice() -> dict[str, Any]:
    return {"content": "据了解，该合作方另有两家在浙合作单位，已一并提醒。", "no_secret": True}


def stop_waiting() -> dict[str, Any]:
    return {"reason": "已由合作方所在地使馆科技处核实情况"}
