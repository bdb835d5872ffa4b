"""Four eyes: a second person approves drafts, which makes a release in force from a date, or sends them back with a reason.

Running cases and published rounds keep the release they started with (settled.md 18); nothing here touches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from webapp import clock
from webapp.engine import permissions
from webapp.engine.running import Answer, once
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import models, notices, numbers, releases
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import ModelDraft
from webapp.studio import drafts, versions

REVIEWERS = ("analyst", "division_head")


def approve(
    tx: Tx, actor: Principal, draft_ids: Sequence[str], effective_from: date, opinion: str = "", *, command_id: str
) -> Answer:
    """The drafts are one release in force from that day, today or later; cases that start before keep what they have.

    Raises Forbidden (the author himself), Invalid (errors by file and element, a day gone by), Rejected (an outdated draft).
    """

    def work() -> Answer:
        numbers.next_of(tx, "release", clock.today().year)  # one after the other: each builds on the last release
        rows = [_waiting(tx, actor, draft_id) for draft_id in dict.fromkeys(draft_ids)]
        if not rows:
            raise Invalid({"draft": "请选择要发布的草稿。"})
        if len({row.name for row in rows}) < len(rows):
            raise Invalid({"draft": "同一文件有两份草稿，请只选一份。"})
        _dated(tx, effective_from)
        drafts.refuse_outdated(tx, rows)
        drafts.refuse_errors(tx, rows, rows)
        release_id = _release(tx, actor, rows, effective_from, opinion)
        for row in rows:
            models.put(tx, row, status="approved", reviewer=actor.person_id)
            after = {"effective_from": effective_from.isoformat()}
            drafts.note(tx, actor, row, "model.approve", after=after, reason=opinion, release_id=release_id)
            _tell(tx, row, "流程修改已发布", f"您对 {row.name} 的修改已审核通过，自 {effective_from} 起施行。")
        return Answer(notes={"release": release_id})

    return once(tx, actor, "model.approve", command_id, work)


def refuse(tx: Tx, actor: Principal, draft_id: str, reason: str, *, command_id: str) -> Answer:
    """The draft is the author's again, with the reason."""

    def work() -> Answer:
        row = _waiting(tx, actor, draft_id)
        if not reason.strip():
            raise Invalid({"reason": "请填写退回原因。"})
        models.put(tx, row, status="refused", note=reason.strip(), reviewer=actor.person_id)
        drafts.note(tx, actor, row, "model.refuse", reason=reason.strip())
        _tell(tx, row, "流程修改被退回", f"您对 {row.name} 的修改被退回：{reason.strip()[:300]}")
        return Answer(notes={"draft": row.id})

    return once(tx, actor, "model.refuse", command_id, work)


def may_review(actor: Principal, row: ModelDraft) -> bool:
    """Whether the person may decide on this draft: a reviewer, and not its author."""
    return permissions.has_role(actor, *REVIEWERS) and row.author != actor.person_id


def _waiting(tx: Tx, actor: Principal, draft_id: str) -> ModelDraft:
    if not permissions.has_role(actor, *REVIEWERS):
        raise Forbidden("您没有审核流程的权限。")
    row = models.get(tx, draft_id)
    if row.author == actor.person_id:
        raise Forbidden("不能审核本人的修改，请由另一位流程分析师审核。")
    if row.status != "submitted":
        raise Stale(f"该草稿{drafts.STATES[row.status]}，请刷新页面。", at=row.updated_at)
    return row


def _dated(tx: Tx, effective_from: date) -> None:
    if effective_from < clock.today():
        raise Invalid({"effective_from": "生效日期不能早于今天。"})
    last = versions.in_order(tx)[-1]
    if last.effective_from > effective_from:
        raise Rejected(f"已有自 {last.effective_from} 起施行的版本，请选该日或之后的日期。")


def _release(tx: Tx, actor: Principal, rows: Sequence[ModelDraft], effective_from: date, opinion: str) -> str:
    manifest = versions.in_order(tx)[-1].manifest
    texts = {name: releases.artefact(tx, digest).content for name, digest in manifest.items()}
    texts.update({row.name: row.content for row in rows})
    note = "；".join(dict.fromkeys(row.note for row in rows if row.note))
    made = releases.add(
        tx,
        texts,
        effective_from=effective_from,
        note=note or opinion,
        made_by=",".join(dict.fromkeys(row.author for row in rows)),
        approved_by=actor.person_id,
    )
    return made.id


def _tell(tx: Tx, row: ModelDraft, subject: str, text: str) -> None:
    notices.add(tx, person_id=row.author, subject=subject, text=text)
