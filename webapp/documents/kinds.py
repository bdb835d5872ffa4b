"""Which words an official document of each kind is made of; its content row holds the facts, this page the sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from webapp.documents import endings
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


def _inclusion(content: Content) -> tuple[list[str], list[Table], str]:
    """纳入通知 (第十七条): what the unit held, the base it becomes, and that it is managed as one from now on."""
    paragraphs = [
        f"你单位关于“{content.get('title_name', '')}”（{content.get('title', '')}）纳入国合基地序列的申请"
        f"（编号{content.get('number', '')}）收悉。",
        "根据《省科技厅国际科技合作基地管理办法》第十七条的规定，经组织推荐部门审核，并按程序审定，"
        f"同意将“{content.get('base_name', '')}”纳入省科技厅国际科技合作基地，类别为{content.get('category', '')}，"
        f"依托单位为{content.get('host_name', '')}，负责人为{content.get('leader', '')}。",
        "纳入后按国合基地相关要求进行管理，认定日期为本文件的成文日期，满一年后按规定提交年度报告。",
    ]
    if content.get("copies"):
        paragraphs.append(f"抄送：{content['copies']}。")
    return paragraphs, [], ""


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


RESULT_COLUMNS = (
    ("number", "序号"),
    ("base_name", "基地名称"),
    ("category", "类别"),
    ("host_name", "依托单位"),
    ("city", "设区市"),
    ("recommender", "组织推荐部门"),
    ("grade", "评价结果"),
)
POINTS_COLUMNS = (
    ("group", "一级指标"),
    ("name", "指标"),
    ("values", "数据"),
    ("formula", "计算公式"),
    ("max", "满分"),
    ("points", "得分"),
)


def _evaluation_notice(content: Content) -> tuple[list[str], list[Table], str]:
    """第十八条：绩效评价工作通知。"""
    body = [part.strip() for part in str(content.get("body", "")).splitlines() if part.strip()]
    paragraphs = [
        *body,
        f"一、评价范围。{_day(content, 'designated_by')}以前认定的{'、'.join(content.get('categories') or ())}国合基地。",
        f"二、评价期。{_day(content, 'period_from')}至{_day(content, 'period_to')}，期内认定的自认定之日起计。",
        f"三、时间安排。依托单位请于{_day(content, 'material_due')}前提交自评材料，各组织推荐部门请于"
        f"{_day(content, 'opinion_due')}前出具评价意见并填报配套支持情况，评审于{_day(content, 'review_by')}前完成。",
        "四、提交方式。依托单位登录国合基地流程平台填报，经单位审核盖章后提交。平台为非涉密系统，严禁填报涉密信息。",
    ]
    contact = [
        f"{label}：{content[key]}" for key, label in (("contact", "联系人"), ("phone", "电话")) if content.get(key)
    ]
    return paragraphs, [], "，".join(contact)


def _evaluation_publicity(content: Content) -> tuple[list[str], list[Table], str]:
    """第十八条：拟定等次的公示。"""
    paragraphs = [
        f"经组织评价、综合评议并按程序审定，现将{content.get('round', '')}拟定结果予以公示，公示期至{_day(content, 'until')}。",
        "任何单位和个人如有异议，请在公示期内以书面形式实名提出，并提供必要的证明材料；匿名异议不予受理。",
    ]
    return paragraphs, [_results(f"{content.get('round', '')}拟定结果", content.get("list") or ())], ""


def _evaluation_result(content: Content) -> tuple[list[str], list[Table], str]:
    """第十八条：评价结果。"""
    listed = list(content.get("list") or ())
    counts: dict[str, int] = {}
    for row in listed:
        counts[str(row.get("grade"))] = counts.get(str(row.get("grade")), 0) + 1
    said = "、".join(f"“{grade}”{count}家" for grade, count in counts.items())
    paragraphs = [
        f"根据{content.get('basis', '')}的规定，我厅组织开展了{content.get('round', '')}。经依托单位自评、组织推荐部门审核、专家评审、"
        f"综合评议，并按程序审定，参加评价的{len(listed)}家国合基地中，{said}，结果见附件。",
        "对评价“优秀”的国合基地，按照《浙江省科技发展专项资金管理办法》相关规定给予适当奖励，奖励经费用于自主开展国际科技合作交流支出，"
        "实施情况及成效作为下一轮绩效评价的重点内容。",
        "对评价“不合格”的国合基地，组织推荐部门应强化支持与指导，明确优化提升方案。连续两次评价“不合格”的，取消国合基地资格，"
        "三年内不得再次申报。",
    ]
    if content.get("copies"):
        paragraphs.append(f"抄送：{content['copies']}。")
    return paragraphs, [_results(f"{content.get('round', '')}结果", listed)], ""


def _evaluation_feedback(content: Content) -> tuple[list[str], list[Table], str]:
    """第十八条：评价结果反馈意见, with the points and how they came about."""
    parts = (("quant", "定量得分"), ("expert", "专家评分"), ("adjustment", "考察调整"))
    points = "，".join(f"{label}{content[key]}分" for key, label in parts if content.get(key) is not None)
    total = f"总分{content['total']}分（{points}）。" if content.get("total") is not None else ""
    paragraphs = [
        f"你单位依托建设的{content.get('base_name', '')}在{content.get('round', '')}中的结果为“{content.get('grade', '')}”"
        f"（{content.get('doc_no', '')}）。{total}",
    ]
    if content.get("veto"):
        paragraphs.append(f"一票否决情形：{_sentence(content, 'veto')}")
    told = (("opinion", "专家组意见"), ("strengths", "主要优势"), ("problems", "存在问题"), ("reason", "等次说明"))
    paragraphs += [f"{label}：{_sentence(content, key)}" for key, label in told if content.get(key)]
    paragraphs += [str(content[key]) for key in ("follows", "reconsideration") if content.get(key)]
    lines = list(content.get("lines") or ())
    rows = tuple(
        tuple(str(line.get(key) if line.get(key) is not None else "") for key, _ in POINTS_COLUMNS) for line in lines
    )
    tables = [Table("定量指标得分明细", tuple(label for _, label in POINTS_COLUMNS), rows)] if rows else []
    return paragraphs, tables, ""


def _improvement_notice(content: Content) -> tuple[list[str], list[Table], str]:
    """第十八条：提醒督促通知书, with what the evaluation found."""
    held = f"，并于{_day(content, 'held_on')}开展约谈或者督导" if content.get("held_on") else ""
    paragraphs = [
        f"你单位依托建设的{content.get('base_name', '')}在{content.get('round', '')}中的结果为“不合格”"
        f"（{content.get('result_doc_no', '')}）。根据《省科技厅国际科技合作基地管理办法》第十八条的规定，"
        f"现以{content.get('ways', '')}的方式予以提醒督促{held}。",
        *[part.strip() for part in str(content.get("content", "")).splitlines() if part.strip()],
    ]
    problems = [str(each).rstrip("。") for each in content.get("problems") or () if each]
    if problems:
        paragraphs.append(
            "评价发现的主要问题：" + "；".join(f"{n}.{each}" for n, each in enumerate(problems, 1)) + "。"
        )
    paragraphs.append(
        f"请自签收本通知之日起{content.get('days', '')}个工作日内拟订优化提升方案，报组织推荐部门明确后送我厅备案。"
        "连续两次评价“不合格”的，取消国合基地资格，三年内不得再次申报。"
    )
    contact = [
        f"{label}：{content[key]}" for key, label in (("contact", "联系人"), ("phone", "电话")) if content.get(key)
    ]
    return paragraphs, [], "，".join(contact)


def _results(title: str, listed: Iterable[Mapping[str, Any]]) -> Table:
    body = tuple(tuple(str(row.get(key) or "") for key, _ in RESULT_COLUMNS) for row in listed)
    return Table(title, tuple(label for _, label in RESULT_COLUMNS), body)


KINDS: Mapping[str, Callable[[Content], tuple[list[str], list[Table], str]]] = {
    "round_notice": _round_notice,
    "designation": _designation,
    "publicity_list": _publicity,
    "correction": _correction,
    "reconsideration": _reconsideration,
    "revocation_notice": endings.revocation_notice,
    "rectification_order": endings.rectification_order,
    "revocation": endings.revocation,
    "revocation_closed": endings.revocation_closed,
    "exit": endings.exit_approval,
    "reinstatement": endings.reinstatement,
    "change_approval": _change_approval,
    "change_refusal": _change_refusal,
    "inclusion": _inclusion,
    "evaluation_notice": _evaluation_notice,
    "evaluation_publicity": _evaluation_publicity,
    "evaluation_result": _evaluation_result,
    "evaluation_feedback": _evaluation_feedback,
    "improvement_notice": _improvement_notice,
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
