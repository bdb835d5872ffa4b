"""Cases of one base: who begins them, what waits, what ends together, and what begins in batches (architecture 8).

The diagrams are small ones of the test's own; the rules are the engine's, the table is the one that ships.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from types import ModuleType

import pytest

from handlers import vocabulary as v
from tests.processes.story import SYSTEM, Story
from tests.spiff import drawing
from webapp import clock
from webapp.engine import batching, commands
from webapp.errors import Forbidden, Rejected
from webapp.store import batches, cases, register
from webapp.store.tables import Base

LANE = '<laneSet id="lanes"><lane id="lane" name="{lane}">{inside}</lane></laneSet>'


def _diagram(process: str, lane: str, body: list[str], flows: list[str], **start: str) -> str:
    """One lane; `body` between start and end, the flows as `a > b`."""
    begin = drawing.start(extension=drawing.properties(**start))
    inside = [begin, *body, drawing.end()]
    ids = [text.split('id="')[1].split('"')[0] for text in inside if text.startswith("<")]
    shown = "".join(f"<flowNodeRef>{each}</flowNodeRef>" for each in ids)
    parts = "".join(inside) + "".join(_flow(number, flow) for number, flow in enumerate(flows))
    lanes = LANE.format(lane=lane, inside=shown)
    return (
        f'{drawing.HEAD}<process id="{process}" name="{process}" isExecutable="true">{lanes}{parts}</process>'
        '<message id="m" name="base_terminal"/><message id="n" name="told"/></definitions>'
    )


def _flow(number: int, flow: str) -> str:
    source, target = flow.split(" > ")
    return f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'


def _terminal() -> str:
    caught = '<messageEventDefinition id="e" messageRef="m"/>'
    return (
        '<subProcess id="terminal" triggeredByEvent="true"><startEvent id="t_start">'
        f'{caught}</startEvent><endEvent id="ended"/><sequenceFlow id="t1" sourceRef="t_start" targetRef="ended"/></subProcess>'
    )


def _simple(process: str, lane: str = "依托单位", *, catches: bool = True, **start: str) -> str:
    """One user task, which the end of the base ends if it `catches` it."""
    said = {"start": "发起", "about": "base", "prefix": "SY", **start}
    body = [drawing.user("work", extension=drawing.properties(outcomes="done:办结", due="workdays(5)"))]
    if catches:
        body.append(_terminal())
    return _diagram(process, lane, body, ["start > work", "work > end"], **said)


def _acting(process: str, *operators: str) -> str:
    """The Province's procedure: a task, then these service tasks, then a second task."""
    body = [drawing.user("work")]
    body += [drawing.service(f"s{number}", operator, "r") for number, operator in enumerate(operators)]
    body += [drawing.user("after")]
    names = ["start", "work", *(f"s{number}" for number in range(len(operators))), "after", "end"]
    flows = [f"{one} > {other}" for one, other in pairwise(names)]
    return _diagram(process, "省科技厅经办", body, flows, start="发起", about="base", prefix="SZ")


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[v.Effect]]:
    """What the handler `trial.act_<n>` asks for, by its name."""
    wanted: dict[str, list[v.Effect]] = {}
    module = ModuleType("handlers.trial")
    for name in ("one", "two"):
        setattr(module, name, lambda case, name=name: v.Outcome({}, wanted.get(name, [])))
    monkeypatch.setitem(sys.modules, "handlers.trial", module)
    return wanted


@pytest.fixture
def province(story: Story) -> Story:
    """The story's province with the trial diagrams in force."""
    story.today("2026-03-02")
    story.releases(
        change__bpmn=_simple("change"),
        exit__bpmn=_simple("exit", when='base.status == "active"'),
        reward__bpmn=_simple("reward", "省科技厅经办"),
        major_event__bpmn=_simple("major_event", catches=False),
        annual_report__bpmn=_simple("annual_report", start=""),
        revocation__bpmn=_acting("revocation", "trial.one", "trial.two"),
    )
    return story


def _base(story: Story, number: int = 0) -> Base:
    return [row for row in story.bases(status="active") if row.level == "provincial"][number]


def _host_person(base: Base) -> str:
    return f"p-{base.host_id}"


def test_base_s_procedure_belongs_to_its_host_and_recommender(province: Story) -> None:
    """第十六条：由依托单位发起；事项带有基地、依托单位、推荐部门和摘要."""
    base = _base(province)
    case = province.starts("change", _host_person(base), base_id=base.id)
    row = province.case(case)
    assert (row.base_id, row.host_id, row.recommender_id, row.title) == (
        base.id,
        base.host_id,
        base.recommender_id,
        base.name,
    )
    assert row.number.startswith("SY-2026-")
    assert province.proceeding(case)["status"] == "open"
    province.does(case, "work", "done")
    assert province.proceeding(case)["status"] == "end"
    assert province.proceeding(case)["ended_on"] == clock.today()


def test_only_the_base_s_own_host_begins_it(province: Story) -> None:
    """他单位、推荐部门不能替依托单位发起；系统的程序不能由人发起."""
    base = _base(province)
    other = next(row for row in province.bases() if row.host_id != base.host_id)
    for person in (_host_person(other), "p-officer"):
        with pytest.raises(Forbidden):
            province.starts("change", person, base_id=base.id)
    with pytest.raises(Rejected, match="由系统发起"):
        province.starts("annual_report", _host_person(base), base_id=base.id)


def test_condition_of_the_start_event_holds_in_the_command(province: Story) -> None:
    """已终止的基地不能再申请退出."""
    base = _base(province)
    with province.database.writing(SYSTEM) as tx:
        register.change(tx, base.id, clock.today(), status="exited")
    with pytest.raises(Rejected, match="不符合"):
        province.starts("exit", _host_person(base), base_id=base.id)


def test_revocation_holds_what_the_table_says_and_lets_it_go(province: Story, trial: dict[str, list[v.Effect]]) -> None:
    """domain.md 3.6：立案后变更、退出、奖励暂缓；未取消而结束时自行恢复；年报等照常."""
    base = _base(province)
    host = _host_person(base)
    change = province.starts("change", host, base_id=base.id)
    event = province.starts("major_event", host, base_id=base.id)
    trial["one"] = [v.HoldOthers("取消资格程序已立案。")]
    case = province.starts("revocation", "p-officer", base_id=base.id)
    province.does(case, "work", "submit")
    assert (province.case(change).status, province.case(change).held_by) == ("suspended", case)
    assert province.case(event).status == "open"
    with pytest.raises(Rejected, match="暂停"):
        province.does(change, "work", "done")
    province.commands("save_draft", host, province.task(change, "work").id, {})
    exit_case = province.starts("exit", host, base_id=base.id)
    assert province.case(exit_case).status == "suspended"
    province.does(case, "after", "submit")
    assert {province.case(each).status for each in (change, exit_case)} == {"open"}
    assert province.case(change).held_by is None
    province.does(change, "work", "done")
    assert province.end(change) == "end"
    assert province.journal_is_whole()


def test_second_exit_and_change_beside_an_exit_are_refused(province: Story) -> None:
    """退出一次一件；退出在办时不再受理变更."""
    base = _base(province)
    province.starts("exit", _host_person(base), base_id=base.id)
    for process in ("exit", "change"):
        with pytest.raises(Rejected, match="退出"):
            province.starts(process, _host_person(base), base_id=base.id)
    assert [row.process for row in province.cases_of(base.id)] == ["exit"]


@pytest.mark.article("22")
def test_end_of_the_base_reaches_every_open_case_at_once(province: Story, trial: dict[str, list[v.Effect]]) -> None:
    """取消资格之日，其他在办事项在同一事务内终止；没有画终止事件的也终止；没有待办、计时留下."""
    base = _base(province)
    host = _host_person(base)
    change = province.starts("change", host, base_id=base.id)
    event = province.starts("major_event", host, base_id=base.id)
    trial["one"] = [v.HoldOthers("已立案。")]
    trial["two"] = [v.EndBase("revoked", clock.today(), "浙科发外〔2026〕9号", "基地资格已取消")]
    case = province.starts("revocation", "p-officer", base_id=base.id)
    province.does(case, "work", "submit")
    assert province.end(change) == "ended"
    assert (province.case(event).status, province.end(event)) == ("cancelled", "base_terminal")
    assert [province.open(each) for each in (change, event)] == [[], []]
    assert province.base(base.id).status == "revoked"
    assert province.elements(case) == ["after"]
    assert province.told(host, "基地资格已取消")
    assert province.journal_is_whole()


def test_batch_starts_each_case_once_and_says_why_not(province: Story, trial: dict[str, list[v.Effect]]) -> None:
    """成批发起：每个基地一件，重复执行不多出；不发起的写明原因；进度可查."""
    found = [row for row in province.bases(status="active") if row.level == "provincial"][:12]
    gone = found[-1]
    items = [{"base_id": row.id, "key": f"annual_report:{row.id}:2025", "period": "2025"} for row in found]
    trial["one"] = [
        v.StartBatch(
            "annual_report", "annual_report:2025", "2025年度报告", items, [{"base_id": gone.id, "reason": "r"}]
        )
    ]
    base = _base(province)
    case = province.starts("revocation", "p-officer", base_id=base.id)
    with province.database.writing(SYSTEM) as tx:
        cases.add(tx, process="x", number="x", title="x", key=items[3]["key"])
    province.does(case, "work", "submit")
    with province.database.reading(SYSTEM) as tx:
        (batch,) = batches.recent(tx)
    for _ in range(2):
        province.installation.runners["batch"](batch.id)
    with province.database.reading(SYSTEM) as tx:
        assert batches.progress(tx, [batch.id])[batch.id] == {"started": 12, "skipped": 1}
        assert batches.get(tx, batch.id).status == "done"  # type: ignore[union-attr]
        started = list(cases.search(tx, "", process="annual_report", limit=50).rows)
    assert len(started) == 11
    assert {province.proceeding(row.id)["period"] for row in started} == {"2025"}


def test_refused_and_broken_items_hold_up_nobody(
    province: Story, trial: dict[str, list[v.Effect]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """一件被拒或出错，其余照常；出错的可以再试."""
    found = [row for row in province.bases(status="active") if row.level == "provincial"][:5]
    items = [{"base_id": row.id, "key": f"change:{row.id}"} for row in found]
    province.starts("exit", _host_person(found[1]), base_id=found[1].id)
    real = commands.start

    def start(tx: object, actor: object, process: str, **more: object) -> object:
        if more.get("base_id") == found[2].id:
            raise ValueError("broken")
        return real(tx, actor, process, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(commands, "start", start)
    with province.database.writing(SYSTEM) as tx:
        payload = [{**item, "payload": item} for item in items]
        batch = batches.add(
            tx, key="k", process="change", title="t", items=payload, skipped=[], from_case=None, made_by="x"
        )
    assert batch is not None
    province.installation.runners["batch"](batch)
    with province.database.reading(SYSTEM) as tx:
        assert batches.progress(tx, [batch])[batch] == {"started": 3, "skipped": 1, "failed": 1}
        notes = {row.status: row.note for row in batches.items(tx, batch)}
    assert "退出" in notes["skipped"]
    assert "broken" in notes["failed"]
    monkeypatch.undo()
    with province.database.writing(SYSTEM) as tx:
        assert batching.start_again(tx, batch) == 1
    province.installation.runners["batch"](batch)
    with province.database.reading(SYSTEM) as tx:
        assert batches.progress(tx, [batch])[batch] == {"started": 4, "skipped": 1}


def test_proposal_joins_the_case_that_is_open(province: Story, trial: dict[str, list[v.Effect]]) -> None:
    """情形并入一件：已有在办的，新情形以消息送达；没有的，另起一件并带上内容."""
    base = _base(province)
    trial["one"] = [
        v.StartCase("reward", "reward:1", {"base_id": base.id, "data": {"grade": "excellent"}}, joins="more")
    ]
    case = province.starts("revocation", "p-officer", base_id=base.id)
    province.does(case, "work", "submit")
    (reward,) = [row for row in province.cases_of(base.id) if row.process == "reward"]
    assert province.variables(reward.id)["begun"] == {"grade": "excellent"}
    trial["two"] = [v.StartCase("reward", "reward:2", {"base_id": base.id, "data": {"grade": "more"}}, joins="told")]
    other = province.starts("revocation", "p-officer", base_id=_base(province, 1).id)
    trial["one"] = []
    province.does(other, "work", "submit")
    assert [row.process for row in province.cases_of(base.id)].count("reward") == 1


def test_yearly_procedure_begins_once_on_its_day(province: Story) -> None:
    """每年一件，自参数所定之日起；停机补起，过了一个半月不补."""
    opening = _diagram(
        "yearly_trial", "省科技厅经办", [drawing.user("work")], ["start > work", "work > end"],
        yearly="annual_report.open", prefix="NK",
    )  # fmt: skip
    province.releases(yearly_trial__bpmn=opening)

    def begun(day: str) -> list[str]:
        """Numbers of the trial's cases after the job ran twice on that day."""
        province.today(day)
        for _ in range(2):
            province.installation.runners["yearly"]("")
        with province.database.reading(SYSTEM) as tx:
            return [row.number for row in cases.search(tx, "", process="yearly_trial", limit=5).rows]

    assert begun("2026-03-03") == []  # too late for 1 January
    assert begun("2026-12-31") == []
    assert len(begun("2027-01-03")) == 1
    with province.database.reading(SYSTEM) as tx:
        started = cases.by_key(tx, "yearly_trial:2027")
    assert started is not None
    assert started.title == "2027年yearly_trial"
