"""重大事项变更, the way of a request: all ten kinds with their routes and re-checks, and what the register says after."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.processes import changing
from tests.processes.changing import ACADEMIC, COMPANY
from tests.processes.story import SYSTEM, Story, host_of
from webapp import clock
from webapp.demo import change_sheets as sheets
from webapp.store import inbox, organisations, register

INSTITUTE = "host-gzyj"
"""An institute of Hangzhou that its city recommends, with a joint R&D base."""


def as_of(story: Story, base_id: str, day: date) -> dict[str, object]:
    with story.database.reading(SYSTEM) as tx:
        return register.as_of(tx, base_id, day)


@pytest.mark.article("16", "12(2)")
def test_name_is_changed_by_the_leader_with_its_day(story: Story) -> None:
    """第十六条：名称变更经推荐部门、经办、处室负责人报厅领导批准；台账自生效之日起为新名称，此前的不变."""
    base = changing.base_of(story)
    case = changing.ready(story, "base_name")
    changing.reviewed(story, case)
    story.does(case, "head_review", "approve", sheets.decide(clock.today()))
    assert story.elements(case) == ["leader_decide"]
    assert story.proceeding(case)["status"] == "deciding"
    story.does(case, "leader_decide", "approve", sheets.decide(clock.today()))
    new = "智能网联与低空出行国际科技合作基地"
    assert story.end(case) == "changed"
    assert story.base(base.id).name == new
    assert as_of(story, base.id, clock.today() - timedelta(days=1))["name"] == base.name
    with story.database.reading(SYSTEM) as tx:
        facts = [row for row in register.history(tx, base.id) if row.field == "name"]
    assert [(row.value, row.source_case) for row in facts] == [(base.name, None), (new, case)]
    (letter,) = story.documents(case)
    assert (letter.kind, letter.content["old"], letter.content["new"]) == ("change_approval", base.name, new)
    for reader in (f"p-{ACADEMIC}", f"p-{ACADEMIC}-admin", "p-dept-jyt"):
        assert story.told(reader, f"变更基地名称已批准，自2026年3月2日起生效：{base.name} → {new}")
    row = story.proceeding(case)
    assert (row["kind"], row["status"], row["verdict"], row["late"]) == ("base_name", "changed", "approved", False)
    assert (row["event_on"], row["due_on"]) == (date(2026, 2, 20), date(2026, 3, 20))


@pytest.mark.article("16")
def test_names_in_use_are_refused_and_rare_ones_kept(story: Story) -> None:
    """第十六条：名称唯一；生僻字、间隔号照录（domain.md 3.7 第15项）."""
    taken = changing.base_of(story, "host-qjdx").name
    case = changing.begun(story)
    fields = changing.refusal(story, case, "apply", changing.content(story, "base_name", new_base_name=taken))
    assert "已是钱江大学国合基地的名称" in fields["new_base_name"]
    same = changing.base_of(story).name
    fields = changing.refusal(story, case, "apply", changing.content(story, "base_name", new_base_name=same))
    assert "相同" in fields["new_base_name"]
    rare = "𠮷林·𣲷水新材料国际科技合作基地"
    story.does(case, "apply", "submit", changing.content(story, "base_name", new_base_name=rare))
    changing.agreed(story, case)
    changing.approved(story, case)
    assert changing.base_of(story).name == rare


@pytest.mark.article("16", "8(1)")
def test_leader_is_changed_by_the_head(story: Story) -> None:
    """第十六条、第八条（一）：负责人变更核验在岗、兼任和项目关系，处室负责人批准即完成."""
    case = changing.ready(story, "leader")
    assert story.variables(case)["to_leader"] is False
    changing.approved(story, case)
    assert story.end(case) == "changed"
    leader = sheets.request("leader", clock.today(), "f", clock.today())["new_leader"]["name"]
    assert changing.base_of(story).leader == leader


@pytest.mark.article("16", "7(1)")
def test_soft_points_of_a_new_leader_want_an_explanation(story: Story) -> None:
    """第七条（一）：负责人非全职或兼任的须说明；说明后可以提交."""
    case = changing.begun(story)
    content = changing.content(story, "leader")
    content["new_leader"] |= {"full_time": False, "name": changing.base_of(story, "host-qjdx").leader}
    fields = changing.refusal(story, case, "apply", content)
    assert "已担任“量子精密测量国际科技合作基地”负责人" in fields["explanations"]
    content["explanations"] = [{"rule_id": "C14", "text": "过渡期兼任，三个月内完成全职调入手续。"}]
    story.does(case, "apply", "submit", content)
    assert changing.rules(story, case) == {"C14": "explain"}


@pytest.mark.article("16", "8(2)")
def test_partner_is_added_to_those_on_record(story: Story) -> None:
    """第八条（二）：新增合作对象须有有效协议；台账没有名单的先列明现有机构，变更后台账列全."""
    case = changing.begun(story)
    content = changing.content(story, "partner")
    fields = changing.refusal(story, case, "apply", {k: v for k, v in content.items() if k != "partners_now"})
    assert "partners_now" in fields
    old = {**content["partner_new"]["agreements"][0], "expires_on": "2026-01-31"}
    lapsed = {**content["partner_new"], "agreements": [old]}
    fields = changing.refusal(story, case, "apply", {**content, "partner_new": lapsed})
    assert "没有已签署且在有效期内的科技合作协议" in fields["partner_new"]
    inland = {**content["partner_new"], "country_region": "CHN"}
    fields = changing.refusal(story, case, "apply", {**content, "partner_new": inland})
    assert "不是海外机构" in fields["partner_new"]
    story.does(case, "apply", "submit", content)
    changing.agreed(story, case)
    changing.approved(story, case)
    partners = changing.base_of(story).partners
    assert [row["name"] for row in partners][-1] == sheets.NEW_PARTNER[1]
    assert len(partners) == 4
    assert partners[-1]["expires_on"] == "2030-08-31"


@pytest.mark.article("16", "8(2)")
def test_partner_is_removed_and_replaced_upon_the_register(story: Story) -> None:
    """第八条（二）：减少后不足三个的须说明（一般应）；更换按台账名单计."""
    changing.changed(story, "partner")
    gone = [row["name"] for row in changing.base_of(story).partners]
    removed = sheets.partner_removed(story.file_id, gone[0])
    changing.changed(story, "partner", partners_now=None, **removed)
    assert len(changing.base_of(story).partners) == 3
    case = changing.begun(story)
    content = changing.content(story, "partner", partners_now=None, **sheets.partner_removed(story.file_id, gone[1]))
    fields = changing.refusal(story, case, "apply", content)
    assert "少于3个（第八条第二项“一般应”）" in fields["explanations"]
    fields = changing.refusal(story, case, "apply", {**content, "partner_removed": gone[0]})
    assert fields["partner_removed"].endswith("请从列表中选择")
    explained = [{"rule_id": "J6", "text": "已与另一家海外机构达成合作意向，拟于下季度签约。"}]
    story.does(case, "apply", "submit", {**content, "explanations": explained})
    assert changing.rules(story, case) == {"J6": "explain"}
    new = sheets.partner(clock.today(), story.file_id, ("东海岸大学", "East Coast University", "AUS"))
    replaced = {"partner_action": "replace", "partner_removed": gone[2], "termination_file": story.file_id}
    changing.changed(story, "partner", partners_now=None, partner_new=new, **replaced)
    assert [row["name"] for row in changing.base_of(story).partners] == [gone[1], gone[3], "East Coast University"]


@pytest.mark.article("16")
def test_host_is_renamed_and_stays_the_same_person(story: Story) -> None:
    """第十六条：依托单位更名，代码不变，单位主数据自动更名；代码不同的改办主体变更."""
    case = changing.begun(story)
    other = host_of("host-qjdx").uscc
    fields = changing.refusal(story, case, "apply", changing.content(story, "host_name", new_host_uscc=other))
    assert "属于依托单位主体变更" in fields["new_host_uscc"]
    story.does(case, "apply", "submit", changing.content(story, "host_name"))
    changing.agreed(story, case)
    assert story.variables(case)["to_leader"] is True
    changing.approved(story, case)
    with story.database.reading(SYSTEM) as tx:
        host = organisations.get(tx, ACADEMIC)
    assert (host.name, host.uscc) == ("西溪理工大学（新）", host_of(ACADEMIC).uscc)
    assert changing.base_of(story).host_id == ACADEMIC


def merged(story: Story, host: str = "host-tmnl") -> str:
    """The base passes to 天目农林大学; the conditions under it lie with the department."""
    unit = host_of(host)
    case = changing.requested(story, "host_entity", new_host=sheets.new_host(unit))
    assert story.elements(case) == ["conditions"]
    content = sheets.conditions(unit, "joint_rd", "智能网联汽车", story.file_id, clock.today())
    fields = changing.refusal(story, case, "conditions", {**content, "partners": []})
    assert "少于3个" in str(fields)
    story.does(case, "conditions", "submit", content)
    return case


@pytest.mark.article("16", "7(1)", "12(2)")
def test_base_passes_to_another_legal_person(story: Story) -> None:
    """第七条（一）、第十六条：按新单位核验全部条件，法规处室会签，厅领导批准；在办事项随之转到新单位."""
    base = changing.base_of(story)
    beside = changing.requested(story, "direction")
    case = merged(story)
    changing.agreed(story, case)
    changing.reviewed(story, case)
    assert [task.org_id for task in story.open(case)] == ["province-fg"]
    story.does(case, "cosign", "disagree", sheets.cosign(), "承继协议未载明知识产权归属。", key="province-fg")
    assert story.elements(case) == ["officer_review"]
    changing.reviewed(story, case)
    story.does(case, "cosign", "agree", sheets.cosign(), key="province-fg")
    changing.headed(story, case)
    assert story.end(case) == "changed"
    row = story.base(base.id)
    assert (row.host_id, row.recommender_id, row.code) == ("host-tmnl", "dept-jyt", base.code)
    assert story.case(beside).host_id == "host-tmnl"
    assert story.case(case).host_id == ACADEMIC
    assert story.told("p-host-tmnl", "变更依托单位主体已批准")
    assert story.told(f"p-{ACADEMIC}", "变更依托单位主体已批准")


@pytest.mark.article("16", "22")
def test_new_legal_person_must_be_known_and_not_banned(story: Story) -> None:
    """第二十二条：新单位在限制申报期的不能提交；未在平台登记的，经办不能报批."""
    story.bans("host-tmnl", date(2026, 1, 5))
    case = changing.begun(story)
    content = changing.content(story, "host_entity", new_host=sheets.new_host(host_of("host-tmnl")))
    fields = changing.refusal(story, case, "apply", content)
    assert "三年内不得申报" in str(fields)
    stranger = {**sheets.new_host(host_of("host-gzyj")), "name": "浙江省未登记研究院", "uscc": "12330000MBXXXX019U"}
    story.does(case, "apply", "submit", {**content, "new_host": stranger})
    conditions = sheets.conditions(host_of("host-gzyj"), "joint_rd", "智能网联汽车", story.file_id, clock.today())
    story.does(case, "conditions", "submit", conditions)
    changing.agreed(story, case)
    review = sheets.officer_review(clock.today(), changing.open_findings(story, case))
    fields = changing.refusal(story, case, "officer_review", review, outcome="approve")
    assert "请其先申请单位账户" in fields[""]


@pytest.mark.article("16", "6", "8")
def test_category_is_changed_upon_all_its_conditions(story: Story) -> None:
    """第六条、第九条：类别变更按新类别全部条件核验；不符合的不能提交."""
    host = "host-bjkc"
    topic = "数字创新"
    case = changing.begun(story, host)
    fields = changing.refusal(
        story, case, "apply", changing.content(story, "category", host, new_category="special_dev")
    )
    assert "特色发展类" in fields["new_category"]
    explained = [{"rule_id": "CAT", "text": "园区设有省级重点实验室，具备联合研发能力和团队。"}]
    content = changing.content(story, "category", host, new_category="joint_rd", explanations=explained)
    story.does(case, "apply", "submit", content)
    conditions = sheets.conditions(host_of(host), "joint_rd", topic, story.file_id, clock.today())
    conditions["explanations"] = explained
    fields = changing.refusal(story, case, "conditions", {**conditions, "partners": conditions["partners"][:2]})
    assert "少于3个" in fields["explanations"]
    story.does(case, "conditions", "submit", conditions)
    changing.agreed(story, case)
    changing.approved(story, case)
    assert story.end(case) == "changed"
    row = changing.base_of(story, host)
    assert (row.category, row.code) == ("joint_rd", "ZJGH-2019-O001")


@pytest.mark.article("16")
@pytest.mark.parametrize(("kind", "field"), [("direction", "direction"), ("core_team", "core_team"), ("other", None)])
def test_further_matters_are_decided_by_the_head(story: Story, kind: str, field: str | None) -> None:
    """第十六条“其它影响正常运行的重大事项”：方向、团队写入台账，其他事项存档."""
    case = changing.changed(story, kind)
    assert story.documents(case)[0].kind == "change_approval"
    base = changing.base_of(story)
    assert field is None or getattr(base, field)
    if kind == "core_team":
        again = changing.begun(story)
        left = base.core_team[0]["name"]
        only = {"team_left": [left], "team_joined": []}
        fields = changing.refusal(story, again, "apply", changing.content(story, "core_team", **only))
        assert "少于3人" in fields["team_joined"]


@pytest.mark.article("16", "13")
def test_move_to_another_city_needs_both_departments(story: Story) -> None:
    """第十三条（domain.md 3.7 第1项）：原部门提出意见、新部门同意接收；生效后在办待办转新部门，以往的归原部门."""
    base = changing.base_of(story, INSTITUTE)
    past = changing.changed(story, "direction", INSTITUTE)
    waiting = changing.requested(story, "core_team", INSTITUTE)
    case = changing.ready(story, "location", INSTITUTE)
    assert [(task.role, task.org_id) for task in story.open(case)] == [("recommender", "city-330200")]
    assert story.proceeding(case)["status"] == "receiving"
    story.does(case, "receive_review", "consent", sheets.receive_review(clock.today()))
    changing.approved(story, case)
    assert story.end(case) == "changed"
    row = story.base(base.id)
    assert (row.city, row.recommender_id) == ("330200", "city-330200")
    yesterday = as_of(story, base.id, clock.today() - timedelta(days=1))
    assert (yesterday["city"], yesterday["recommender_id"]) == ("330100", "city-330100")
    with story.database.reading(SYSTEM) as tx:
        host = organisations.facts(tx, INSTITUTE)
        before = organisations.recommender_of(tx, INSTITUTE, clock.today() - timedelta(days=1))
    assert (host["city"], host["recommender_id"], before) == ("330200", "city-330200", "city-330100")
    assert story.task(waiting, "recommender_review").org_id == "city-330200"
    assert story.proceeding(waiting)["recommender_id"] == "city-330200"
    assert story.proceeding(past)["recommender_id"] == "city-330100"
    assert story.told("p-city-330200", "起由宁波市科学技术局组织推荐")
    assert story.told("p-city-330100", "以往报告归属不变")


@pytest.mark.article("13")
def test_receiving_department_sees_the_case_and_nobody_else_does(story: Story) -> None:
    """第十三条：接收部门可以查看该件，其他部门不能；原部门始终可以查看."""
    case = changing.ready(story, "location", INSTITUTE)
    seen = {}
    for person in ("p-city-330200", "p-city-330100", "p-city-330300"):
        actor = story.person(person)
        with story.database.reading(actor.acting(actor.seats[0].id)) as tx:
            tasks = sorted(task.element for task in inbox.of_case(tx, case))
            seen[person] = ([row.id for row in tx.scalars(changing.all_cases())], tasks)
    everything = ([case], ["apply", "receive_review", "recommender_review"])
    assert seen == {"p-city-330200": everything, "p-city-330100": everything, "p-city-330300": ([], [])}


@pytest.mark.article("13")
def test_department_of_affiliation_stays(story: Story) -> None:
    """第十三条：隶属归口管理部门的迁址，组织推荐部门不变，不需接收；选错属地的不能提交."""
    case = changing.begun(story)
    wrong = changing.content(story, "location", new_recommender="city-330300")
    fields = changing.refusal(story, case, "apply", wrong)
    assert "不是宁波市的科技主管部门" in fields["new_recommender"]
    story.does(case, "apply", "submit", changing.content(story, "location", new_recommender="dept-jyt"))
    changing.agreed(story, case)
    assert story.elements(case) == ["officer_review"]
    changing.approved(story, case)
    base = changing.base_of(story)
    assert (base.city, base.recommender_id) == ("330200", "dept-jyt")


@pytest.mark.article("13(4)", "16")
def test_receiving_department_may_refuse(story: Story) -> None:
    """第十六条：新部门不同意接收的，申请终止，各方知悉."""
    case = changing.ready(story, "location", INSTITUTE)
    story.does(case, "receive_review", "object", {}, "该单位主要研发人员仍在杭州。")
    assert story.end(case) == "disagreed"
    for reader in ("p-officer", f"p-{INSTITUTE}", "p-city-330100"):
        assert story.told(reader, "宁波市科学技术局不同意")
    assert changing.base_of(story, INSTITUTE).city == "330100"


@pytest.mark.article("16")
def test_company_s_special_base_changes_its_leader(story: Story) -> None:
    """第十六条：特色发展类企业基地同样办理，不适用第八条的项目关系."""
    case = changing.ready(story, "leader", COMPANY, leader_projects=None)
    assert changing.rules(story, case) == {}
    changing.approved(story, case)
    assert story.end(case) == "changed"
