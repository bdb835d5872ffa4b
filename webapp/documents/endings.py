"""The words of documents by which a base loses its title, gives it up or has it back (第十八条, 第二十二条, 第二十三条)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from webapp.documents.letter import Table, chinese_date

Content = Mapping[str, Any]
Words = tuple[list[str], list[Table], str]


def revocation_notice(content: Content) -> Words:
    """事先告知书: facts, grounds, what is intended, the right to be heard, until when and where."""
    paragraphs = [
        _found(content),
        f"上述事实属于“{content.get('grounds_text', '')}”的情形。依据{content.get('cited', '')}，{_said(content, 'intended')}",
        f"你单位有权在收到本告知书之日起{content.get('days', '')}个工作日内（至{_day(content, 'due_on')}）向我厅提出陈述、申辩，"
        "提交证据，也可以要求听证或者书面放弃。逾期未提出的，视为放弃陈述、申辩。",
    ]
    address = f"，地址：{content['address']}" if content.get("address") else ""
    contact = f"联系人：{content.get('contact', '')}，电话：{content.get('phone', '')}{address}"
    return paragraphs, [], contact


def rectification_order(content: Content) -> Words:
    """责令整改通知书: what was found, what is to be done until when."""
    items = list(content.get("items") or ())
    paragraphs = [
        f"你单位依托建设的{content.get('base_name', '')}涉及“{content.get('grounds', '')}”的情形（{content.get('number', '')}）。"
        f"{_found(content)}",
        f"现责令你单位于{_day(content, 'due_on')}前完成下列事项的整改，并报送整改情况和证明材料：",
        *[
            f"{n}、{row.get('item', '')}：{str(row.get('requirement', '')).rstrip('。')}。"
            for n, row in enumerate(items, 1)
        ],
        "逾期未整改或者整改不到位的，按程序作进一步处理。",
    ]
    return paragraphs, [], ""


def revocation(content: Content) -> Words:
    """取消资格决定: facts, hearing, ground, decision with the ban's scope and period, remedies."""
    points = list(content.get("points") or ())
    paragraphs = [
        f"关于你单位依托建设的{content.get('base_name', '')}，{_found(content)}",
        f"我厅于{_day(content, 'told_on')}事先告知拟作出决定的事实、理由和依据。{content.get('heard', '')}",
        *[
            f"关于“{str(row.get('point', '')).rstrip('。')}”：{row.get('result', '')}。{_said(row, 'reason')}"
            for row in points
        ],
        f"上述事实属于“{content.get('grounds_text', '')}”的情形。经{content.get('meeting', '')}研究，依据{content.get('cited', '')}，"
        f"决定取消{content.get('base_name', '')}的国合基地资格。理由：{_said(content, 'reason')}",
        _ban(content),
    ]
    if content.get("rewards"):
        paragraphs.append(f"奖励经费未使用部分：{''.join(content['rewards'])}")
    paragraphs.append(f"{content.get('remedies', '')}")
    if content.get("copies"):
        paragraphs.append(f"抄送：{content['copies']}。")
    return paragraphs, [], ""


def revocation_closed(content: Content) -> Words:
    """不予取消资格 after a prior notice."""
    paragraphs = [
        f"我厅于{_day(content, 'told_on')}事先告知拟取消{content.get('base_name', '')}资格（{content.get('number', '')}）。"
        f"{content.get('heard', '')}",
        f"经研究，决定不予取消资格。理由：{_said(content, 'reason')}",
        "因本程序暂缓办理的事项，自即日起恢复办理。",
    ]
    return paragraphs, [], ""


def exit_approval(content: Content) -> Words:
    """同意退出的批复 (第二十三条); no ban follows."""
    paragraphs = [
        f"你单位关于{content.get('base_name', '')}主动退出的申请（{content.get('number', '')}）收悉。退出原因：{_said(content, 'reason')}",
        f"经研究，依据《省科技厅国际科技合作基地管理办法》第二十三条，同意{content.get('base_name', '')}退出国合基地序列，"
        f"自{_day(content, 'effective_on')}起不再作为国合基地管理，不得再以国合基地名义开展活动。",
        f"请按申请所列安排做好成果和合作对象的后续工作：{_said(content, 'arrangement')}",
    ]
    if content.get("obligations"):
        paragraphs.append(f"未了事项：{'；'.join(content['obligations'])}。")
    paragraphs.append("主动退出不产生限制申报，符合条件的可再次申报。")
    if content.get("copies"):
        paragraphs.append(f"抄送：{content['copies']}。")
    return paragraphs, [], ""


def reinstatement(content: Content) -> Words:
    """恢复资格的决定: by which instrument, from when, that the ban is lifted, what is waived."""
    paragraphs = [
        f"{content.get('authority', '')}作出的{content.get('instrument', '')}"
        f"（{content.get('instrument_no', '')}，{_day(content, 'instrument_on')}）"
        f"{content.get('conclusion', '')}我厅{content.get('revocation_doc_no', '')}取消{content.get('base_name', '')}资格的决定。",
        f"经研究，决定自{_day(content, 'on')}起恢复{content.get('base_name', '')}的国合基地资格。理由：{_said(content, 'reason')}",
    ]
    if content.get("ban_doc_no"):
        paragraphs.append(f"依据{content['ban_doc_no']}的限制申报同时解除，原记载保留。")
    if content.get("waived"):
        paragraphs.append(f"取消资格期间到期的年度报告（{'、'.join(content['waived'])}）免予报送。")
    if content.get("copies"):
        paragraphs.append(f"抄送：{content['copies']}。")
    return paragraphs, [], ""


def _ban(content: Content) -> str:
    years, scope = content.get("years", 3), content.get("scope_text", "")
    until = f"，即至{_day(content, 'until')}，{_day(content, 'allowed')}起可再次申报" if content.get("until") else ""
    return f"自{content.get('from_text', '')}起{years}年内不得再次申报国合基地{until}。限制范围：{scope}。"


def _found(content: Content) -> str:
    """The facts, introduced unless they introduce themselves."""
    facts = _said(content, "facts")
    return facts if facts.startswith("经") else f"经查，{facts}"


def _said(content: Content, key: str) -> str:
    text = str(content.get(key) or "").strip().rstrip("。")
    return f"{text}。" if text else ""


def _day(content: Content, key: str) -> str:
    value = str(content.get(key) or "")
    return chinese_date(date.fromisoformat(value[:10])) if value else ""
