"""办理一项待办: its form, checks, place in the diagram and record; submit, save, hand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for

from webapp import clock
from webapp.engine import commands, context, forms, permissions
from webapp.engine.running import Answer
from webapp.errors import Invalid, Missing, Rejected, Stale
from webapp.store import applications, cases, codes, inbox, people
from webapp.store.db import Tx
from webapp.store.tables import Task
from webapp.views import casefile, desk, labels, phrases, policies, sheet, uploads
from webapp.views.form_fields import FormTree, build
from webapp.views.sheet import ATTACHMENTS, OPINION, OUTCOME, Sheet

bp = Blueprint("task", __name__, url_prefix="/tasks")


def load(tx: Tx, task_id: str) -> Task:
    """The task named in the address."""
    return inbox.get(tx, task_id)


@bp.get("/<task_id>", policy=policies.TASK_READ, loads=load)
def show() -> Any:
    """The task to be done; a done one shows what was decided."""
    task: Task = desk.loaded()
    if task.status != "open" or not permissions.may_act(desk.principal(), task):
        return redirect(url_for("case.show", case_id=task.case_id, _anchor=f"task-{task.id}"))
    return _page(task, _sheet(task), {})


@bp.post("/<task_id>", policy=policies.TASK_ACT, loads=load)
def submit() -> Any:
    """The task is done and the case has gone on; or the page again, saying what is missing, with what was typed."""
    task: Task = desk.loaded()
    command_id = desk.command_id()
    if task.status != "open":
        return _too_late(task, command_id)
    current = _sheet(task)
    typed: Sheet | None = None
    try:
        typed = _typed(current)
        if request.form.get("_op") not in (None, "", "submit"):
            _save(task, typed)
            return _page(task, typed, {})
        answer = _send(task, typed, command_id)
    except Invalid as refusal:
        return _page(task, typed or _as_typed(current), refusal.fields, refusal.message), 422
    except Stale as late:
        return _stale(task, typed or _as_typed(current), late), 409
    return _onward(task, answer)


@bp.post("/<task_id>/form", policy=policies.TASK_ACT, loads=load)
def redraw() -> Any:
    """The form's body anew after a row button or an answer that others hang on; the draft is saved with it."""
    task: Task = desk.loaded()
    current = _sheet(task)
    errors: Mapping[str, str] = {}
    try:
        current = _typed(current)
        _save(task, current)
    except Invalid as refusal:
        current, errors = _as_typed(current), refusal.fields
    return render_template("task/form.html", tree=_tree(task, current, errors), checks=_checks(task, current))


@bp.post("/<task_id>/draft", policy=policies.TASK_ACT, loads=load)
def save() -> Any:
    """What was typed is kept for this person; JSON for the autosave, a message for the button."""
    task: Task = desk.loaded()
    if task.status != "open":
        raise _stale_error(task)
    _save(task, _typed(_sheet(task)))
    if desk.wants_json():
        return jsonify(saved_at=sheet.saved_now())
    flash("草稿已保存。", "success")
    return redirect(url_for(".show", task_id=_id()))


@bp.post("/<task_id>/opened", policy=policies.TASK_ACT, loads=load)
def opened() -> Any:
    """The task counts as opened; the page says so once it is on the screen, for a GET changes nothing."""
    with desk.commanding() as tx:
        commands.open(tx, desk.principal(), _id())
    return Response(status=204)


@bp.post("/<task_id>/claim", policy=policies.TASK_ACT, loads=load)
def claim() -> Any:
    """签收."""
    with desk.commanding() as tx:
        commands.claim(tx, desk.principal(), _id(), command_id=desk.command_id())
    flash("已签收，该事项由您办理。", "success")
    return redirect(url_for(".show", task_id=_id()))


@bp.post("/<task_id>/release", policy=policies.TASK_ACT, loads=load)
def release() -> Any:
    """The claim is given up."""
    with desk.commanding() as tx:
        commands.release(tx, desk.principal(), _id(), command_id=desk.command_id())
    flash("已释放，同岗位同事可以办理。", "success")
    return redirect(url_for(".show", task_id=_id()))


@bp.get("/<task_id>/reassign", policy=policies.TASK_ACT, loads=load)
def ask_reassign() -> str:
    """The question as a page of its own, for browsers without scripts."""
    task: Task = desk.loaded()
    return render_template("task/ask.html", task=task, question="reassign", colleagues=_colleagues(task))


@bp.post("/<task_id>/reassign", policy=policies.TASK_ACT, loads=load)
def reassign() -> Any:
    """转办 to a colleague of the same role and organisation."""
    form = request.form
    with desk.commanding() as tx:
        commands.reassign(
            tx,
            desk.principal(),
            _id(),
            form.get("person", ""),
            form.get("reason", "")[:500],
            command_id=desk.command_id(),
        )
    flash("已转办。", "success")
    return redirect(url_for("inbox.show"))


@bp.get("/<task_id>/add_sign", policy=policies.TASK_ACT, loads=load)
def ask_add_sign() -> str:
    """The question as a page of its own."""
    task: Task = desk.loaded()
    return render_template("task/ask.html", task=task, question="add_sign", colleagues=_same_unit())


@bp.post("/<task_id>/add_sign", policy=policies.TASK_ACT, loads=load)
def add_sign() -> Any:
    """加签 or 传阅: a colleague is asked to read and comment."""
    form = request.form
    person = form.get("person", "")
    if person not in _same_unit():
        raise Invalid({"person": "请选择本单位人员。"})
    question = form.get("question", "")[:1000]
    with desk.commanding() as tx:
        commands.add_sign(tx, desk.principal(), _id(), person, question, command_id=desk.command_id())
    flash("已发送，对方会在消息中看到。", "success")
    return redirect(url_for(".show", task_id=_id()))


@bp.post("/<task_id>/urge", policy=policies.TASK_URGE, loads=load)
def urge() -> Any:
    """催办."""
    with desk.commanding() as tx:
        commands.urge(tx, desk.principal(), [_id()], command_id=desk.command_id())
    flash("已催办，承办人会收到站内消息。", "success")
    return redirect(url_for("case.show", case_id=desk.loaded().case_id))


@bp.post("/<task_id>/withdraw", policy=policies.TASK_READ, loads=load)
def withdraw() -> Any:
    """取回 the step one has just made, before the next person opened his."""
    reason = request.form.get("reason", "")[:500]
    with desk.commanding() as tx:
        commands.withdraw(tx, desk.principal(), _id(), reason, command_id=desk.command_id())
    flash("已取回，请在待办中修改后重新提交。", "success")
    return redirect(url_for("inbox.show"))


@bp.post("/<task_id>/return_to", policy=policies.TASK_ACT, loads=load)
def return_to() -> Any:
    """退回 to an element that the diagram declares as returnable."""
    form = request.form
    element, reason = form.get("element", "")[:100], form.get("reason", "")[:500]
    with desk.commanding() as tx:
        commands.return_to(tx, desk.principal(), _id(), element, reason, command_id=desk.command_id())
    flash("已退回。", "success")
    return redirect(url_for("inbox.show"))


def _id() -> str:
    return str(desk.loaded().id)


# ------------------------------------------------------------------------------------------ reading a post


def _sheet(task: Task) -> Sheet:
    with desk.system_reading() as tx:
        return sheet.of_task(tx, desk.principal(), task)


def _typed(current: Sheet) -> Sheet:
    """The sheet with what was posted; files are stored first. Raises Invalid."""
    form = request.form
    stored = uploads.posted()
    attached = stored.pop(ATTACHMENTS, [])
    opinion = form.get(OPINION, "").replace("\r\n", "\n").strip()
    if len(opinion) > sheet.LONGEST_OPINION:
        raise Invalid({OPINION: f"意见不超过 {sheet.LONGEST_OPINION} 字。"})
    kept = [each for each in form.getlist(ATTACHMENTS) if each != form.get("_remove")]
    attachments = uploads.own(kept) + attached
    content = current.read(form, stored)
    if current.form is not None:
        uploads.must_be_own(forms.file_places(current.form, content), forms.file_ids(current.form, current.content))
    with desk.system_reading() as tx:
        ids = forms.file_ids(current.form, content) if current.form else []
        named = {**current.choices, "@files": sheet.file_names(tx, ids)}
    return sheet.with_typed(
        current, content, outcome=form.get(OUTCOME, "")[:60], opinion=opinion, attachments=attachments, choices=named
    )


def _as_typed(current: Sheet) -> Sheet:
    """The sheet for drawing a refused page: what could be read of the post, never an error."""
    form = request.form
    try:
        content = current.read(form, {})
    except Invalid:
        content = current.content
    opinion = form.get(OPINION, "")[: sheet.LONGEST_OPINION]
    attachments = uploads.own(form.getlist(ATTACHMENTS))
    return sheet.with_typed(
        current, content, outcome=form.get(OUTCOME, "")[:60], opinion=opinion, attachments=attachments
    )


def _save(task: Task, current: Sheet) -> None:
    extra = {OUTCOME: current.outcome, OPINION: current.opinion, ATTACHMENTS: list(current.attachments)}
    kept = {**current.content, **{name: value for name, value in extra.items() if value}}
    with desk.commanding() as tx:
        commands.save_draft(tx, desk.principal(), task.id, kept)


def _send(task: Task, current: Sheet, command_id: str) -> Answer:
    with desk.commanding() as tx:
        return commands.submit(
            tx,
            desk.principal(),
            task.id,
            current.content,
            current.outcome,
            current.opinion,
            command_id=command_id,
            attachments=current.attachments,
        )


def _onward(task: Task, answer: Answer) -> Any:
    if answer.parked:
        flash("已受理，系统处理中，稍后可在事项页查看进展。", "warning")
    else:
        flash(f"“{task.title}”已提交。", "success")
    if answer.task_ids:
        return redirect(url_for(".show", task_id=answer.task_ids[0]))
    return redirect(url_for("inbox.show"))


def _too_late(task: Task, command_id: str) -> Any:
    """The task is closed: the same command gets its answer again, another is told who was first."""
    try:
        with desk.commanding() as tx:
            answer = commands.submit(tx, desk.principal(), task.id, {}, "", command_id=command_id)
    except Stale as late:
        return _stale(task, None, late), 409
    return _onward(task, answer)


def _stale_error(task: Task) -> Stale:
    with desk.reading() as tx:
        names = people.names(tx, [task.done_by] if task.done_by else [])
    return Stale(who=names.get(task.done_by or "", ""), at=task.done_at)


# ------------------------------------------------------------------------------------------------ pages


def _page(task: Task, current: Sheet, errors: Mapping[str, str], message: str = "") -> str:
    person = desk.principal()
    with desk.reading() as tx:
        case = cases.get(tx, task.case_id)
        file = casefile.of_case(tx, case)
        application = _application(tx, task)
        marks = casefile.marks(tx, file, task.process)
        regions = _regions(tx, application)
        known_phrases = phrases.of_person(tx, person.person_id)
    with desk.system_reading() as tx:
        attached = sheet.file_names(tx, current.attachments)
        colleagues = {each.id: each.name for each in people.holders(tx, task.role, task.org_id or "")}
    tree = _tree(task, current, errors)
    return render_template(
        "task/show.html",
        task=task,
        claimant=file.claimants.get(task.id),
        case=case,
        file=file,
        sheet=current,
        outcome_choices=choices_of(current.outcomes),
        tree=tree,
        errors=errors,
        message=message,
        checks=_checks(task, current),
        articles=forms.article(current.properties.get("articles", "")),
        application=application,
        regions=regions,
        shows_check=_shows_check(tree),
        marks=marks,
        timeline=file.timeline(person, lambda row: url_for("case.submission", case_id=case.id, submission_id=row.id)),
        phrases=known_phrases,
        attached=[(each, attached.get(each, "附件")) for each in current.attachments],
        colleagues={key: name for key, name in colleagues.items() if key != person.person_id},
        unit_people=_same_unit(),
        light=file.light(task),
        labels=labels,
        accept=uploads.ACCEPT,
        max_mb=uploads.max_mb(),
        returnable=_returnable(current, file),
    )


def _tree(task: Task, current: Sheet, errors: Mapping[str, str]) -> FormTree | None:
    if current.form is None:
        return None
    return build(
        current.form,
        current.content,
        {path: text for path, text in errors.items() if not path.startswith("_") and path not in OWN_FIELDS},
        choices=current.choices,
        unlocked=current.unlocked,
        marks=current.marks,
        redraw=url_for(".redraw", task_id=task.id),
    )


OWN_FIELDS = ("opinion", "outcome", "command_id")


def _checks(task: Task, current: Sheet) -> list[dict[str, str]]:
    if not current.has_check:
        return []
    with desk.system_reading() as tx:
        return sheet.findings(tx, desk.principal(), task, current.content)


def _application(tx: Tx, task: Task) -> Any:
    try:
        return applications.get(tx, task.case_id)
    except Missing:
        return None


def _regions(tx: Tx, application: Any) -> str:
    names = codes.labels(tx, "country_region")
    return "、".join(names.get(each, each) for each in (application.main_regions if application else None) or ())


def _shows_check(tree: FormTree | None) -> bool:
    """The form itself has a place for the check's findings."""
    return tree is not None and any(each.kind == "check" for group in tree.groups for each in group.fields)


def _returnable(current: Sheet, file: casefile.CaseFile) -> dict[str, str]:
    wanted = [each.strip() for each in current.properties.get("returnable", "").split(",") if each.strip()]
    return {each: file.elements[each].name for each in wanted if each in file.elements}


def _stale(task: Task, current: Sheet | None, late: Stale) -> str:
    """Who was first and when, and what one had typed, to be copied."""
    with desk.system_reading() as tx:
        case = cases.get(tx, task.case_id)
        if current is None:
            current = _loose_sheet(tx, task, case.release_id or "")
    lines = forms.summary(current.form, current.content, current.choices) if current.form is not None else []
    return render_template("task/stale.html", task=task, late=late, lines=lines, opinion=request.form.get(OPINION, ""))


def _loose_sheet(tx: Tx, task: Task, release_id: str) -> Sheet:
    """The post read by the form alone, when the task is closed and its workflow has gone on."""
    catalog = context.of(tx).catalog
    named = bool(task.form) and catalog.has_form(tx, release_id, task.form)
    form = catalog.form(tx, release_id, task.form) if named else None
    try:
        content = forms.parse(form, request.form.items(multi=True)) if form is not None else {}
    except Rejected:
        content = {}
    return Sheet(form, content, {}, (), {})


def _colleagues(task: Task) -> dict[str, str]:
    with desk.system_reading() as tx:
        found = people.holders(tx, task.role, task.org_id or "")
    return {each.id: each.name for each in found if each.id != desk.principal().person_id}


def _same_unit() -> dict[str, str]:
    """Whom one may ask for an opinion; experts judge alone and do not learn of one another."""
    person = desk.principal()
    if not person.org_id or person.scope == "assigned":
        return {}
    with desk.system_reading() as tx:
        pairs = people.of_organisation(tx, person.org_id)
    today = clock.today()
    return {
        each.id: each.name
        for each, seat in pairs
        if each.active and each.id != person.person_id and (seat.valid_to is None or seat.valid_to >= today)
    }


def choices_of(outcomes: Sequence[forms.Outcome]) -> list[dict[str, str]]:
    """Outcomes as the choice cards of ui/form.html."""
    return [
        {"value": each.id, "label": each.label, "note": "须填写意见" if each.opinion_required else ""}
        for each in outcomes
    ]
