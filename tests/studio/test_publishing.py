"""Drafts, four eyes, releases: what a first analyst may do, what only a second may, and what stays as it was."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.processes.story import SYSTEM, Story
from tests.studio import interview
from webapp import clock
from webapp.demo import sheets
from webapp.errors import Forbidden, Invalid, Rejected, Stale
from webapp.store import journal, models, people, releases, roles
from webapp.studio import differences, drafts, lanes, publishing, scenarios, versions

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "p-analyst", "p-analyst2"
OPINION = "forms/designation/host_approve.ui.json"
_ids = count(1)


class Desk:
    """Two analysts at one installation; each act is a transaction of its own."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def does(self, command: Any, *args: Any, who: str = FIRST, **more: Any) -> Any:
        with self.story.database.writing(SYSTEM) as tx:
            return command(tx, self.story.person(who), *args, command_id=f"studio-{next(_ids)}", **more)

    def saves(self, name: str, content: str, who: str = FIRST, version: str = "") -> str:
        with self.story.database.writing(SYSTEM) as tx:
            return drafts.save(tx, self.story.person(who), name, content, version=version).id

    def text(self, name: str) -> str:
        with self.story.database.reading(SYSTEM) as tx:
            return drafts.content_of(tx, drafts.newest(tx)[name])

    def draft(self, draft_id: str) -> Any:
        with self.story.database.reading(SYSTEM) as tx:
            return models.get(tx, draft_id)

    def changed(self, name: str = OPINION) -> str:
        """A change of the form that breaks nothing."""
        return json.dumps({**json.loads(self.text(name)), "ui:help": f"说明 {next(_ids)}"}, ensure_ascii=False)

    def submitted(self, name: str = OPINION, who: str = FIRST) -> str:
        draft = self.saves(name, self.changed(name), who)
        self.does(drafts.submit, [draft], "改填写说明", who=who)
        return draft

    def journal(self, name: str) -> list[str]:
        with self.story.database.reading(SYSTEM) as tx:
            return [row.action for row in journal.of_object(tx, f"model:{name}")]


@pytest.fixture
def desk(story: Story) -> Desk:
    return Desk(story)


def test_a_second_analyst_approves_and_the_author_cannot(desk: Desk) -> None:
    draft = desk.submitted()
    with pytest.raises(Forbidden, match="另一位"):
        desk.does(publishing.approve, [draft], clock.today())
    with pytest.raises(Forbidden):
        desk.does(publishing.approve, [draft], clock.today(), who="p-officer")
    answer = desk.does(publishing.approve, [draft], clock.today(), "同意", who=SECOND)
    assert desk.draft(draft).status == "approved"
    with desk.story.database.reading(SYSTEM) as tx:
        assert releases.current(tx, clock.today()).id == answer.notes["release"]
        newest, shipped = versions.of_file(tx, OPINION)
    assert (newest.number, newest.is_current, newest.made_by, newest.approved_by) == (2, True, "苏怀瑾", "梁望舒")
    assert (shipped.number, shipped.is_current) == (1, False)
    assert desk.journal(OPINION) == ["model.draft", "model.submit", "model.approve"]
    assert desk.story.told(FIRST, "已审核通过")


def test_only_analysts_draw(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        desk.saves(OPINION, "{}", who="p-officer")
    with pytest.raises(Invalid):
        desk.saves("../../etc/passwd", "x")


def test_a_refused_draft_goes_back_with_its_reason(desk: Desk) -> None:
    draft = desk.submitted()
    with pytest.raises(Invalid):
        desk.does(publishing.refuse, draft, " ", who=SECOND)
    desk.does(publishing.refuse, draft, "说明不清楚", who=SECOND)
    assert (desk.draft(draft).status, desk.draft(draft).note) == ("refused", "说明不清楚")
    assert desk.saves(OPINION, desk.changed()) == draft
    desk.does(drafts.submit, [draft], "已补充")
    desk.does(publishing.approve, [draft], clock.today(), who=SECOND)
    assert desk.story.told(FIRST, "说明不清楚")


def test_a_submitted_draft_rests_until_it_is_taken_back(desk: Desk) -> None:
    draft = desk.submitted()
    with pytest.raises(Rejected, match="已送审"):
        desk.saves(OPINION, desk.changed())
    with pytest.raises(Forbidden):
        desk.does(drafts.withdraw, draft, who=SECOND)
    desk.does(drafts.withdraw, draft)
    desk.does(drafts.discard, draft)
    assert desk.journal(OPINION)[-2:] == ["model.withdraw", "model.discard"]
    with pytest.raises(Stale):
        desk.does(drafts.withdraw, desk.saves(OPINION, desk.changed()))


def test_two_windows_of_one_draft_do_not_overwrite_each_other(desk: Desk) -> None:
    draft = desk.saves(OPINION, desk.changed())
    shown = drafts.version_of(desk.draft(draft))
    clock.stand_at(clock.now() + timedelta(seconds=5))
    desk.saves(OPINION, desk.changed(), version=shown)
    with pytest.raises(Stale):
        desk.saves(OPINION, desk.changed(), version=shown)


def test_a_draft_from_an_older_version_is_told_so(desk: Desk) -> None:
    late = desk.saves(OPINION, desk.changed(), who=SECOND)
    first = desk.submitted()
    desk.does(publishing.approve, [first], clock.today(), who=SECOND)
    with pytest.raises(Rejected, match="已发布新版本"):
        desk.does(drafts.submit, [late], "我的修改", who=SECOND)
    desk.does(drafts.rebase, late, who=SECOND)
    desk.does(drafts.submit, [late], "并入后送审", who=SECOND)
    desk.does(publishing.approve, [late], clock.today(), who=FIRST)


def test_what_does_not_change_is_not_submitted(desk: Desk) -> None:
    with pytest.raises(Invalid, match="有误"):
        desk.does(drafts.submit, [desk.saves(OPINION, desk.text(OPINION))], "没改")


def test_a_release_begins_on_its_day(desk: Desk) -> None:
    draft = desk.submitted()
    with pytest.raises(Invalid):
        desk.does(publishing.approve, [draft], clock.today() - timedelta(days=1), who=SECOND)
    later = clock.today() + timedelta(days=10)
    release = desk.does(publishing.approve, [draft], later, who=SECOND).notes["release"]
    with desk.story.database.reading(SYSTEM) as tx:
        assert releases.current(tx, later - timedelta(days=1)).id != release
        assert releases.current(tx, later).id == release
    other = desk.submitted()
    with pytest.raises(Rejected, match="已有自"):
        desk.does(publishing.approve, [other], clock.today(), who=SECOND)
    desk.does(publishing.approve, [other], later, who=SECOND)


def test_an_old_version_comes_back_as_a_draft(desk: Desk) -> None:
    old = desk.text(OPINION)
    desk.does(publishing.approve, [desk.submitted()], clock.today(), who=SECOND)
    answer = desk.does(drafts.restore, OPINION, releases.hash_of(old), who=SECOND)
    assert desk.draft(answer.notes["draft"]).content == old
    with pytest.raises(Rejected):
        desk.does(drafts.restore, OPINION, releases.hash_of(old), who=SECOND)
    desk.does(drafts.submit, [answer.notes["draft"]], "恢复", who=SECOND)
    desk.does(publishing.approve, [answer.notes["draft"]], clock.today(), who=FIRST)
    assert desk.text(OPINION) == old


def test_the_same_command_twice_is_one_release(desk: Desk) -> None:
    draft = desk.submitted()
    actor = desk.story.person(SECOND)
    for _ in range(2):
        with desk.story.database.writing(SYSTEM) as tx:
            answer = publishing.approve(tx, actor, [draft], clock.today(), command_id="studio-twice")
    with desk.story.database.reading(SYSTEM) as tx:
        assert [row.id for row in releases.listed(tx)].count(answer.notes["release"]) == 1


def test_a_form_that_a_diagram_needs_cannot_lose_its_variable(desk: Desk) -> None:
    """The diagram reads set_up.publicity; a form without it would break the rounds to come."""
    name = "forms/designation_round/set_up.ui.json"
    ui = json.loads(desk.text(name))
    ui["ui:variables"] = (
        {key: path for key, path in dict(ui["ui:variables"]).items() if key != "publicity"}
        if isinstance(ui["ui:variables"], dict)
        else [one for one in ui["ui:variables"] if one != "publicity"]
    )
    draft = desk.saves(name, json.dumps(ui, ensure_ascii=False))
    with pytest.raises(Invalid) as refused:
        desk.does(drafts.submit, [draft], "删去变量")
    assert any("designation_round.bpmn" in place for place in refused.value.fields)


def test_a_lane_s_role_is_a_row(desk: Desk) -> None:
    desk.does(lanes.add, "defence_panel", interview.LANE, "org:province", "all")
    with desk.story.database.reading(SYSTEM) as tx:
        assert roles.named(tx, interview.LANE) is not None
    for code, name, resolver, scope, field in (
        ("defence_panel", "另一组", "org:province", "all", "code"),
        ("other", interview.LANE, "org:province", "all", "name"),
        ("other", "另一组", "org:nobody", "all", "resolver"),
        ("other", "另一组", "expression:(", "all", "resolver"),
        ("other", "另一组", "org:province", "accounts", "scope"),
    ):
        with pytest.raises(Invalid) as refused:
            desk.does(lanes.add, code, name, resolver, scope)
        assert field in refused.value.fields
    with pytest.raises(Forbidden):
        desk.does(lanes.add, "other", "另一组", "org:province", "all", who="p-officer")


def test_what_changed_is_told_element_by_element(desk: Desk) -> None:
    old = desk.text(interview.NAME)
    new = interview.drawn(old).replace('value="workdays(param(&quot;correction.days&quot;))"', "")
    changes = {(one.kind, one.id) for one in differences.between(interview.NAME, old, new)}
    assert {
        ("added", "defence_interview"),
        ("added", "lane_defence_panel"),
        ("removed", "flow_expert_review_report_ready"),
    } <= changes
    assert differences.between(interview.NAME, old, old) == []
    renamed = old.replace('name="填写申报书"', 'name="填报申报书"')
    assert [(one.kind, one.id, one.what) for one in differences.between(interview.NAME, old, renamed)] == [
        ("changed", "fill", "名称：填写申报书 → 填报申报书")
    ]
    assert [one.kind for one in differences.between("x.ui.json", "a\nb", "a\nc")] == ["removed", "added"]


def test_a_draft_is_played(desk: Desk) -> None:
    text = desk.text("publicity.bpmn")
    with desk.story.database.reading(SYSTEM) as tx:
        result = scenarios.run(tx, "publicity.bpmn", text, json.dumps(scenarios.template(text), ensure_ascii=False))
        assert (result["status"], result["ends"]) == ("completed", ["published"])
        for wrong in ("[", "[]", "x" * 300_000):
            with pytest.raises(Invalid):
                scenarios.run(tx, "publicity.bpmn", text, wrong)


# ---------------------------------------------------------------------------------------------- the edit that proves it


def _interview_drafts(desk: Desk, **changes: str) -> list[str]:
    texts = {
        interview.NAME: interview.drawn(desk.text(interview.NAME), **changes),
        interview.SCHEMA: interview.schema(),
        interview.UI: interview.ui(),
    }
    return [desk.saves(name, text) for name, text in texts.items()]


@pytest.mark.stage("accepted")
@pytest.mark.article("11(3)")
def test_an_interview_is_added_and_only_later_applications_walk_it(desk: Desk) -> None:
    """settled 24: a new lane, a planted fault named and mended, approved; the running round keeps its version."""
    story, running = desk.story, desk.story.applications["host-jhsf"]
    ids = _interview_drafts(desk, condition='defence_interview.outcome == "again"')
    with pytest.raises(Invalid) as refused:
        desk.does(drafts.submit, ids, "特色发展类增加答辩")
    assert {"designation.bpmn flow_interview_again", "designation.bpmn lane_defence_panel"} <= set(refused.value.fields)
    assert "答辩评审" in refused.value.fields["designation.bpmn flow_interview_again"]

    desk.does(lanes.add, "defence_panel", interview.LANE, "org:province", "all")
    ids = _interview_drafts(desk)
    desk.does(drafts.submit, ids, "特色发展类增加答辩")
    desk.does(publishing.approve, ids, clock.today(), "同意", who=SECOND)
    with story.database.writing(SYSTEM) as tx:
        people.grant(tx, "p-officer2", "defence_panel", "province", by=FIRST, valid_from=clock.today())
    old_release = story.case(running).release_id

    second = story.starts("designation_round", "p-officer", title="第二批国合基地认定")
    story.does(second, "set_up", "submit", sheets.set_up(clock.today(), name="2026年度第二批国际科技合作基地认定"))
    story.does(second, "approve_notice", "approve", sheets.approve_notice(clock.today()))
    story.days_pass(8)
    story.round_id = second
    later = story.submits("host-ygzn", "special_dev", "智能装备海外研发")
    assert story.case(later).release_id != old_release
    story.recommends(later)
    story.accepts(later)
    story.reviews(later)
    assert story.elements(later) == ["defence_interview"]
    held = {"held_on": clock.today().isoformat(), "points": 88}
    story.does(later, "defence_interview", "retry", held, "请补充海外机构材料", person="p-officer2")
    story.does(later, "defence_interview", "pass", held, person="p-officer2")
    assert story.application(later).status == "ready"
    assert story.variables(later)["defence_interview"]["points"] == 88

    story.reviews(running)
    assert story.case(running).release_id == old_release
    assert story.elements(running) == []
    assert story.application(running).status == "ready"
    with story.database.reading(SYSTEM) as tx:
        counted = {version.number: version.running for version in versions.of_file(tx, interview.NAME)}
    assert counted == {1: 1, 2: 1}
