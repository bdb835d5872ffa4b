"""A job that fails is an incident of its case: tried again, then an operator's; it holds up nobody (jobs.md fault test 10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.demo import sheets
from webapp.documents import archive, docx_file
from webapp.engine import commands
from webapp.engine.runtime import Runtime
from webapp.errors import Busy
from webapp.jobs.reconcile import PATIENCE, Reconciler
from webapp.store import documents, incidents, outbox
from webapp.store.tables import Incident

HOST = "host-jhsf"


def _breaks(*_: Any, **__: Any) -> Any:
    raise ValueError("字体文件损坏")


def _open(story: Story) -> list[Incident]:
    with story.database.reading(SYSTEM) as tx:
        return list(incidents.open_ones(tx))


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_document_whose_files_cannot_be_made(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """公文文件生成失败：公文有效、流程照走，异常可见并自动重试；原因消除后生成，异常解决。"""
    (document,) = story.documents(story.round_id)
    with monkeypatch.context() as broken:
        broken.setattr(docx_file, "write", _breaks)
        assert story.installation.runners["render"](document.id) is False
        (incident,) = _open(story)
        assert (incident.case_id, incident.job, incident.ref) == (story.round_id, "render", document.id)
        assert "字体文件损坏" in incident.detail
        assert story.case(story.round_id).status == "open"
        story.minutes_pass(2)
        assert _open(story)[0].attempts == 2
    story.minutes_pass(10)
    assert _open(story) == []
    assert story.documents(story.round_id)[0].status == "ready"


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_document_that_never_renders_is_skipped_by_an_operator(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """一直失败的，重试有限次后通知系统管理员；跳过后公文标为生成失败，不再重试。"""
    (document,) = story.documents(story.round_id)
    monkeypatch.setattr(docx_file, "write", _breaks)
    story.installation.runners["render"](document.id)
    story.days_pass(2)
    (incident,) = _open(story)
    assert (incident.attempts, incident.next_at) == (6, None)
    assert story.told("p-sysadmin", "公文文件没有生成")
    story.commands("skip", "p-sysadmin", incident.id, "字体待更换，纸质件已印发")
    assert story.documents(story.round_id)[0].status == "failed"
    assert _open(story) == []
    with story.database.reading(SYSTEM) as tx:
        assert documents.rendering(tx, clock.now() + timedelta(days=1)) == []


@pytest.mark.article("11(1)")
@pytest.mark.stage("submitted")
def test_package_that_cannot_be_made(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """归档包生成失败：办结不受影响，异常可见；每小时的补做不会绕过它，原因消除后重试成功。"""
    case = story.applications[HOST]
    story.sends(case, "withdraw", f"p-{HOST}", sheets.withdraw())
    with monkeypatch.context() as broken:
        broken.setattr(archive, "write", _breaks)
        story.installation.runners["archive"](case)
        (incident,) = _open(story)
        assert (incident.case_id, incident.job) == (case, "archive")
        story.stops(f"{clock.local(clock.now() + timedelta(minutes=30)):%Y-%m-%dT%H:%M}")
        assert story.installation.runners["archives"]("hour") == 0
        assert _open(story)[0].attempts == 1
    assert story.commands("retry", "p-sysadmin", case).notes == {"jobs": 1}
    assert _open(story) == []
    with story.database.reading(SYSTEM) as tx:
        assert archive.package(tx, case) is not None


@pytest.mark.article("11(2)")
@pytest.mark.stage("submitted")
def test_poison_message_holds_up_nobody(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """一条总是出错的消息：登记异常，其他消息照常送到；补漏不再反复执行它。"""
    case = story.applications[HOST]
    through = Runtime.deliver

    def poisoned(runtime: Runtime, message: str, payload: Any) -> bool:
        if payload.get("poison"):
            raise RuntimeError("坏消息")
        return through(runtime, message, payload)

    monkeypatch.setattr(Runtime, "deliver", poisoned)
    with story.database.writing(SYSTEM) as tx:
        for number in range(3):
            payload = {"poison": number < 2, "reason": "推荐部门逾期未推荐"}
            outbox.add(tx, key=f"m{number}", message="taken_over", to_case=case, payload=payload)
    story.stops(f"{clock.local(clock.now() + timedelta(minutes=1)):%Y-%m-%dT%H:%M}")
    reconciler = Reconciler(story.database, story.installation.runners)
    reconciler.sweep(PATIENCE)
    assert story.elements(case) == ["formal_check"], "the good one arrived"
    assert [(row.job, row.attempts) for row in _open(story)] == [("deliver", 1)] * 2
    reconciler.sweep(PATIENCE)
    assert [row.attempts for row in _open(story)] == [1, 1], "their next attempt is not due yet"


@pytest.mark.article("11(1)")
@pytest.mark.stage("opened")
def test_timer_that_fails_to_fire(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """计时触发出错（不是流程环节出错）：登记异常，消除后照常触发。"""
    with monkeypatch.context() as broken:
        broken.setattr(Runtime, "fire", _breaks)
        story.today("2026-04-11")
        found = _open(story)
        assert [(row.case_id, row.job, row.next_at) for row in found] == [(story.round_id, "wake", None)]
    story.commands("retry", "p-sysadmin", story.round_id)
    assert _open(story) == []
    assert story.round(story.round_id).status != "open"


@pytest.mark.stage("submitted")
def test_busy_database_is_no_incident(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """数据库一时繁忙不算异常，由补漏再做。"""

    def busy(*_: Any) -> bool:
        raise Busy

    monkeypatch.setattr(commands, "deliver", busy)
    with story.database.writing(SYSTEM) as tx:
        message = outbox.add(tx, key="m", message="taken_over", to_case=story.applications[HOST]).id
    with pytest.raises(Busy):
        story.installation.runners["deliver"](message)
    assert _open(story) == []
