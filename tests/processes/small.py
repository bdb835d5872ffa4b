"""Small diagrams of the tests' own, for procedures that only have to stand there: one task, and the end of the base."""

from __future__ import annotations

from tests.spiff import drawing

LANE = '<laneSet id="lanes"><lane id="lane" name="{lane}">{inside}</lane></laneSet>'
TERMINAL = (
    '<subProcess id="terminal" triggeredByEvent="true"><startEvent id="t_start">'
    '<messageEventDefinition id="e" messageRef="m"/></startEvent><endEvent id="ended"/>'
    '<sequenceFlow id="t1" sourceRef="t_start" targetRef="ended"/></subProcess>'
)


def procedure(process: str, lane: str = "依托单位", **start: str) -> str:
    """A procedure about a base that `lane` begins and hands in; the end of the base ends it."""
    said = {"start": "发起", "about": "base", "prefix": "SY", **start}
    body = [
        drawing.start(extension=drawing.properties(**said)),
        drawing.user("work", extension=drawing.properties(outcomes="done:办结")),
        TERMINAL,
        drawing.end(),
    ]
    ids = [text.split('id="')[1].split('"')[0] for text in body]
    inside = "".join(f"<flowNodeRef>{each}</flowNodeRef>" for each in ids)
    flows = '<sequenceFlow id="f1" sourceRef="start" targetRef="work"/><sequenceFlow id="f2" sourceRef="work" targetRef="end"/>'
    lanes = LANE.format(lane=lane, inside=inside)
    return (
        f'{drawing.HEAD}<process id="{process}" name="{process}" isExecutable="true">{lanes}{"".join(body)}{flows}</process>'
        '<message id="m" name="base_terminal"/></definitions>'
    )
