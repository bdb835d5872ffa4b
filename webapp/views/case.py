"""一件事项: where it stands, what was said, what may be sent to it; diagram, journal, forms, the approval sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from webapp.documents import archive, attachments, qr
from webapp.engine import commands, context, forms, permissions
from webapp.engine.running import OPERATORS
from webapp.errors import Invalid, Missing, Rejected
from webapp.store import applications, cases, documents, files, incidents, journal, people, submissions
from webapp.store.anchors import short_hash
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import Case, Submission
from webapp.views import acts, casefile, desk, followups, labels, policies, sheet, uploads
from webapp.views.form_fields import build

bp = Blueprint("case", __name__, url_prefix="/cases")

DIAGRAM_SECONDS = 3600


def load(tx: Tx, case_id: str) -> Case:
    """The case named in the address."""
    return cases.get(tx, case_id)


@bp.get("/<case_id>", policy=policies.CASE_READ, loads=load)
def show() -> str:
    """The whole case on one page."""
    case: Case = desk.loaded()
    person = desk.principal()
    process = request.args.get("process", case.process)[:60]
    may_archive = case.status in archive.ENDED and policies.CASE_ARCHIVE.allows(person, case)
    with desk.reading() as tx:
        file = casefile.of_case(tx, case)
        known = casefile.processes(tx, case)
        process = process if process in known else case.process
        stuck = incidents.of_case(tx, case.id) if person.scope == "all" else []
        issued = documents.of_case(tx, case.id)
        context_rows = {
            "file": file,
            "marks": casefile.marks(tx, file, process),
            "application": _application(tx, case),
            "documents": issued,
            "files": files.of_case(tx, case.id),
            "attached_as": attachments.places(tx, case, file.submissions, issued),
            "incidents": stuck,
            "origin": followups.origin(tx, case),
        }
    with desk.system_reading() as tx:
        offers = commands.offers(tx, person, case.id)
        reconsideration = followups.reconsideration(tx, person, case)
        archived = may_archive and archive.package(tx, case.id) is not None
    return render_template(
        "case/show.html",
        case=case,
        process=process,
        processes=[(each, labels.tagged(labels.PROCESS, each)[0]) for each in known],
        offers=[_offer(each) for each in offers],
        mine=[task for task in file.open_tasks if permissions.may_act(person, task)],
        undoable=_undoable(file),
        may_urge=policies.TASK_URGE.admits(person),
        repairs=_repairs(person, case, failed=any(row.job and row.status == "open" for row in stuck)),
        may_archive=may_archive,
        archived=archived,
        reconsideration=reconsideration,
        timeline=file.timeline(person, _form_address(case)),
        labels=labels,
        **context_rows,
    )


@bp.get("/<case_id>/diagram", policy=policies.CASE_READ, loads=load)
def diagram() -> Response:
    """The XML of the case's diagram, or of one it calls, as its release has it."""
    case: Case = desk.loaded()
    with desk.reading() as tx:
        xml = casefile.diagram(tx, case, request.args.get("process", case.process)[:60])
    response = Response(xml, mimetype="application/xml")
    response.headers["Cache-Control"] = f"private, max-age={DIAGRAM_SECONDS}"
    return response


@bp.get("/<case_id>/diagram.json", policy=policies.CASE_READ, loads=load)
def diagram_marks() -> Mapping[str, Any]:
    """What the diagram paints, as data."""
    case: Case = desk.loaded()
    with desk.reading() as tx:
        file = casefile.of_case(tx, case)
        return casefile.marks(tx, file, request.args.get("process", case.process)[:60])


@bp.get("/<case_id>/history", policy=policies.CASE_READ, loads=load)
def history() -> str:
    """The journal of the case: every change, with the hash that chains it."""
    case: Case = desk.loaded()
    with desk.reading() as tx:
        rows = journal.of_case(tx, case.id)
        names = people.names(tx, {row.actor for row in rows} | {row.acted_for for row in rows if row.acted_for})
    with desk.system_reading() as tx:  # a reader of the case reads its diagram's words, whoever may see the release
        told = acts.told(tx, rows)
    return render_template("case/history.html", case=case, rows=rows, names=names, told=told)


@bp.get("/<case_id>/forms/<submission_id>", policy=policies.CASE_READ, loads=load)
def submission(submission_id: str) -> str:
    """A submitted form as it was then, with the version of the form that rendered it."""
    case: Case = desk.loaded()
    with desk.reading() as tx:
        row = _submission(tx, case, submission_id)
        file = casefile.of_case(tx, case)
        form = _form(tx, case, row.form)
        earlier = [each for each in file.submissions if each.form == row.form and each.id < row.id]
    with desk.system_reading() as tx:
        named = _named(tx, form, row.content)
    return render_template(
        "case/submission.html",
        case=case,
        file=file,
        row=row,
        title=form.title if form else row.form,
        lines=forms.summary(form, row.content, named) if form else [],
        changes=forms.differences(form, earlier[-1].content, row.content, named) if form and earlier else None,
        by=file.names.get(row.by, ""),
        outcome=file.outcome_label(row.element, row.outcome),
        element=file.element_name(row.element),
        code=qr.data_uri(qr.of_form(case.number, row.id, row.form_hash, row.hash)) if row.form_hash else "",
    )


@bp.get("/<case_id>/approval", policy=policies.CASE_READ, loads=load)
def approval() -> str:
    """审批单: one sheet of A4 with all opinions, people, dates; printed by the browser."""
    case: Case = desk.loaded()
    with desk.reading() as tx:
        file = casefile.of_case(tx, case)
        application = _application(tx, case)
        head = journal.of_case(tx, case.id)
    opinions = [
        (task, next((row for row in file.submissions if row.task_id == task.id), None))
        for task in file.tasks
        if task.status == "done"
    ]
    mark = short_hash(head[-1].hash) if head else ""
    return render_template(
        "case/approval.html",
        case=case,
        file=file,
        application=application,
        opinions=opinions,
        head=mark,
        code=qr.data_uri(qr.of_approval(case.number, mark)),
        labels=labels,
    )


# --------------------------------------------------------------------------------------- what people send


@bp.get("/<case_id>/messages/<name>", policy=policies.CASE_TELL, loads=load)
def ask_message(name: str) -> str:
    """The form of a message that the diagram offers to this person."""
    return _message_page(name, {}, {})


@bp.post("/<case_id>/messages/<name>", policy=policies.CASE_TELL, loads=load)
def send_message(name: str) -> Any:
    """The message has reached the case."""
    case: Case = desk.loaded()
    command_id = desk.command_id()
    awaited = _awaited(case, name)
    form, _, facts = _message_form(case, awaited)
    content: dict[str, Any] = {}
    try:
        if form is not None:
            content = forms.compute(form, forms.parse(form, request.form.items(multi=True), uploads.posted()), facts)
            uploads.must_be_own(forms.file_places(form, content), ())
        with desk.commanding() as tx:
            answer = commands.send(tx, desk.principal(), case.id, name, content, command_id=command_id)
    except Invalid as refusal:
        return _message_page(name, content, refusal.fields), 422
    flash("已受理，系统处理中。" if answer.parked else "已登记。", "warning" if answer.parked else "success")
    return redirect(url_for(".show", case_id=case.id))


@bp.post("/<case_id>/repair", policy=policies.CASE_REPAIR, loads=load)
def repair() -> Any:
    """An operator's act: retry, suspend, resume or cancel, with its reason."""
    case: Case = desk.loaded()
    verb, reason = request.form.get("verb", ""), request.form.get("reason", "")[:500]
    command_id = desk.command_id()
    with desk.commanding() as tx:
        if verb == "retry":
            commands.retry(tx, desk.principal(), case.id, command_id=command_id)
        elif verb in REPAIRS:
            REPAIRS[verb](tx, desk.principal(), case.id, reason, command_id=command_id)
        else:
            raise Invalid({"verb": "请选择操作。"})
    flash("操作已执行并留痕。", "success")
    return redirect(url_for(".show", case_id=case.id))


def _repairs(person: Principal, case: Case, *, failed: bool = False) -> list[str]:
    """The operator's acts that the command would let this person do to the case as it stands.

    `failed`: a job of the case has failed.
    """
    if not policies.CASE_REPAIR.allows(person, case):
        return []
    stuck = failed or case.status == "incident"
    found = ["retry"] if stuck and permissions.has_role(person, *commands.RETRIERS) else []
    if case.status not in ("open", "suspended", "incident"):
        return found
    if permissions.has_role(person, *OPERATORS):
        found += {"open": ["suspend"], "suspended": ["resume"]}.get(case.status, [])
        found.append("cancel")
    return found


REPAIRS = {"suspend": commands.suspend, "resume": commands.resume, "cancel": commands.cancel}


def _message_page(name: str, content: dict[str, Any], errors: Mapping[str, str]) -> str:
    case: Case = desk.loaded()
    awaited = _awaited(case, name)
    form, choices, facts = _message_form(case, awaited)
    filled = content or (forms.prefill(form, facts) if form is not None else {})
    return render_template(
        "case/message.html",
        case=case,
        name=name,
        label=awaited.properties.get("label", name),
        tree=build(form, filled, errors, choices=choices) if form is not None else None,
        errors=errors,
    )


def _awaited(case: Case, name: str) -> Any:
    with desk.system_reading() as tx:
        found = next((each for each in commands.offers(tx, desk.principal(), case.id) if each.message == name), None)
    if found is None:
        raise Rejected("该流程当前环节不接受此操作，请刷新页面查看最新进度。")
    return found


def _message_form(case: Case, awaited: Any) -> Any:
    with desk.system_reading() as tx:
        return sheet.of_message(tx, desk.principal(), case.id, awaited.properties.get("form", ""))


def _offer(awaited: Any) -> dict[str, str]:
    return {"name": awaited.message, "label": awaited.properties.get("label", awaited.message)}


# ------------------------------------------------------------------------------------------------- reading


def _application(tx: Tx, case: Case) -> Mapping[str, Any] | None:
    try:
        return applications.shown_to(tx, applications.get(tx, case.id))
    except Missing:
        return None


def _undoable(file: casefile.CaseFile) -> Any:
    """My own last step, while nobody has opened what followed and it reached nobody else: may be taken back (取回)."""
    done = [task for task in file.tasks if task.status == "done" and task.done_at is not None]
    if not done or len(file.open_tasks) != 1 or file.open_tasks[0].opened_at is not None:
        return None
    last = max(done, key=lambda task: task.done_at or task.arrived_at)
    is_mine = last.done_by == desk.principal().person_id
    return last if is_mine and last.undo is not None and not last.key else None


def _form_address(case: Case) -> Any:
    return lambda row: url_for("case.submission", case_id=case.id, submission_id=row.id)


def _submission(tx: Tx, case: Case, submission_id: str) -> Submission:
    row = submissions.get(tx, submission_id)
    if row.case_id != case.id:
        raise Missing
    return row


def _form(tx: Tx, case: Case, name: str) -> forms.Form | None:
    catalog = context.of(tx).catalog
    release = case.release_id or ""
    return catalog.form(tx, release, name) if name and catalog.has_form(tx, release, name) else None


def _named(tx: Tx, form: forms.Form | None, content: Mapping[str, Any]) -> forms.Choices:
    if form is None:
        return {}
    found = dict(forms.choices(form, {"codes": lambda kind: sheet.labels_of(tx, kind)}))
    return {**found, "@files": sheet.file_names(tx, forms.file_ids(form, content))}
