"""Issue 5.3 by hand: a defence interview is drawn, refused for its fault, mended, approved by another, walked by the next round."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes.story import Story
from tests.studio import interview
from webapp import clock
from webapp.demo import sheets

Comes = Callable[..., Person]
BOARD = "/studio/designation"
ROUND = "2026年度第二批国际科技合作基地认定"
RUNNING, LATER, PLAIN = "host-dhcb", "host-ygzn", "host-hyxy"
"""特色发展类 in the round that runs; 特色发展类 and 联合研发类 in the next one."""
OUTCOMES = (("pass", "通过答辩", False), ("retry", "补充后再答辩", True))
PLANTED, MEANT = 'defence_interview.outcome == "again"', 'defence_interview.outcome == "retry"'

DRAW = """() => {
  const { modeler } = document.querySelector('[data-studio]').studio;
  const of = name => modeler.get(name);
  const [modeling, factory, bpmn, registry] = ['modeling', 'elementFactory', 'bpmnFactory', 'elementRegistry'].map(of);
  const at = id => registry.get(id);
  const lane = modeling.addLane(at('lane_province_officer'), 'bottom');
  modeling.updateProperties(lane, { id: 'lane_defence_panel' });
  const middle = lane.y + lane.height / 2;
  const node = (type, id, name, x, y) => modeling.createShape(
    factory.createShape({ type, businessObject: bpmn.create(type, { id, name }) }), { x, y }, at('participant_designation'));
  const needs = node('bpmn:ExclusiveGateway', 'needs_interview', '是否答辩', 1350, 1150);
  const task = node('bpmn:UserTask', 'defence_interview', '答辩评审', 1350, middle);
  const after = node('bpmn:ExclusiveGateway', 'after_interview', '是否补充', 1500, middle);
  modeling.removeConnection(at('flow_expert_review_report_ready'));
  const flow = (id, source, target) => {
    const made = modeling.connect(source, target, { type: 'bpmn:SequenceFlow' });
    modeling.updateProperties(made, { id });
    return made;
  };
  flow('flow_to_needs', at('expert_review'), needs);
  const none = flow('flow_no_interview', needs, at('report_ready'));
  flow('flow_interview', needs, task);
  flow('flow_interviewed', task, after);
  const done = flow('flow_interview_done', after, at('report_ready'));
  flow('flow_interview_again', after, task);
  modeling.updateProperties(needs, { default: none.businessObject });
  modeling.updateProperties(after, { default: done.businessObject });
}"""
SELECT = """id => { const { modeler } = document.querySelector('[data-studio]').studio;
  modeler.get('selection').select(modeler.get('elementRegistry').get(id)); }"""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""The panel shows what was just written."""
SELECTED = """() => document.querySelector('[data-studio]').studio.modeler.get('selection').get().map(one => one.id)"""
STEPS = "document.querySelector('[data-studio]').studio.modeler.get('commandStack')._stackIdx"
LANE_OF = """id => document.querySelector('[data-studio]').studio.modeler.get('elementRegistry').get(id)
  .businessObject.lanes.map(lane => lane.name)"""


@pytest.fixture
def running(empty_site: Site) -> Site:
    """A round runs; one 特色发展类 application of it lies with its experts."""
    story = empty_site.story
    empty_site.today("2026-03-02")
    empty_site.welcome()
    story.opened_round()
    _to_the_experts(story, RUNNING, "special_dev", "船用清洁动力")
    empty_site.today("2026-03-10")
    return empty_site


@pytest.mark.article("11(3)")
@pytest.mark.timeout(900)  # minutes on a busy machine
def test_an_analyst_adds_an_interview_and_only_later_applications_walk_it(running: Site, comes: Comes) -> None:
    site, story, before = running, running.story, running.story.applications[RUNNING]
    old_release = story.case(before).release_id
    with comes(site, "fenxi") as first:
        _registers_the_lane(first)
        _writes_the_form(first)
        _draws(first)
        _is_refused(first)
        _mends(first)
        _submits(first)
        _cannot_approve_alone(first)
    with comes(site, "fenxi2") as second:
        _approves(second)
    with comes(site, "xitong") as administrator:
        _seats(administrator)

    later, plain = _the_next_round(site)
    assert story.case(before).release_id == old_release != story.case(later).release_id
    assert story.case(plain).release_id == story.case(later).release_id
    assert story.elements(later) == ["defence_interview"]
    assert (story.elements(plain), story.application(plain).status) == ([], "ready")
    officer = comes(site, "shengting")
    _watches(officer, {2: 2, 1: 1}, interviews=1)

    with comes(site, "shengting2") as panel:
        _interviews(panel, site, later)
    assert (story.elements(later), story.application(later).status) == ([], "ready")
    assert story.variables(later)["defence_interview"]["points"] == 88

    story.reviews(before)
    assert (story.elements(before), story.application(before).status) == ([], "ready")
    assert site.submissions_of(before, "defence_interview") == 0
    _the_old_round_ends(site, before)
    assert story.end(before) == "designated"
    assert story.case(before).release_id == old_release
    _watches(officer, {2: 2}, interviews=0)
    assert story.journal_is_whole()


# ------------------------------------------------------------------------------------------ the first analyst


def _registers_the_lane(analyst: Person) -> None:
    page = analyst.opens("/studio/roles")
    page.fill("#name", interview.LANE)
    page.fill("#code", "defence_panel")
    page.select_option("#scope", "all")
    page.select_option("#resolver", "other")
    page.fill("#other", "org:province")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("tbody")).to_contain_text(interview.LANE)


def _writes_the_form(analyst: Person) -> None:
    page = analyst.opens("/studio/forms/designation/defence_interview")
    page.fill("#schema", interview.schema())
    page.fill("#ui", interview.ui())
    expect(page.locator("#preview")).to_contain_text("答辩得分")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()


def _draws(analyst: Person) -> None:
    """Shapes and flows by the modeler, everything said of them in the Chinese panel; one condition asks for no outcome."""
    page = _opens_the_board(analyst)
    expect(page.locator("[data-findings-count]")).not_to_contain_text("错误")
    page.evaluate(DRAW)
    _select(analyst, "lane_defence_panel")
    _changes(analyst, lambda: _entry(analyst, "role").locator("select").select_option(interview.LANE))
    _select(analyst, "defence_interview")
    _types(analyst, "documentation", interview.QUOTED)
    for row, (code, label, with_opinion) in enumerate(OUTCOMES):
        _changes(analyst, _group(analyst, "gh-outcomes").locator(".bio-properties-panel-add-entry").click)
        if not _entry(analyst, f"gh-outcome-{row}-id").is_visible():
            _entry(analyst, f"gh-outcome-{row}").locator(".bio-properties-panel-collapsible-entry-header").click()
        _types(analyst, f"gh-outcome-{row}-id", code)
        _types(analyst, f"gh-outcome-{row}-label", label)
        tick = _entry(analyst, f"gh-outcome-{row}-opinion").locator("input")
        if tick.is_checked() != with_opinion:
            _changes(analyst, tick.click)
    _types(analyst, "gh-due", 'workdays(param("review.formal_days"))')
    _types(analyst, "gh-articles", "11(3)")
    _select(analyst, "flow_interview")
    _types(analyst, "gh-condition-text", 'application.category == "special_dev"')
    _select(analyst, "flow_interview_again")
    _types(analyst, "gh-condition-text", PLANTED)
    assert page.evaluate(LANE_OF, "defence_interview") == [interview.LANE]
    expect(_finding(analyst)).to_be_visible()
    _saves(analyst)


def _is_refused(analyst: Person) -> None:
    """The fault keeps the drafts from being handed in, and the refusal names the place."""
    with analyst.may_be_told(422):
        _hands_in(analyst)
        refusal = analyst.page.locator(".gh-errors")
        expect(refusal).to_contain_text("答辩评审")
    expect(refusal).to_contain_text("again")


def _mends(analyst: Person) -> None:
    page = _opens_the_board(analyst)
    found = _finding(analyst)
    expect(found).to_contain_text("答辩评审")
    expect(found).to_contain_text("本平台规定")
    assert page.evaluate(SELECTED) == []
    found.click()
    assert page.evaluate(SELECTED) == ["flow_interview_again"]
    expect(page.locator(".gh-finding-bubble")).to_contain_text("答辩评审")
    _types(analyst, "gh-condition-text", MEANT)
    expect(found, analyst.page.locator("[data-findings]").inner_text()).to_have_count(0)
    expect(page.locator("[data-studio]")).to_have_attribute("data-errors", "0")
    _saves(analyst)


def _submits(analyst: Person) -> None:
    _hands_in(analyst)
    expect(analyst.page.get_by_text("已送审。")).to_be_visible()


def _cannot_approve_alone(analyst: Person) -> None:
    """His own drafts cannot be ticked, and there is no button."""
    expect(analyst.page.get_by_text("本人", exact=True)).to_have_count(3)
    expect(analyst.page.get_by_role("button", name="审核通过并发布")).to_have_count(0)


# ------------------------------------------------------------------------------- those who let it live


def _approves(analyst: Person) -> None:
    page = analyst.opens("/studio/review")
    page.get_by_role("link", name="查看 designation.bpmn 的修改").click()
    analyst.ready()
    expect(page.locator("main")).to_contain_text("答辩评审")
    expect(page.locator("main")).to_contain_text("检查通过")
    analyst.opens("/studio/review")
    page.fill("#effective_from", clock.today().isoformat())
    page.fill("#opinion", "同意")
    page.get_by_role("button", name="审核通过并发布").click()
    page.locator("dialog").get_by_role("button", name="审核通过并发布").click()
    expect(page.get_by_text("已发布，自所选日期起施行")).to_be_visible()


def _seats(administrator: Person) -> None:
    """The panel's place is given to a person on his page."""
    page = administrator.opens("/people/p-officer2")
    page.select_option("#role", label=interview.LANE)
    page.select_option("#org", "province")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("任职已登记")).to_be_visible()


# ------------------------------------------------------------------------------------------ what follows


def _the_next_round(site: Site) -> tuple[str, str]:
    """Two applications of the next round are past their experts: 特色发展类 and 联合研发类."""
    story = site.story
    first_round = story.round_id
    story.round_id = story.starts("designation_round", "p-officer", title=ROUND)
    story.does(story.round_id, "set_up", "submit", sheets.set_up(clock.today(), name=ROUND))
    story.does(story.round_id, "approve_notice", "approve", sheets.approve_notice(clock.today()))
    site.today("2026-03-18")
    later = _to_the_experts(story, LATER, "special_dev", "智能装备海外研发")
    plain = _to_the_experts(story, PLAIN, "joint_rd", "海洋观测")
    for case_id in (later, plain):
        story.reviews(case_id)
    story.round_id = first_round
    return later, plain


def _watches(officer: Person, running: dict[int, int], interviews: int) -> None:
    """版本 and 件数 in the choice; each version's own step table."""
    page = officer.opens("/watch/designation")
    expect(page.locator(".gh-watch-tabs [aria-current] b")).to_have_text(str(sum(running.values())))
    labels = page.locator("select[name=version] option").all_inner_texts()
    counted = {
        int(number): int(cases) for number, cases in re.findall(r"第 (\d+) 版.*?在办 (\d+) 件", "\n".join(labels))
    }
    if len(running) == 1:
        assert labels == []  # one version is left: nothing to choose
        return
    assert counted == running, labels
    assert any("第 2 版（现行）" in label for label in labels)
    for version, shown in ((2, interviews), (1, 0)):
        officer.opens(f"/watch/designation?version={version}")
        expect(page.locator("[data-bpmn]").first).to_have_attribute("data-ready", "1")
        rows = page.locator("#watch-steps-table tbody tr").filter(has_text="答辩评审")
        expect(rows).to_have_count(1 if shown else 0)
        if shown:
            expect(rows.locator("td").nth(2)).to_have_text(str(shown))


def _interviews(panel: Person, site: Site, case_id: str) -> None:
    """The panel asks for more, then lets it pass: the new form, the new buttons."""
    held = {"held_on": clock.today().isoformat(), "points": 88}
    panel.opens("/")
    panel.page.get_by_role("button", name="切换身份办理").click()
    panel.does("答辩评审", held, "retry", "请补充海外机构材料")
    assert site.story.elements(case_id) == ["defence_interview"]
    panel.does("答辩评审", held, "pass")


def _the_old_round_ends(site: Site, case_id: str) -> None:
    """The first round goes to its document, with the one application that began under the old version."""
    story = site.story
    site.today("2026-04-13")
    site.today("2026-05-06")
    story.deliberates()
    story.cosigns()
    story.heads_approve()
    story.decides()
    site.today("2026-05-25")
    story.issues()


def _to_the_experts(story: Story, host: str, category: str, topic: str) -> str:
    case_id = story.submits(host, category, topic)
    story.recommends(case_id)
    story.accepts(case_id)
    return case_id


# ----------------------------------------------------------------------------------------------- the board


def _opens_the_board(analyst: Person) -> Page:
    page = analyst.opens(BOARD)
    expect(page.locator("[data-studio]")).to_have_attribute("data-ready", "1")
    expect(page.locator("[data-findings-count]")).not_to_have_text("检查中…")
    return page


def _select(analyst: Person, element: str) -> None:
    analyst.page.evaluate(SELECT, element)
    expect(_entry(analyst, "id").locator("input")).to_have_value(element)


def _entry(analyst: Person, name: str) -> Locator:
    return analyst.page.locator(f'[data-studio-panel] [data-entry-id="{name}"]')


def _group(analyst: Person, name: str) -> Locator:
    return analyst.page.locator(f'[data-studio-panel] [data-group-id="group-{name}"]')


def _types(analyst: Person, entry: str, text: str) -> None:
    field = _entry(analyst, entry).locator("input, textarea")
    if field.input_value() != text:
        _changes(analyst, lambda: field.fill(text))


def _changes(analyst: Person, act: Callable[[], object]) -> None:
    """The act is one step that Ctrl+Z would take back: the panel has written it into the drawing."""
    before = analyst.page.evaluate(STEPS)
    act()
    analyst.page.wait_for_function(f"before => {STEPS} > before", arg=before)
    analyst.page.evaluate(DRAWN)


def _finding(analyst: Person) -> Locator:
    """What the server says of the flow whose condition asks for an outcome that the task has not."""
    return analyst.page.locator('[data-findings] .gh-finding[title*="flow_interview_again"]').filter(
        has_text="办理结果“again”"
    )


def _saves(analyst: Person) -> None:
    analyst.page.locator("[data-do=save]").click()
    expect(analyst.page.locator("[data-save-status]")).to_have_attribute("data-state", "saved")


def _hands_in(analyst: Person) -> None:
    """By the board's own button to the list of drafts, and on from there."""
    if analyst.page.locator("[data-studio]").count():
        analyst.page.locator(".gh-studio-tools").get_by_role("link", name="送审").click()
    analyst.ready()
    analyst.page.fill("#note", "特色发展类增加答辩")
    analyst.page.get_by_role("button", name="送审").click()
    analyst.ready()
