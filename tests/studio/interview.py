"""An analyst's edit of real files: a defence interview for 特色发展类 in a lane of its own (domain.md 1.3, no. 4)."""

from __future__ import annotations

import json

LANE = "答辩评审组"
NAME = "designation.bpmn"
SCHEMA, UI = "forms/designation/defence_interview.schema.json", "forms/designation/defence_interview.ui.json"
QUOTED = "第十一条（三）专家评审。省科技厅组织专家对申报材料进行评审。特色发展类另行组织答辩。"


def drawn(text: str, *, condition: str = 'defence_interview.outcome == "retry"') -> str:
    """The designation diagram with the interview between the experts and the round; `condition` leads back to it."""
    return _shapes(_flows(_nodes(_lane(text)), condition))


def schema() -> str:
    fields = {
        "held_on": {"type": "string", "format": "date", "title": "答辩日期"},
        "points": {"type": "integer", "minimum": 0, "maximum": 100, "title": "答辩得分"},
    }
    return json.dumps(
        {
            "type": "object",
            "title": "答辩评审",
            "properties": fields,
            "required": ["held_on", "points"],
            "unevaluatedProperties": False,
        },
        ensure_ascii=False,
        indent=2,
    )


def ui() -> str:
    return json.dumps(
        {"ui:groups": [{"title": "答辩", "fields": ["held_on", "points"]}], "ui:variables": ["points"]},
        ensure_ascii=False,
    )


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


def _lane(text: str) -> str:
    members = "".join(f"<bpmn:flowNodeRef>{one}</bpmn:flowNodeRef>" for one in ("defence_interview", "after_interview"))
    lane = f'<bpmn:lane id="lane_defence_panel" name="{LANE}">{members}</bpmn:lane>'
    text = _replaced(text, "</bpmn:laneSet>", f"{lane}</bpmn:laneSet>")
    home = "<bpmn:flowNodeRef>expert_review</bpmn:flowNodeRef>"
    return _replaced(text, home, f"{home}<bpmn:flowNodeRef>needs_interview</bpmn:flowNodeRef>")


def _nodes(text: str) -> str:
    gateway = (
        '<bpmn:exclusiveGateway id="needs_interview" name="是否答辩" default="flow_no_interview">'
        f"{_ends(['flow_to_needs'], ['flow_no_interview', 'flow_interview'])}</bpmn:exclusiveGateway>"
    )
    behind = (
        '<bpmn:exclusiveGateway id="after_interview" name="是否补充" default="flow_interview_done">'
        f"{_ends(['flow_interviewed'], ['flow_interview_done', 'flow_interview_again'])}</bpmn:exclusiveGateway>"
    )
    given = {
        "outcomes": "pass:通过答辩|retry!:补充后再答辩",
        "due": 'workdays(param("review.formal_days"))',
        "articles": "11(3)",
    }
    shown = "".join(f"<spiffworkflow:property name=\"{key}\" value='{value}' />" for key, value in given.items())
    task = (
        f'<bpmn:userTask id="defence_interview" name="答辩评审"><bpmn:documentation>{QUOTED}</bpmn:documentation><bpmn:extensionElements>'
        f"<spiffworkflow:properties>{shown}</spiffworkflow:properties></bpmn:extensionElements>"
        f"{_ends(['flow_interview', 'flow_interview_again'], ['flow_interviewed'])}</bpmn:userTask>"
    )
    before = '<bpmn:intermediateThrowEvent id="report_ready"'
    text = _replaced(text, before, f"{gateway}{task}{behind}{before}")
    text = _replaced(
        text,
        "<bpmn:outgoing>flow_expert_review_report_ready</bpmn:outgoing>",
        "<bpmn:outgoing>flow_to_needs</bpmn:outgoing>",
    )
    into = "<bpmn:incoming>flow_no_interview</bpmn:incoming><bpmn:incoming>flow_interview_done</bpmn:incoming>"
    return _replaced(text, "<bpmn:incoming>flow_expert_review_report_ready</bpmn:incoming>", into)


def _ends(incoming: list[str], outgoing: list[str]) -> str:
    ways = [("incoming", one) for one in incoming] + [("outgoing", one) for one in outgoing]
    return "".join(f"<bpmn:{tag}>{one}</bpmn:{tag}>" for tag, one in ways)


def _flows(text: str, condition: str) -> str:
    old = (
        '<bpmn:sequenceFlow id="flow_expert_review_report_ready" sourceRef="expert_review" targetRef="report_ready" />'
    )
    flows = [
        ("flow_to_needs", "expert_review", "needs_interview", ""),
        ("flow_no_interview", "needs_interview", "report_ready", ""),
        ("flow_interview", "needs_interview", "defence_interview", 'application.category == "special_dev"'),
        ("flow_interviewed", "defence_interview", "after_interview", ""),
        ("flow_interview_done", "after_interview", "report_ready", ""),
        ("flow_interview_again", "after_interview", "defence_interview", condition),
    ]
    drawn = "".join(
        f'<bpmn:sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">'
        + (
            f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'
            if text
            else ""
        )
        + "</bpmn:sequenceFlow>"
        for key, source, target, text in flows
    )
    return _replaced(text, old, drawn)


def _shapes(text: str) -> str:
    boxes = {
        "lane_defence_panel": (90, 1260, 1810, 180),
        "needs_interview": (1315, 1120, 50, 50),
        "defence_interview": (1300, 1310, 120, 80),
        "after_interview": (1460, 1325, 50, 50),
    }
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"><dc:Bounds x="{x}" y="{y}" width="{w}" height="{h}" /></bpmndi:BPMNShape>'
        for key, (x, y, w, h) in boxes.items()
    )
    ways = {
        "flow_to_needs": [(1305, 1075), (1340, 1120)],
        "flow_no_interview": [(1350, 1120), (1350, 1093)],
        "flow_interview": [(1340, 1170), (1340, 1310)],
        "flow_interviewed": [(1420, 1350), (1460, 1350)],
        "flow_interview_done": [(1485, 1325), (1485, 1140), (1360, 1093)],
        "flow_interview_again": [(1485, 1375), (1485, 1410), (1360, 1410), (1360, 1390)],
    }
    edges = "".join(
        f'<bpmndi:BPMNEdge id="{key}_di" bpmnElement="{key}">'
        + "".join(f'<di:waypoint x="{x}" y="{y}" />' for x, y in points)
        + "</bpmndi:BPMNEdge>"
        for key, points in ways.items()
    )
    start = text.index('<bpmndi:BPMNEdge id="flow_expert_review_report_ready_di"')
    stop = text.index("</bpmndi:BPMNEdge>", start) + len("</bpmndi:BPMNEdge>")
    text = text[:start] + text[stop:]
    return _replaced(text, "</bpmndi:BPMNPlane>", f"{shapes}{edges}</bpmndi:BPMNPlane>")
