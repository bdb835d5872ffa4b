"""Drafts: an analyst changes a file, shows it to a second one, takes it back. Commands, each journaled under `model:<name>`.

A person has one open draft of a file. `base_hash` is the version it was made from; a draft whose base is no longer the
newest is told so and cannot be approved before it is taken up anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from webapp.engine import permissions
from webapp.engine.running import Answer, once
from webapp.errors import Forbidden, Invalid, Missing, Rejected, Stale
from webapp.spiff.findings import Finding
from webapp.store import journal, models, notices, people, releases
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import ModelDraft
from webapp.studio import checker, versions

NAME = re.compile(r"[a-z][a-z0-9_]*\.(bpmn|dmn)|forms/[a-z][a-z0-9_]*/[a-z][a-z0-9_]*\.(schema|ui)\.json")
LARGEST = 5 * 1024 * 1024
EDITED = ("draft", "refused")
OPEN = (*EDITED, "submitted")
STATES: Mapping[str, str] = {
    "draft": "编辑中",
    "submitted": "待审核",
    "approved": "已发布",
    "refused": "已退回",
}


def newest(tx: Tx) -> Mapping[str, str]:
    """Name → hash of the files as the last release has them, in force or not yet."""
    rows = versions.in_order(tx)
    return rows[-1].manifest if rows else {}


def content_of(tx: Tx, digest: str | None) -> str:
    """The text with this hash; "" for none."""
    return releases.artefact(tx, digest).content if digest else ""


def open_of(tx: Tx, actor: Principal, name: str) -> ModelDraft | None:
    """The person's draft of the file that is being edited or waits for review."""
    rows = models.listed(tx, name=name)
    return next((row for row in rows if row.author == actor.person_id and row.status in OPEN), None)


def version_of(row: ModelDraft) -> str:
    """Changes with every save: a page that shows another state is told it is late."""
    return f"{row.id}:{row.updated_at.isoformat()}"


def is_outdated(tx: Tx, row: ModelDraft) -> bool:
    """Somebody has released another version since the draft was made from its own."""
    return newest(tx).get(row.name) != row.base_hash


def save(tx: Tx, actor: Principal, name: str, content: str, *, version: str = "") -> ModelDraft:
    """The text is the person's draft of the file; `version` is what the page showed. Raises Stale, Invalid, Rejected."""
    _may_draw(actor)
    _sized(name, content)
    row = open_of(tx, actor, name)
    if row is None:
        return _begin(tx, actor, name, content, newest(tx).get(name), "model.draft")
    if row.status == "submitted":
        raise Rejected("该草稿已送审，请先撤回再修改。")
    if version and version != version_of(row):
        raise Stale("该草稿已在另一窗口保存过，请先另存您的修改，再刷新页面。", at=row.updated_at)
    if row.content != content:
        models.put(tx, row, content=content)
        tx.write()
    return row


def restore(tx: Tx, actor: Principal, name: str, digest: str, *, command_id: str) -> Answer:
    """An old version is the person's new draft, based on the newest one; an open draft of his is in the way."""

    def work() -> Answer:
        _may_draw(actor)
        if digest not in {row.manifest.get(name) for row in versions.in_order(tx)}:
            raise Missing("没有这个版本。")
        if open_of(tx, actor, name) is not None:
            raise Rejected("您已有该文件的草稿，请先放弃或送审后再恢复旧版本。")
        row = _begin(tx, actor, name, content_of(tx, digest), newest(tx).get(name), "model.restore")
        return Answer(notes={"draft": row.id})

    return once(tx, actor, "model.restore", command_id, work)


def rebase(tx: Tx, actor: Principal, draft_id: str, *, command_id: str) -> Answer:
    """The author has taken what changed meanwhile into his draft: it now counts as made from the newest version."""

    def work() -> Answer:
        row = _own(tx, actor, draft_id, EDITED)
        base = newest(tx).get(row.name)
        note(tx, actor, row, "model.rebase", before={"base": row.base_hash}, after={"base": base})
        models.put(tx, row, base_hash=base)
        return Answer(notes={"draft": row.id})

    return once(tx, actor, "model.rebase", command_id, work)


def submit(tx: Tx, actor: Principal, draft_ids: Sequence[str], reason: str, *, command_id: str) -> Answer:
    """The drafts wait for a second person. Raises Invalid, naming file and element, when the checker finds errors."""

    def work() -> Answer:
        rows = [_own(tx, actor, draft_id, EDITED) for draft_id in dict.fromkeys(draft_ids)]
        if not rows:
            raise Invalid({"draft": "请选择要送审的草稿。"})
        if not reason.strip():
            raise Invalid({"note": "请填写修改说明。"})
        refuse_outdated(tx, rows)
        refuse_unchanged(rows)
        others = list(models.listed(tx, status="submitted"))
        refuse_errors(tx, rows, [*others, *rows])
        for row in rows:
            models.put(tx, row, status="submitted", note=reason.strip(), reviewer=None)
            note(tx, actor, row, "model.submit", reason=reason.strip())
        names = "、".join(row.name for row in rows)
        text = f"{actor.name}提交了 {names} 的修改，请审核：{reason.strip()[:200]}"
        notices.add(tx, role="analyst", org_id=actor.org_id, subject="流程修改待审核", text=text)
        return Answer(notes={"drafts": [row.id for row in rows]})

    return once(tx, actor, "model.submit", command_id, work)


def withdraw(tx: Tx, actor: Principal, draft_id: str, *, command_id: str) -> Answer:
    """The author may go on with his draft; nobody reviews it."""

    def work() -> Answer:
        row = _own(tx, actor, draft_id, ("submitted",))
        models.put(tx, row, status="draft")
        note(tx, actor, row, "model.withdraw")
        return Answer(notes={"draft": row.id})

    return once(tx, actor, "model.withdraw", command_id, work)


def discard(tx: Tx, actor: Principal, draft_id: str, *, command_id: str) -> Answer:
    """The author gives his draft up; the journal keeps that there was one."""

    def work() -> Answer:
        row = _own(tx, actor, draft_id, EDITED)
        note(tx, actor, row, "model.discard")
        models.delete(tx, row)
        return Answer(notes={"draft": row.id})

    return once(tx, actor, "model.discard", command_id, work)


# ---------------------------------------------------------------------------------------------- conditions


def refuse_outdated(tx: Tx, rows: Iterable[ModelDraft]) -> None:
    """Raise Rejected for drafts made from a version that is no longer the newest."""
    late = [row.name for row in rows if is_outdated(tx, row)]
    if late:
        names = "、".join(late)
        raise Rejected(f"{names} 在您修改期间已发布新版本，请对比新版、并入其修改，再点“已并入新版”后送审。")


def refuse_unchanged(rows: Iterable[ModelDraft]) -> None:
    """Raise Invalid for drafts that say what is in force already."""
    same = [row.name for row in rows if row.base_hash == releases.hash_of(row.content)]
    if same:
        raise Invalid({"draft": f"{'、'.join(same)} 与现行版本相同，无需送审。"})


def refuse_errors(tx: Tx, rows: Sequence[ModelDraft], together: Sequence[ModelDraft]) -> None:
    """Raise Invalid when the files, or others that depend on them, have errors; `together` is what will be there."""
    found = errors_of(tx, {row.name: row.content for row in together}, {row.name for row in rows})
    if found:
        raise Invalid(
            {f"{name} {one.element}".strip(): f"{name}：{one.message}" for name, one in found[:20]},
            f"检查发现 {len(found)} 个错误，不能送审：" + "；".join(one.message for _, one in found[:5]),
        )


def errors_of(tx: Tx, changed: Mapping[str, str], names: Iterable[str]) -> list[tuple[str, Finding]]:
    """(file, error) of the named files, and of any other diagram or form that the change has broken."""
    before = checker.installed(tx, versions.in_order(tx)[-1].id)
    after = before.with_files(changed)
    wanted = set(names)
    found = [(name, one) for name in sorted(wanted) for one in _errors(name, after)]
    for name in sorted(before.files.keys() - wanted):
        if name.endswith((".bpmn", ".json")) and _is_touched(name, before.files[name], wanted):
            known = {(one.rule, one.element, one.message) for one in _errors(name, before)}
            found += [(name, one) for one in _errors(name, after) if (one.rule, one.element, one.message) not in known]
    return found


def _errors(name: str, around: checker.Surroundings) -> list[Finding]:
    found = checker.check_text(name, around.files[name], around)
    return [one for one in found if one.severity == "error"]


def _is_touched(name: str, text: str, changed: Iterable[str]) -> bool:
    """Whether this file may depend on one of the changed: it names its stem, or is the other half of the form."""
    stems = {one.split("/")[-1].split(".")[0] for one in changed}
    return name.split("/")[-1].split(".")[0] in stems or any(stem in text for stem in stems)


# ---------------------------------------------------------------------------------------------- within


def _begin(tx: Tx, actor: Principal, name: str, content: str, base: str | None, verb: str) -> ModelDraft:
    row = models.add(tx, name=name, content=content, author=actor.person_id, base_hash=base)
    note(tx, actor, row, verb)
    return row


def _sized(name: str, content: str) -> None:
    if not NAME.fullmatch(name):
        raise Invalid({"name": "文件名应形如 designation.bpmn、grade.dmn、forms/designation/defend.schema.json。"})
    if not content.strip():
        raise Invalid({"content": "内容不能为空。"})
    if len(content.encode("utf-8", "replace")) > LARGEST:
        raise Invalid({"content": "内容超过 5 MB，请拆分。"})


def _may_draw(actor: Principal) -> None:
    if not permissions.has_role(actor, "analyst"):
        raise Forbidden("只有流程分析师可以修改流程。")


def _own(tx: Tx, actor: Principal, draft_id: str, status: Sequence[str]) -> ModelDraft:
    _may_draw(actor)
    row = models.get(tx, draft_id)
    if row.author != actor.person_id:
        raise Forbidden("只能处理本人的草稿。")
    if row.status not in status:
        raise Stale(f"该草稿{STATES[row.status]}，请刷新页面。", at=row.updated_at)
    return row


def note(
    tx: Tx,
    actor: Principal,
    row: ModelDraft,
    action: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
    release_id: str | None = None,
) -> None:
    """The act is the newest entry of the file's journal."""
    seat = actor.seat
    entry = journal.Entry(
        action=action,
        actor=actor.person_id,
        org=seat.org_id if seat else None,
        seat=seat.id if seat else None,
        release_id=release_id,
        before=dict(before) if before else {"base": row.base_hash},
        after={"draft": row.id, "hash": releases.hash_of(row.content), **(after or {})},
        reason=reason or None,
    )
    journal.append(tx, f"model:{row.name}", entry)


def author_of(tx: Tx, row: ModelDraft) -> str:
    """The author's name."""
    return people.names(tx, [row.author]).get(row.author, row.author)
