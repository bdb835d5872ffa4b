"""Chinese for the codes that rows carry, and the colour of their tags. A code nobody named is shown as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PROCESS: Mapping[str, tuple[str, str]] = {
    "designation_round": ("认定批次", "teal"),
    "designation": ("认定", "blue"),
    "expert_review": ("专家评审", "violet"),
    "publicity": ("公示", "teal"),
    "reconsideration": ("复核", "violet"),
    "correction": ("公文更正", "amber"),
    "change": ("变更", "violet"),
    "annual_opening": ("年报布置", "teal"),
    "annual_report": ("年度报告", "teal"),
    "work_plan_opening": ("计划布置", "teal"),
    "work_plan": ("年度工作计划", "teal"),
    "supervision_opening": ("督导布置", "teal"),
    "supervision": ("督导确认", "teal"),
    "evaluation_round": ("评价批次", "amber"),
    "evaluation": ("绩效评价", "amber"),
    "improvement": ("优化提升", "amber"),
    "reward": ("奖励经费", "green"),
    "exit": ("主动退出", "red"),
    "revocation": ("取消资格", "red"),
    "reinstatement": ("恢复资格", "green"),
    "inclusion": ("纳入序列", "blue"),
    "national_transfer": ("转国家级", "blue"),
    "major_event": ("重大事件", "red"),
    "difficulty": ("困难协调", "violet"),
    "legacy_category": ("存量归类", "violet"),
}
UNDERWAY: Mapping[str, tuple[str, str]] = {
    "change": ("变更中", "violet"),
    "annual_report": ("年报填报中", "teal"),
    "evaluation": ("评价中", "amber"),
    "improvement": ("优化提升中", "amber"),
    "exit": ("退出程序中", "red"),
    "revocation": ("取消程序中", "red"),
    "national_transfer": ("转国家级办理中", "blue"),
}
"""States of a base that follow from its open cases (domain.md 3.3)."""
MARK: Mapping[str, tuple[str, str]] = {
    "annual_report_overdue": ("年报逾期", "red"),
    "undeclared_change": ("疑似未经审批变更", "red"),
    "partner_expired": ("合作协议到期", "amber"),
}
GRADE: Mapping[str, tuple[str, str]] = {
    "excellent": ("优秀", "green"),
    "qualified": ("合格", "blue"),
    "unqualified": ("不合格", "red"),
}
BATCH_ITEM: Mapping[str, tuple[str, str]] = {
    "waiting": ("等待", ""),
    "started": ("已发起", "green"),
    "skipped": ("不发起", "amber"),
    "failed": ("出错", "red"),
}
CASE_STATUS: Mapping[str, tuple[str, str]] = {
    "open": ("办理中", "blue"),
    "done": ("已办结", "green"),
    "suspended": ("已暂停", "amber"),
    "incident": ("系统处理中", "amber"),
    "cancelled": ("已终止", ""),
}
APPLICATION_STATUS: Mapping[str, tuple[str, str]] = {
    "drafting": ("填报中", ""),
    "host_approval": ("单位审核", "blue"),
    "recommending": ("推荐初评", "blue"),
    "ranked": ("待汇总推荐", "blue"),
    "correcting": ("补正中", "amber"),
    "formal_check": ("形式审查", "blue"),
    "reviewing": ("专家评审", "violet"),
    "ready": ("待综合评议", "violet"),
    "decided": ("已决定", "teal"),
    "designated": ("已认定", "green"),
    "refused": ("不予认定", "red"),
    "deferred": ("暂缓认定", "amber"),
    "not_recommended": ("不予推荐", "red"),
    "not_accepted": ("不予受理", "red"),
    "not_submitted": ("未提交", ""),
    "withdrawn": ("已撤回", ""),
    "banned": ("限制申报", "red"),
    "round_cancelled": ("批次取消", ""),
}
ROUND_STATUS: Mapping[str, tuple[str, str]] = {
    "preparing": ("筹备中", ""),
    "published": ("已发通知", "teal"),
    "open": ("申报中", "blue"),
    "closed": ("申报截止", "amber"),
    "reviewing": ("评审中", "violet"),
    "deliberating": ("综合评议", "violet"),
    "publicity": ("公示中", "teal"),
    "issued": ("已印发", "green"),
    "closed_all": ("已办结", "green"),
    "cancelled": ("已取消", ""),
}
BASE_STATUS: Mapping[str, tuple[str, str]] = {
    "active": ("在册", "green"),
    "revoked": ("已取消资格", "red"),
    "exited": ("已退出", ""),
    "transferred_national": ("转国家级", "teal"),
}
CATEGORY: Mapping[str, str] = {"joint_rd": "联合研发类", "open_service": "开放服务类", "special_dev": "特色发展类"}
LEVEL: Mapping[str, str] = {"provincial": "省级", "national": "国家级"}
ORIGIN: Mapping[str, str] = {"designation": "认定", "inclusion": "纳入", "legacy": "历史转入"}
DECISION: Mapping[str, tuple[str, str]] = {
    "approve": ("予以认定", "green"),
    "defer": ("暂缓认定", "amber"),
    "refuse": ("不予认定", "red"),
}
ORGANISATION_KIND: Mapping[str, str] = {
    "city_bureau": "设区市科技主管部门",
    "competent_dept": "归口管理部门",
    "host": "依托单位",
    "province": "省科技厅",
    "county": "县级科技部门",
}
DOCUMENT_KIND: Mapping[str, str] = {
    "round_notice": "工作通知",
    "designation": "认定通知",
    "publicity_list": "公示名单",
    "recommend_letter": "推荐函",
    "correction": "更正通知",
    "reconsideration": "复核决定书",
}
DOCUMENT_STATUS: Mapping[str, tuple[str, str]] = {
    "rendering": ("生成中", "amber"),
    "ready": ("可下载", "green"),
    "failed": ("生成失败", "red"),
}
JOB: Mapping[str, str] = {
    "deliver": "投递消息",
    "render": "生成公文文件",
    "archive": "生成归档包",
    "wake": "计时触发",
}
"""Jobs for a case that can fail while the case itself goes on."""
INCIDENT_STATUS: Mapping[str, tuple[str, str]] = {
    "open": ("未解决", "red"),
    "solved": ("已解决", "green"),
    "skipped": ("已跳过", "amber"),
}
FILE_STATUS: Mapping[str, tuple[str, str]] = {
    "received": ("已接收", ""),
    "quarantined": ("待查验", "amber"),
    "clean": ("已查验", "green"),
    "refused": ("未通过查验", "red"),
}
REQUEST_STATUS: Mapping[str, tuple[str, str]] = {
    "open": ("待审核", "amber"),
    "approved": ("已开通", "green"),
    "refused": ("已退回", "red"),
}
VERBS: Mapping[str, str] = {
    "start": "发起",
    "submit": "提交",
    "claim": "签收",
    "release": "释放",
    "reassign": "转办",
    "urge": "催办",
    "add_sign": "加签",
    "withdraw": "取回",
    "send": "登记",
    "cancel": "终止",
    "suspend": "暂停",
    "resume": "恢复",
    "retry": "重试",
    "skip": "跳过异常",
    "jump": "运维处置",
    "return_to": "退回",
    "timer": "到期",
    "message": "收到消息",
    "migrate": "迁移版本",
}
CITIES: Mapping[str, str] = {
    "330100": "杭州市",
    "330200": "宁波市",
    "330300": "温州市",
    "330400": "嘉兴市",
    "330500": "湖州市",
    "330600": "绍兴市",
    "330700": "金华市",
    "330800": "衢州市",
    "330900": "舟山市",
    "331000": "台州市",
    "331100": "丽水市",
}
"""GB/T 2260, the eleven cities of Zhejiang."""


def tagged(table: Mapping[str, tuple[str, str]], code: str | None) -> tuple[str, str]:
    """(text, colour) of a code."""
    return table.get(code or "", (code or "", ""))


def named(table: Mapping[str, str], code: str | None) -> str:
    """The Chinese of a code."""
    return table.get(code or "", code or "")


def many(table: Mapping[str, str], codes: Iterable[str] | None) -> str:
    """The Chinese of several codes, joined by 、."""
    return "、".join(named(table, code) for code in codes or ())


def verb(action: str) -> str:
    """What a journal row's action is called; a second word (the outcome, the message) stays."""
    first, _, rest = action.partition(" ")
    return f"{VERBS.get(first, first)} {rest}".strip()
