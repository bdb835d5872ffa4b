"""What the studio's pages show: files with their state, data for the drawing board, tables and forms as read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp import clock
from webapp.engine import catalog, forms
from webapp.errors import Misconfigured
from webapp.spiff import decisions, xml
from webapp.store import models, people, releases, roles
from webapp.store.db import Tx
from webapp.store.principal import Principal
from webapp.store.tables import ModelDraft
from webapp.studio import checker, drafts, versions
from webapp.studio.checker import reading, surroundings
from webapp.views import form_fields, labels

FUNCTIONS: tuple[tuple[str, str, str], ...] = (
    ("workdays", "workdays(n)", "到达后第 n 个工作日"),
    ("months", "months(n, 日期)", "日期之后 n 个月"),
    ("roll", "roll(日期)", "遇非工作日顺延"),
    ("param", 'param("参数名")', "参数表中的值"),
    ("deadline.due", "deadline.due()", "所附任务的办理时限到期（边界定时）"),
    ("deadline.end_of", "deadline.end_of(日期)", "当日结束的时刻"),
    ("deadline.start_of", "deadline.start_of(日期)", "当日开始的时刻"),
    ("earliest", "earliest(日期, …)", "最早的日期"),
    ("latest", "latest(日期, …)", "最晚的日期"),
    ("count", 'count(会签, "disagree")', "多人办理中某结果的人数"),
    ("all_are", 'all_are(会签, "agree")', "多人办理是否全部为某结果"),
    ("any_is", 'any_is(会签, "disagree")', "多人办理是否有人为某结果"),
)
STATE_COLOURS: Mapping[str, str] = {"draft": "blue", "submitted": "amber", "refused": "red", "approved": "green"}
BLANK = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="definitions_{id}" targetNamespace="urn:guohe">
  <bpmn:collaboration id="collaboration_{id}"><bpmn:participant id="participant_{id}" name="{name}" processRef="{id}" /></bpmn:collaboration>
  <bpmn:process id="{id}" name="{name}" isExecutable="true">
    <bpmn:laneSet id="lanes_{id}"><bpmn:lane id="lane_host" name="依托单位"><bpmn:flowNodeRef>start</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="start" name="开始" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram_{id}"><bpmndi:BPMNPlane id="plane_{id}" bpmnElement="collaboration_{id}">
    <bpmndi:BPMNShape id="participant_{id}_di" bpmnElement="participant_{id}" isHorizontal="true">
      <dc:Bounds x="60" y="60" width="1200" height="240" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="lane_host_di" bpmnElement="lane_host" isHorizontal="true">
      <dc:Bounds x="90" y="60" width="1170" height="240" /></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="start_di" bpmnElement="start"><dc:Bounds x="150" y="162" width="36" height="36" /></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


@dataclass(frozen=True)
class FileRow:
    """A file of the newest release, with the drafts of it. `kind`: diagram, decision, form."""

    name: str
    key: str
    title: str
    kind: str
    version: versions.Version | None
    drafts: Sequence[Mapping[str, Any]]


def files(tx: Tx) -> list[FileRow]:
    """Every diagram, table and form, with its version in force and its open drafts."""
    manifest = drafts.newest(tx)
    open_drafts: dict[str, list[Mapping[str, Any]]] = {}
    for row in models.listed(tx):
        if row.status in drafts.OPEN:
            open_drafts.setdefault(row.name, []).append(shown(tx, row))
    rows = []
    for name in sorted({*manifest, *open_drafts}):
        kind = kind_of(name)
        if kind == "ui":
            continue
        pair = [*open_drafts.get(name, ()), *open_drafts.get(name.replace(".schema.json", ".ui.json"), ())]
        found = versions.of_file(tx, name) if name in manifest and kind == "diagram" else []
        now = next((one for one in found if one.is_current), found[0] if found else None)
        rows.append(
            FileRow(
                name,
                key_of(name),
                title_of(tx, name, manifest),
                kind,
                now,
                pair if kind == "form" else open_drafts.get(name, ()),
            )
        )
    return rows


def shown(tx: Tx, row: ModelDraft) -> dict[str, Any]:
    """A draft as pages show it."""
    return {
        "id": row.id,
        "name": row.name,
        "author": drafts.author_of(tx, row),
        "author_id": row.author,
        "at": row.updated_at,
        "status": row.status,
        "state": (drafts.STATES[row.status], STATE_COLOURS.get(row.status, "")),
        "note": row.note,
        "outdated": drafts.is_outdated(tx, row),
        "reviewer": people.name_of(tx, row.reviewer) if row.reviewer else "",
    }


def kind_of(name: str) -> str:
    """diagram, decision, form, ui."""
    return releases.kind_of(name)


def key_of(name: str) -> str:
    """`designation`, `ban`, `shared/application`: the file without folder and ending."""
    plain = name.removeprefix("forms/")
    for ending in (".bpmn", ".dmn", ".schema.json", ".ui.json"):
        plain = plain.removesuffix(ending)
    return plain


def title_of(tx: Tx, name: str, manifest: Mapping[str, str]) -> str:
    """What people call the file."""
    key = key_of(name)
    if name.endswith(".bpmn"):
        return labels.PROCESS.get(key, (key, ""))[0]
    if name.endswith(".dmn") and name in manifest:
        found = tables(drafts.content_of(tx, manifest[name]))
        return key if isinstance(found, str) or not found else found[0].name
    if name.endswith(".schema.json") and name in manifest:
        return form_title(drafts.content_of(tx, manifest[name])) or key
    return key


def form_title(schema: str) -> str:
    """The form's own title, "" when it cannot be read."""
    try:
        found = surroundings.parsed_json(schema)
    except ValueError:
        return ""
    return str(found.get("title", "")) if isinstance(found, dict) else ""


def board(tx: Tx, xml_text: str, published: str | None, *, readonly: bool) -> dict[str, Any]:
    """The data of the drawing board (webapp/frontend/src/studio/data.js)."""
    manifest = drafts.newest(tx)
    names = [name for name in manifest if name.endswith(".schema.json")]
    return {
        "xml": xml_text,
        "readonly": readonly,
        "published": published,
        "roles": [{"code": row.code, "name": row.name} for row in roles.all_of(tx) if row.resolver],
        "forms": [
            {"name": key_of(name), "title": f"{title_of(tx, name, manifest)}（{key_of(name)}）"}
            for name in sorted(names)
        ],
        "decisions": [{"id": key_of(name), "name": key_of(name)} for name in sorted(manifest) if name.endswith(".dmn")],
        "handlers": [
            {
                "name": card.name,
                "doc": card.doc,
                "parameters": [{"name": n, "type": kind, "doc": ""} for n, kind in card.parameters],
            }
            for card in catalog.handler_cards()
        ],
        "functions": [{"name": name, "signature": signature, "doc": doc} for name, signature, doc in FUNCTIONS],
    }


def around(tx: Tx, actor: Principal, changed: Mapping[str, str]) -> checker.Surroundings:
    """The newest release with the person's own drafts, and with what he is typing."""
    mine = {
        row.name: row.content
        for row in models.listed(tx)
        if row.author == actor.person_id and row.status in drafts.OPEN
    }
    newest = versions.in_order(tx)[-1]
    return checker.installed(tx, newest.id).with_files({**mine, **changed})


def findings(name: str, surrounding: checker.Surroundings) -> list[dict[str, str]]:
    """What the checker says of the file, as rows for templates."""
    return [checker.as_json(one) for one in checker.check_text(name, surrounding.files[name], surrounding)]


BLANK_FORM = """{
  "type": "object",
  "title": "新表单",
  "properties": {
    "held_on": {"type": "string", "format": "date", "title": "日期"}
  },
  "required": ["held_on"],
  "unevaluatedProperties": false
}
"""


def names_in(content: str) -> dict[str, str]:
    """Id → what people call the element."""
    diagram, _ = reading.read("draft.bpmn", content.encode())
    return {key: node.get("name") or key for key, node in diagram.nodes.items()} if diagram else {}


def preview(schema: str, ui: str, name: str) -> form_fields.FormTree | str:
    """The form as its user would see it, or why it cannot be drawn."""
    try:
        form = forms.load(schema, ui or "{}", name=name)
        return form_fields.build(form, {}, redraw="")
    except Misconfigured as error:
        return error.message
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"表单无法显示：{error}"


@dataclass(frozen=True)
class Table:
    """A decision table as rows and columns."""

    id: str
    name: str
    policy: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str], Sequence[str]]]


def tables(text: str) -> list[Table] | str:
    """The tables of the file, or why they cannot be read."""
    try:
        found = decisions.parse_all(text.encode())
    except (decisions.DecisionError, xml.UnsafeXml) as error:
        return str(error)
    return [
        Table(
            one.id,
            one.name,
            f"{decisions.POLICIES[one.policy]}（{one.policy}）{one.aggregation}",
            [column.label for column in one.inputs],
            [column.name for column in one.outputs],
            [
                (
                    row.number,
                    [cell.source or "—" for cell in row.tests],
                    [cell.source if cell else "—" for cell in row.results],
                )
                for row in one.rules
            ],
        )
        for one in found.values()
    ]


def journal_rows(tx: Tx, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Entries of a file's journal for the timeline, the newest first."""
    names = people.names(tx, {row.actor for row in rows})
    return [
        {
            "title": ACTIONS.get(row.action, (row.action, "done"))[0],
            "state": ACTIONS.get(row.action, (row.action, "done"))[1],
            "at": clock.local(row.at).strftime("%Y-%m-%d %H:%M"),
            "who": names.get(row.actor, row.actor),
            "opinion": row.reason or "",
        }
        for row in reversed(rows)
    ]


ACTIONS: Mapping[str, tuple[str, str]] = {
    "model.draft": ("新建草稿", "done"),
    "model.restore": ("由旧版本新建草稿", "done"),
    "model.rebase": ("并入新版本", "done"),
    "model.submit": ("送审", "done"),
    "model.withdraw": ("撤回送审", "back"),
    "model.discard": ("放弃草稿", "back"),
    "model.refuse": ("退回", "refused"),
    "model.approve": ("审核通过并发布", "done"),
    "role.add": ("登记泳道角色", "done"),
}
