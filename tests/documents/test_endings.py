"""The words of 事先告知书, 责令整改, 取消资格, 退出 and 恢复: facts, ground, decision, period, remedies, nothing left blank."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from webapp.documents import kinds

HEAD = {
    "recipients": "甬东新材料研究所",
    "host_name": "甬东新材料研究所",
    "base_name": "磁性材料国际科技合作基地",
    "number": "CX-2026-0001",
}
NOTICE = {
    **HEAD,
    "facts": "经核实，两项协议系伪造。",
    "grounds_text": "提供虚假信息",
    "cited": "《省科技厅国际科技合作基地管理办法》第二十二条第（三）项",
    "intended": "拟取消国合基地资格",
    "days": 10,
    "due_on": "2026-03-16",
    "contact": "沈予安",
    "phone": "0571-87000000",
    "address": "环城西路33号",
}
DECISION = {
    **NOTICE,
    "told_on": "2026-03-02",
    "heard": "你单位提出陈述、申辩。我厅已逐条复核。",
    "points": [{"point": "系更名后重签", "result": "不采纳", "reason": "与证据不符"}],
    "meeting": "2026年4月8日厅长办公会（纪要〔2026〕8号）",
    "reason": "事实清楚",
    "scope_text": "依托单位",
    "years": 3,
    "from_text": "决定成文之日",
    "until": "2029-04-10",
    "allowed": "2029-04-11",
    "rewards": ["2024年度绩效评价：未使用的20万元收回。"],
    "remedies": "对本决定有异议的，可以申请复核、行政复议或者提起行政诉讼。",
    "copies": "各设区市科技局",
}


def written(kind: str, content: dict[str, Any]) -> str:
    letter = kinds.letter(kind, "标题", "浙科发外〔2026〕45号", date(2026, 4, 10), content, "mark")
    assert letter.recipients == "甬东新材料研究所："
    return "\n".join((*letter.paragraphs, letter.contact))


@pytest.mark.article("22")
def test_prior_notice_names_the_right_to_be_heard() -> None:
    said = written("revocation_notice", NOTICE)
    assert said.startswith("经核实，两项协议系伪造。\n上述事实属于“提供虚假信息”的情形。")
    assert "10个工作日内（至2026年3月16日）向我厅提出陈述、申辩，提交证据，也可以要求听证" in said
    assert "联系人：沈予安，电话：0571-87000000，地址：环城西路33号" in said
    assert "地址" not in written("revocation_notice", {**NOTICE, "address": ""})


@pytest.mark.article("22")
def test_decision_prints_scope_and_period_of_the_ban() -> None:
    """domain.md 3.4：限制范围和期限写入决定。"""
    said = written("revocation", DECISION)
    assert "我厅于2026年3月2日事先告知拟作出决定的事实、理由和依据。你单位提出陈述、申辩。" in said
    assert "关于“系更名后重签”：不采纳。与证据不符。" in said
    assert (
        "自决定成文之日起3年内不得再次申报国合基地，即至2029年4月10日，2029年4月11日起可再次申报。限制范围：依托单位。"
        in said
    )
    assert "奖励经费未使用部分：2024年度绩效评价：未使用的20万元收回。" in said
    assert "行政诉讼" in said
    bare = written("revocation", {**DECISION, "until": "", "rewards": [], "copies": "", "points": []})
    assert "自决定成文之日起3年内不得再次申报国合基地。限制范围" in bare
    assert "奖励经费" not in bare


@pytest.mark.article("12(3)")
def test_rectification_order_lists_items_and_limit() -> None:
    items = [{"item": "制度缺失", "requirement": "建立制度。"}, {"item": "无专人", "requirement": "配备专人"}]
    content = {**HEAD, "grounds": "提供虚假信息", "facts": "制度不健全", "items": items, "due_on": "2026-05-01"}
    said = written("rectification_order", content)
    assert "经查，制度不健全。" in said
    assert "于2026年5月1日前" in said
    assert "1、制度缺失：建立制度。\n2、无专人：配备专人。" in said


@pytest.mark.article("22")
def test_not_revoked() -> None:
    said = written(
        "revocation_closed",
        {**HEAD, "told_on": "2026-03-02", "heard": "你单位书面放弃陈述、申辩。", "reason": "情节轻微"},
    )
    assert "决定不予取消资格。理由：情节轻微。" in said


@pytest.mark.article("23")
def test_exit_says_from_when_and_that_no_ban_follows() -> None:
    content = {**HEAD, "reason": "合作中止", "arrangement": "成果归依托单位", "effective_on": "2026-06-01"}
    said = written("exit", {**content, "obligations": ["变更申请（BG-1）：撤回"], "copies": "各设区市科技局"})
    assert "自2026年6月1日起不再作为国合基地管理" in said
    assert "未了事项：变更申请（BG-1）：撤回。\n主动退出不产生限制申报" in said
    assert "未了事项" not in written("exit", content)


@pytest.mark.article("12(2)")
def test_reinstatement_names_the_instrument_and_lifts_the_ban() -> None:
    content = {
        **HEAD,
        "authority": "浙江省人民政府",
        "instrument": "行政复议决定",
        "instrument_no": "浙政复〔2027〕15号",
        "instrument_on": "2027-02-20",
        "conclusion": "撤销了",
        "revocation_doc_no": "浙科发外〔2026〕45号",
        "on": "2027-03-01",
        "reason": "执行复议决定",
    }
    full = {**content, "ban_doc_no": "浙科发外〔2026〕45号", "waived": ["2026年度"], "copies": "各设区市科技局"}
    said = written("reinstatement", full)
    assert said.startswith(
        "浙江省人民政府作出的行政复议决定（浙政复〔2027〕15号，2027年2月20日）撤销了我厅浙科发外〔2026〕45号"
    )
    assert "限制申报同时解除，原记载保留。\n取消资格期间到期的年度报告（2026年度）免予报送。" in said
    assert "限制申报" not in written("reinstatement", content)


def test_no_kind_leaves_a_blank() -> None:
    """没有日期的位置不写字。"""
    assert "None" not in written("revocation_closed", HEAD)
