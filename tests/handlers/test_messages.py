"""The phrases of domain.md 6.4 say what happened, until when, and what to do."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import messages

DAY = date(2026, 6, 5)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (messages.todo("审核初评", "青禾", DAY), "【国合基地】您有1件待办：审核初评（青禾），请于2026年6月5日前办理。"),
        (messages.correction("申报书", 3, DAY), "需补正3处，请于2026年6月5日前修改后重新提交。逾期未提交视为撤回。"),
        (
            messages.report_due("甲基地", 2026),
            "【国合基地】甲基地2026年度报告尚未提交，截止2027年1月31日，请尽快填报。",
        ),
        (messages.report_overdue("甲基地", 2026), "甲基地2026年度报告已逾期，请立即补报并说明原因。"),
        (messages.change_due("负责人变更", DAY, date(2026, 7, 6)), "依据第十六条应于2026年7月6日前提出变更申请。"),
        (messages.change_late(3), "本申请晚于规定期限3天，请说明原因。"),
        (messages.revocation_intended("甲基地", 10), "收到本告知之日起10个工作日内提出陈述、申辩，逾期视为放弃。"),
        (
            messages.unqualified_twice("甲基地", "2026年", "2029年"),
            "连续两次“不合格”，依据第十八条、第二十二条第二项。",
        ),
        (messages.category("special_dev"), "特色发展类"),
        (messages.category("other"), "other"),
        (messages.round_published("批次", DAY, DAY, DAY), "批次工作通知已发布，申报时间2026年6月5日至2026年6月5日"),
        (messages.expert_released("甲基地", "申请回避"), "原因：申请回避。"),
    ],
)
def test_phrase(said, expected):
    assert expected in said
