"""流程设计: drawing, forms, tables; drafts, review by a second analyst, versions, trial runs, lane roles."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from webapp import clock
from webapp.engine import catalog
from webapp.engine.running import Answer
from webapp.errors import Invalid, Missing, Rejected
from webapp.store import journal, models, releases, roles
from webapp.store.db import Tx
from webapp.studio import checker, differences, drafts, lanes, publishing, scenarios, versions
from webapp.views import desk, form_fields, labels, policies, studio_pages

bp = Blueprint("studio", __name__, url_prefix="/studio")

MOST_CHANGES = 200


@bp.before_request
def _let_the_board_draw() -> None:
    desk.allow_style_attributes()


@bp.get("", policy=policies.STUDIO_READ)
def show() -> str:
    """Every process with its version, the cases that run on each, the drafts; forms and tables."""
    with desk.system_reading() as tx:
        rows = studio_pages.files(tx)
        history = {row.name: versions.of_file(tx, row.name) for row in rows if row.version is not None}
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in ("diagram", "form", "decision")}
    return render_template("studio/list.html", kinds=kinds, history=history, draws=_draws())


# ---------------------------------------------------------------------------------------------- diagrams


@bp.get("/<name>", policy=policies.STUDIO_READ)
def diagram(name: str) -> str:
    """The drawing board: one's own draft, else the newest version; others look."""
    file = f"{name}.bpmn"
    with desk.system_reading() as tx:
        draft = drafts.open_of(tx, desk.principal(), file) if _draws() else None
        newest = drafts.newest(tx).get(file)
        if draft is None and newest is None:
            raise Missing("没有这个流程。")
        published = drafts.content_of(tx, newest) or None
        submitted = draft is not None and draft.status == "submitted"
        readonly = not _draws() or submitted
        data = studio_pages.board(tx, draft.content if draft else published or "", published, readonly=readonly)
        rows = studio_pages.files(tx)
        mine = studio_pages.shown(tx, draft) if draft else None
        version = drafts.version_of(draft) if draft else ""
    return render_template(
        "studio/diagram.html",
        name=name,
        file=file,
        data=data,
        draft=mine,
        version=version,
        readonly=readonly,
        rows=rows,
        title=labels.PROCESS.get(name, (name, ""))[0],
        select=request.args.get("select", "")[:80],
    )


@bp.post("/<name>/check", policy=policies.STUDIO_READ)
def check(name: str) -> Response:
    """What publishing would say of the drawing sent: JSON as of `guohe check --json`."""
    file = f"{name}.bpmn"
    content = _sent()
    with desk.system_reading() as tx:
        around = studio_pages.around(tx, desk.principal(), {file: content})
    return _json(checker.report(file, content, around))


@bp.post("/<name>/draft", policy=policies.STUDIO_DRAW)
def save(name: str) -> Response:
    """The drawing sent is one's draft; answers the moment and the version to send next time."""
    version = request.headers.get("X-Draft-Version", "")
    with desk.commanding() as tx:
        row = drafts.save(tx, desk.principal(), f"{name}.bpmn", _sent(), version=_unquoted(version))
        tx.write()
        answer = {"saved_at": clock.local(row.updated_at).strftime("%H:%M:%S"), "version": drafts.version_of(row)}
    return _json(answer)


@bp.post("/new", policy=policies.STUDIO_DRAW)
def begin() -> Any:
    """A new diagram, as a draft with one lane and a start."""
    name, title = request.form.get("name", "").strip(), request.form.get("title", "").strip()
    if f"{name}.bpmn" in _known_files() or name in _RESERVED or not title:
        raise Invalid({"name": "请填写名称，编号不能与已有流程相同。"})
    text = studio_pages.BLANK.format(id=name, name=title.replace("<", "").replace("&", "").replace('"', ""))
    with desk.commanding() as tx:
        drafts.save(tx, desk.principal(), f"{name}.bpmn", text)
    return redirect(url_for(".diagram", name=name))


_RESERVED = frozenset({"new", "review", "roles", "handlers", "history", "forms", "tables", "version", "drafts"})


@bp.get("/<name>/play", policy=policies.STUDIO_READ)
def play(name: str) -> str:
    """The scenario to start from."""
    content = _content(f"{name}.bpmn")
    scenario = json.dumps(scenarios.template(content), ensure_ascii=False, indent=2)
    return _play_page(name, scenario)


@bp.post("/<name>/play", policy=policies.STUDIO_READ)
def run(name: str) -> Any:
    """What happens with the scenario sent."""
    content, scenario = _content(f"{name}.bpmn"), request.form.get("scenario", "")
    try:
        with desk.system_reading() as tx:
            result: Any = scenarios.run(tx, f"{name}.bpmn", content, scenario)
        error = ""
    except Invalid as refusal:
        result, error = None, next(iter(refusal.fields.values()))
    names = studio_pages.names_in(content)
    page = _play_page(name, scenario, result, names, error)
    return (page, 422) if error else page


def _play_page(
    name: str, scenario: str, result: Any = None, names: Mapping[str, str] | None = None, error: str = ""
) -> str:
    title = labels.tagged(labels.PROCESS, name)[0]
    return render_template(
        "studio/play.html", name=name, title=title, scenario=scenario, result=result, names=names or {}, error=error
    )


# ---------------------------------------------------------------------------------------------- forms and tables


@bp.get("/forms/<path:name>", policy=policies.STUDIO_READ)
def form(name: str) -> str:
    """A form as text, with its preview."""
    schema, ui = _content(f"forms/{name}.schema.json", new_too=True), _content(f"forms/{name}.ui.json", new_too=True)
    return _form_page(name, schema or studio_pages.BLANK_FORM, ui or "{}", {})


@bp.post("/forms/<path:name>", policy=policies.STUDIO_DRAW)
def save_form(name: str) -> Any:
    """Both texts are one's drafts."""
    schema, ui = request.form.get("schema", ""), request.form.get("ui", "") or "{}"
    try:
        with desk.commanding() as tx:
            for ending, text in (("schema", schema), ("ui", ui)):
                file = f"forms/{name}.{ending}.json"
                if drafts.content_of(tx, drafts.newest(tx).get(file)) != text or drafts.open_of(
                    tx, desk.principal(), file
                ):
                    drafts.save(tx, desk.principal(), file, text.replace("\r\n", "\n"))
    except (Invalid, Rejected) as refusal:
        return _form_page(name, schema, ui, {"form": _words(refusal)}), 422
    flash("草稿已保存。", "success")
    return redirect(url_for(".form", name=name))


@bp.post("/forms/<path:name>/preview", policy=policies.STUDIO_READ)
def preview(name: str) -> str:
    """The form typed so far, drawn and checked."""
    parts = _form_parts(name, request.form.get("schema", ""), request.form.get("ui", ""))
    return render_template("studio/form_preview.html", **parts)


@bp.get("/tables/<name>", policy=policies.STUDIO_READ)
def table(name: str) -> str:
    """A decision table as text, with its rows."""
    return _table_page(name, _content(f"{name}.dmn"), {})


@bp.post("/tables/<name>", policy=policies.STUDIO_DRAW)
def save_table(name: str) -> Any:
    """The text is one's draft."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        with desk.commanding() as tx:
            drafts.save(tx, desk.principal(), f"{name}.dmn", text)
    except (Invalid, Rejected) as refusal:
        return _table_page(name, text, {"form": _words(refusal)}), 422
    flash("草稿已保存。", "success")
    return redirect(url_for(".table", name=name))


@bp.post("/tables/<name>/preview", policy=policies.STUDIO_READ)
def preview_table(name: str) -> str:
    """The table typed so far, as rows and checked."""
    return render_template("studio/table_preview.html", **_table_parts(name, request.form.get("text", "")))


def _form_page(name: str, schema: str, ui: str, errors: dict[str, str]) -> str:
    with desk.system_reading() as tx:
        rows = [drafts.open_of(tx, desk.principal(), f"forms/{name}.{ending}.json") for ending in ("schema", "ui")]
        state = [studio_pages.shown(tx, row) for row in rows if row is not None]
    return render_template(
        "studio/form.html",
        name=name,
        schema=schema,
        ui=ui,
        errors=errors,
        drafts=state,
        editable=_draws() and all(one["status"] != "submitted" for one in state),
        title=studio_pages.form_title(schema) or name,
        **_form_parts(name, schema, ui),
    )


def _form_parts(name: str, schema: str, ui: str) -> dict[str, Any]:
    files = {f"forms/{name}.schema.json": schema, f"forms/{name}.ui.json": ui or "{}"}
    with desk.system_reading() as tx:
        around = studio_pages.around(tx, desk.principal(), files)
    found = [{**one, "file": file.rpartition("/")[2]} for file in files for one in studio_pages.findings(file, around)]
    drawn = studio_pages.preview(schema, ui, name)
    tree = drawn if isinstance(drawn, form_fields.FormTree) else None
    return {"tree": tree, "trouble": "" if tree else drawn, "findings": found}


def _table_page(name: str, text: str, errors: dict[str, str]) -> str:
    with desk.system_reading() as tx:
        row = drafts.open_of(tx, desk.principal(), f"{name}.dmn")
        state = [studio_pages.shown(tx, row)] if row else []
    return render_template(
        "studio/table.html",
        name=name,
        text=text,
        errors=errors,
        drafts=state,
        editable=_draws() and not (row and row.status == "submitted"),
        **_table_parts(name, text),
    )


def _table_parts(name: str, text: str) -> dict[str, Any]:
    file = f"{name}.dmn"
    with desk.system_reading() as tx:
        around = studio_pages.around(tx, desk.principal(), {file: text})
    found = studio_pages.findings(file, around)
    read = studio_pages.tables(text)
    rows, trouble = ([], read) if isinstance(read, str) else (read, "")
    return {"tables": rows, "trouble": trouble, "findings": found}


# ---------------------------------------------------------------------------------------------- review


@bp.get("/review", policy=policies.STUDIO_APPROVE)
def review() -> str:
    """One's drafts to hand in, and those of others to decide on."""
    return _review_page({})


@bp.post("/submit", policy=policies.STUDIO_DRAW)
def submit() -> Any:
    """The chosen drafts wait for a second analyst."""
    chosen, reason = request.form.getlist("draft")[:100], request.form.get("note", "")
    return _decided(lambda tx, key: drafts.submit(tx, desk.principal(), chosen, reason, command_id=key), "已送审。")


@bp.post("/approve", policy=policies.STUDIO_APPROVE)
def approve() -> Any:
    """The chosen drafts are one release from the day given."""
    chosen = request.form.getlist("draft")[:100]
    opinion = request.form.get("opinion", "")
    return _decided(
        lambda tx, key: publishing.approve(tx, desk.principal(), chosen, _day(), opinion, command_id=key),
        "已发布，自所选日期起施行；在办事项和已发布批次仍按原版本办理。",
    )


@bp.get("/drafts/<draft_id>", policy=policies.STUDIO_APPROVE)
def draft(draft_id: str) -> str:
    """One draft against the newest version: what changed, what the checker says."""
    with desk.system_reading() as tx:
        row = models.get(tx, draft_id)
        base = drafts.content_of(tx, drafts.newest(tx).get(row.name))
        changes = differences.between(row.name, base, row.content)[:MOST_CHANGES]
        together = {
            one.name: one.content for one in models.listed(tx) if one.author == row.author and one.status in drafts.OPEN
        }
        found = studio_pages.findings(
            row.name,
            checker.installed(tx, versions.in_order(tx)[-1].id).with_files({**together, row.name: row.content}),
        )
        page = {
            "row": studio_pages.shown(tx, row),
            "content": row.content,
            "reviews": publishing.may_review(desk.principal(), row),
            "mine": row.author == desk.principal().person_id,
        }
    return render_template(
        "studio/draft.html",
        changes=changes,
        findings=found,
        kinds=differences.KINDS,
        key=studio_pages.key_of(row.name),
        **page,
    )


ACTS: dict[str, tuple[str, Callable[..., Answer]]] = {
    "withdraw": ("已撤回，可继续修改。", drafts.withdraw),
    "discard": ("草稿已放弃。", drafts.discard),
    "rebase": ("已标记为在新版基础上修改。", drafts.rebase),
}


@bp.post("/drafts/<draft_id>/<act>", policy=policies.STUDIO_APPROVE)
def act(draft_id: str, act: str) -> Any:
    """Taken back, given up, taken onto the new version, or refused with a reason."""
    if act == "refuse":
        reason = request.form.get("reason", "")
        return _decided(
            lambda tx, key: publishing.refuse(tx, desk.principal(), draft_id, reason, command_id=key), "已退回。"
        )
    if act not in ACTS:
        raise Missing
    said, command = ACTS[act]
    return _decided(lambda tx, key: command(tx, desk.principal(), draft_id, command_id=key), said)


def _decided(work: Callable[[Tx, str], Answer], said: str) -> Any:
    """The command has run and the list says so; refusals are told on the list."""
    command_id = desk.command_id()
    try:
        with desk.commanding() as tx:
            work(tx, command_id)
    except Invalid as refusal:
        return _review_page(dict(refusal.fields)), 422
    flash(said, "success")
    return redirect(url_for(".review"))


def _review_page(errors: dict[str, str]) -> str:
    person = desk.principal()
    with desk.system_reading() as tx:
        rows = [studio_pages.shown(tx, row) for row in models.listed(tx) if row.status in drafts.OPEN]
        last = versions.in_order(tx)[-1]
    return render_template(
        "studio/review.html",
        mine=[row for row in rows if row["author_id"] == person.person_id and row["status"] in drafts.EDITED],
        waiting=[row for row in rows if row["status"] == "submitted"],
        errors=errors,
        me=person.person_id,
        today=max(clock.today(), last.effective_from),
        draws=_draws(),
        page_of=page_of,
    )


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("effective_from", ""))
    except ValueError:
        raise Invalid({"effective_from": "请填写生效日期。"}) from None


# ---------------------------------------------------------------------------------------------- versions


@bp.get("/history/<path:file>", policy=policies.STUDIO_READ)
def history(file: str) -> str:
    """The versions of a file, what each changed against the one before, and who did what."""
    with desk.system_reading() as tx:
        rows = versions.of_file(tx, file)
        texts = {row.hash: drafts.content_of(tx, row.hash) for row in rows}
        older = [*rows[1:], None]
        changes = {
            row.number: differences.between(file, texts[before.hash], texts[row.hash])[:MOST_CHANGES]
            for row, before in zip(rows, older, strict=True)
            if before is not None
        }
        entries = studio_pages.journal_rows(tx, journal.of_object(tx, f"model:{file}"))
    return render_template(
        "studio/history.html",
        file=file,
        rows=rows,
        changes=changes,
        entries=entries,
        kinds=differences.KINDS,
        draws=_draws(),
        page_of=page_of,
    )


@bp.get("/version/<digest>", policy=policies.STUDIO_READ)
def version(digest: str) -> str:
    """A file as it was released."""
    with desk.system_reading() as tx:
        row = releases.artefact(tx, digest)
    read = studio_pages.tables(row.content) if row.name.endswith(".dmn") else []
    return render_template("studio/version.html", row=row, tables=[] if isinstance(read, str) else read)


@bp.post("/restore", policy=policies.STUDIO_DRAW)
def restore() -> Any:
    """An old version is one's new draft."""
    file, digest, command_id = request.form.get("file", ""), request.form.get("hash", ""), desk.command_id()
    with desk.commanding() as tx:
        drafts.restore(tx, desk.principal(), file, digest, command_id=command_id)
    flash("已由该版本新建草稿，修改后请送审。", "success")
    return redirect(page_of(file))


# ---------------------------------------------------------------------------------------------- roles and handlers


@bp.get("/roles", policy=policies.STUDIO_READ)
def lane_roles() -> str:
    """The role table: what a lane may be called and who then owns its tasks."""
    return _roles_page({}, {})


@bp.post("/roles", policy=policies.STUDIO_DRAW)
def add_role() -> Any:
    """A new lane has its role."""
    typed = {name: request.form.get(name, "").strip() for name in ("code", "name", "resolver", "other", "scope")}
    command_id = desk.command_id()
    resolver = typed["other"] if typed["resolver"] == "other" else typed["resolver"]
    try:
        with desk.commanding() as tx:
            lanes.add(
                tx, desk.principal(), typed["code"], typed["name"], resolver, typed["scope"], command_id=command_id
            )
    except Invalid as refusal:
        return _roles_page(typed, dict(refusal.fields)), 422
    flash(f"已登记“{typed['name']}”，可作为泳道名称使用；人员任职由系统管理员办理。", "success")
    return redirect(url_for(".lane_roles"))


@bp.get("/handlers", policy=policies.STUDIO_READ)
def handlers() -> str:
    """The registry of handlers, with their docstrings and parameters."""
    return render_template("studio/handlers.html", cards=catalog.handler_cards(), functions=studio_pages.FUNCTIONS)


def _roles_page(typed: dict[str, str], errors: dict[str, str]) -> str:
    with desk.system_reading() as tx:
        rows = roles.all_of(tx)
        entries = studio_pages.journal_rows(tx, journal.of_object(tx, "model:roles"))
    return render_template(
        "studio/roles.html",
        rows=rows,
        entries=entries,
        typed=typed,
        errors=errors,
        resolvers=lanes.RESOLVERS,
        scopes=lanes.SCOPES,
        draws=_draws(),
    )


# ---------------------------------------------------------------------------------------------- within


def page_of(file: str) -> str:
    """The address of the page on which the file is edited."""
    key = studio_pages.key_of(file)
    kind = studio_pages.kind_of(file)
    if kind == "diagram":
        return url_for("studio.diagram", name=key)
    return url_for("studio.table" if kind == "decision" else "studio.form", name=key)


def _draws() -> bool:
    return policies.STUDIO_DRAW.admits(desk.principal())


def _sent() -> str:
    """The text of the request's body; Invalid when it is no UTF-8 or too large."""
    body = request.get_data(cache=False)
    if len(body) > drafts.LARGEST:
        raise Invalid({"content": "内容超过 5 MB，请拆分。"}, "内容超过 5 MB，请拆分。")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid({"content": "内容不是 UTF-8 文本。"}, "内容不是 UTF-8 文本。") from None


def _content(file: str, *, new_too: bool = False) -> str:
    """One's own draft of the file, else its newest version; raises Missing, or gives "" for one that is to be made."""
    with desk.system_reading() as tx:
        row = drafts.open_of(tx, desk.principal(), file) if _draws() else None
        digest = drafts.newest(tx).get(file)
        if row is None and digest is None:
            if new_too and _draws() and drafts.NAME.fullmatch(file):
                return ""
            raise Missing("没有这个文件。")
        return row.content if row else drafts.content_of(tx, digest)


def _known_files() -> set[str]:
    with desk.system_reading() as tx:
        return {*drafts.newest(tx), *(row.name for row in models.listed(tx))}


def _words(refusal: Rejected) -> str:
    return next(iter(refusal.fields.values())) if isinstance(refusal, Invalid) else refusal.message


def _unquoted(text: str) -> str:
    """The script sends the version URI-encoded."""
    return unquote(text)


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")
