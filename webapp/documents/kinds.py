"""Which words an official document of each kind is made of; its content row holds the facts, this page the sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from webapp.documents.letter import Letter, Table, chinese_date
from webapp.errors import Misconfigured

Content = Mapping[str, Any]

SIGNER = "浙江省科学技术厅"
LIST_COLUMNS = (
    ("number", "序号"),
    ("base_name", "基地名称"),
    ("category", "类别"),
    ("host_name", "依托单位"),
    ("leader", "负责人"),
    ("city", "设区市"),
    ("recommender", "组织推荐部门"),
)


def letter(kind: str, title: str, doc_no: str | None, issued_on: date | None, content: Content, mark: str) -> Letter:
    """The letter that a document row of this kind describes; raises Misconfigured for a kind without words."""
    make = KINDS.get(kind)
    if make is None:
        raise Misconfigured(f"没有“{kind}”类公文的模板。")
    paragraphs, tables, contact = make(content)
    return Letter(
        title=title,
        doc_no=doc_no or "",
        recipients=_addressed(content.get("recipients", "")),
        paragraphs=tuple(paragraphs),
        tables=tuple(tables),
        signer=SIGNER,
        issued_on=chinese_date(issued_on) if issued_on else "",
        contact=contact,
        mark=mark,
    )


def _round_notice(content: Content) -> tuple[list[str], list[Table], str]:
    """第十一条（一）：工作通知。"""
    body = [part.strip() for part in str(content.get("body", "")).splitlines() if part.strip()]
    paragraphs = [
        *body,
        f"一、申报类别。{'、'.join(content.get('categories') or ())}。",
        f"二、申报时间。{_day(content, 'window_from')}至{_day(content, 'window_to')}，逾期不再受理。",
        f"三、推荐时间。各组织推荐部门请于{_day(content, 'recommend_by')}前完成审核并推荐至我厅。",
        "四、申报方式。依托单位登录国合基地流程平台填报，按隶属或属地关系报组织推荐部门审核。平台为非涉密系统，严禁填报涉密信息。",
    ]
    contact = "，".join(
        part
        for part in (
            f"联系人：{content['contact']}" if content.get("contact") else "",
            f"电话：{content['phone']}" if content.get("phone") else "",
        )
        if part
    )
    return paragraphs, [], contact


def _designation(content: Content) -> tuple[list[str], list[Table], str]:
    """第十一条（四）：发文认定。"""
    listed = list(content.get("list") or ())
    first = listed[0]["base_name"] if listed else ""
    count = f"“{first}”等{len(listed)}家" if len(listed) > 1 else f"“{first}”"
    paragraphs = [
        f"根据{content.get('basis', '')}的规定，经依托单位申报、组织推荐部门审核推荐、专家评审、综合评议，并按程序审定，"
        f"现认定{count}为省科技厅国际科技合作基地，名单见附件。",
        "各依托单位要落实主体责任，按照建设总体方案推进各项任务，建立健全知识产权、数据跨境、人类遗传资源、科研伦理和保密等管理制度，"
        "切实保障基地建设运行条件，认定满一年后按规定提交年度报告。",
        "各组织推荐部门要加强指导和支持，协调解决建设运行中的困难和问题，协助做好绩效评价和监督管理工作。",
    ]
    if content.get("copies"):
        paragraphs.append(f"抄送：{content['copies']}。")
    return paragraphs, [_table(content.get("round") or "认定", listed)], ""


def _publicity(content: Content) -> tuple[list[str], list[Table], str]:
    """拟认定名单公示。"""
    until = _day(content, "until")
    paragraphs = [
        f"经专家评审、综合评议并按程序审定，现将{content.get('round', '')}拟认定名单予以公示，公示期至{until}。",
        "任何单位和个人如有异议，请在公示期内以书面形式实名提出，并提供必要的证明材料；匿名异议不予受理。",
    ]
    return paragraphs, [_table(content.get("round") or "", content.get("list") or (), "拟认定名单")], ""


def _correction(content: Content) -> tuple[list[str], list[Table], str]:
    """公文更正: names the wrong document, then each place with its old and its new words."""
    items = list(content.get("items") or ())
    number = f"（{content['corrects_doc_no']}）" if content.get("corrects_doc_no") else ""
    named = f"《{content.get('corrects_title', '')}》{number}"
    paragraphs = [f"我厅{_day(content, 'corrects_on')}印发的{named}有误，现更正如下："]
    paragraphs += [
        f"{place}、{item.get('part', '')}：“{item.get('old', '')}”更正为“{item.get('new', '')}”。"
        for place, item in enumerate(items, 1)
    ]
    if content.get("reason"):
        paragraphs.append(f"更正理由：{str(content['reason']).rstrip('。')}。")
    paragraphs.append("原公文其他内容不变。")
    rows = tuple(tuple(str(item.get(key) or "") for key in ("part", "old", "new")) for item in items)
    return paragraphs, [Table("更正内容对照表", ("更正处", "原文", "更正为"), rows)] if len(items) > 1 else [], ""


def _reconsideration(content: Content) -> tuple[list[str], list[Table], str]:
    """复核决定书 (第十一条第四项): the decision that was asked about, what was found, what is decided and why."""
    paragraphs = [
        f"你单位因不服{_day(content, 'original_on')}作出的关于{content.get('base_name', '')}“{content.get('original', '')}”的决定，"
        f"于{_day(content, 'requested_on')}申请复核（编号{content.get('number', '')}）。现已审查终结。",
        f"原决定理由：{_sentence(content, 'original_reason') or '详见原通知。'}",
        f"申请理由：{_sentence(content, 'statement')}",
        f"经审查查明：{_sentence(content, 'facts')}",
        f"依据{str(content.get('basis', '')).rstrip('。')}，决定：{content.get('result', '')}。"
        f"理由：{_sentence(content, 'reason')}",
    ]
    if content.get("measure"):
        paragraphs.append(f"后续办理：{_sentence(content, 'measure')}原决定的记载保留，以本决定书为准。")
    return paragraphs, [], ""


def _change_approval(content: Content) -> tuple[list[str], list[Table], str]:
    """第十六条：同意变更."""
    paragraphs = [
        _change_asked(content),
        f"经{content.get('recommender') or '组织推荐部门'}审核同意，我厅审核，同意上述变更，自{_day(content, 'effective_on')}起生效。",
        "请依托单位按变更后的内容做好国合基地建设运行与管理，组织推荐部门加强指导和支持。基地编号不变。",
    ]
    return paragraphs, [_change_table(content)], ""


def _change_refusal(content: Content) -> tuple[list[str], list[Table], str]:
    """第十六条：不予同意变更，不得擅自调整."""
    paragraphs = [
        _change_asked(content),
        f"经审核，不同意上述变更。理由：{_sentence(content, 'reason')}",
        f"依据第十六条，审批不通过的不得擅自调整。请依托单位自收到本通知之日起{content.get('confirm_days', '')}个工作日内"
        "在平台确认国合基地维持原状；擅自调整影响正常运行的，按第二十二条处理。",
    ]
    return paragraphs, [_change_table(content)], ""


def _change_asked(content: Content) -> str:
    late = f"（逾期{content['late_days']}天）" if content.get("late_days") else ""
    return (
        f"你单位{_day(content, 'requested_on')}提出的{content.get('base_name', '')}（{content.get('base_code', '')}）"
        f"变更{content.get('item', '')}的申请{late}收悉，编号{content.get('number', '')}。"
    )


def _change_table(content: Content) -> Table:
    row = tuple(str(content.get(key) or "") for key in ("item", "old", "new"))
    return Table("变更事项", ("事项", "变更前", "变更后", "发生日期"), ((*row, _day(content, "event_on")),))


KINDS: Mapping[str, Callable[[Content], tuple[list[str], list[Table], str]]] = {
    "round_notice": _round_notice,
    "designation": _designation,
    "publicity_list": _publicity,
    "correction": _correction,
    "reconsideration": _reconsideration,
    "change_approval": _change_approval,
    "change_refusal": _change_refusal,
}


def _table(name: str, rows: Iterable[Mapping[str, Any]], what: str = "认定名单") -> Table:
    of_bases = name if "国际科技合作基地" in name else f"{name}国际科技合作基地"
    title = f"{of_bases.removesuffix('认定')}{what}"
    body = tuple(tuple(str(row.get(key) or "") for key, _ in LIST_COLUMNS) for row in rows)
    return Table(title, tuple(label for _, label in LIST_COLUMNS), body)


def _addressed(recipients: Any) -> str:
    text = recipients if isinstance(recipients, str) else "，".join(str(each) for each in recipients)
    return text.rstrip("：:") + "：" if text else ""


def _sentence(content: Content, key: str) -> str:
    text = str(content.get(key) or "").strip().rstrip("。")
    return f"{text}。" if text else ""


def _day(content: Content, key: str) -> str:
    value = content.get(key)
    return chinese_date(date.fromisoformat(str(value)[:10])) if value else "另行通知"
