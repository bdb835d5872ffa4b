"""台账: as of any day, bans, and the view that rules are given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy import select

from handlers.vocabulary import Register
from tests import factories
from webapp import clock
from webapp.errors import Missing
from webapp.store import assignments, codes, documents, organisations, register
from webapp.store.db import Database, Tx
from webapp.store.principal import Principal
from webapp.store.tables import Base

Writing = Callable[[], AbstractContextManager[Tx]]


@pytest.fixture
def base(writing: Writing) -> str:
    with writing() as tx:
        factories.add_roles(tx)
        factories.add_city(tx)
        factories.add_host(tx, id="one", recommender="city-330100", uscc="91330000000000001X")
        factories.add_host(tx, id="two")
        return register.add_base(
            tx,
            code="ZJGH-2025-J001",
            name="光电联合研发基地",
            category="joint_rd",
            host_id="one",
            leader="张三",
            field="optics",
            city="330100",
            designated_on=date(2025, 6, 1),
            doc_no="浙科发外〔2025〕1号",
            application_id="application",
            source_case="round",
        ).id


def test_as_of_works_for_every_field(writing: Writing, base: str) -> None:
    with writing() as tx:
        register.change(tx, base, date(2026, 5, 1), leader="李四", source_case="change-1")
        register.change(tx, base, date(2027, 5, 1), leader="王五", host_id="two")
    with writing() as tx:
        assert register.as_of(tx, base, date(2025, 5, 31)) == {}
        first = register.as_of(tx, base, date(2025, 6, 1))
        assert set(first) == set(register.DATED)
        assert (first["leader"], first["designated_on"], first["field_code"]) == ("张三", date(2025, 6, 1), "optics")
        leaders = [register.as_of(tx, base, date(2026, month, day))["leader"] for month, day in ((4, 30), (5, 1))]
        assert leaders == ["张三", "李四"]
        assert register.as_of(tx, base, date(2027, 4, 30))["host_id"] == "one"
        assert register.base(tx, base).leader == "王五"
        assert len(register.history(tx, base)) == len(register.DATED) + 3


def test_a_change_for_an_earlier_day_replaces_the_later_ones(writing: Writing, base: str) -> None:
    with writing() as tx:
        register.change(tx, base, date(2027, 5, 1), leader="王五")
        register.change(tx, base, date(2026, 5, 1), leader="李四")
        register.change(tx, base, date(2026, 5, 1), leader="赵六")
    with writing() as tx:
        leaders = [(row.value, row.valid_from) for row in register.history(tx, base) if row.field == "leader"]
        assert leaders == [("张三", date(2025, 6, 1)), ("赵六", date(2026, 5, 1))]
        with pytest.raises(AttributeError):
            register.change(tx, base, date(2026, 5, 1), colour="red")


def test_the_list_as_of_a_day(writing: Writing, base: str) -> None:
    with writing() as tx:
        register.change(tx, base, date(2027, 5, 1), status="revoked")
    with writing() as tx:
        assert list(register.all_as_of(tx, date(2027, 4, 30), status="active")) == [base]
        assert register.all_as_of(tx, date(2027, 5, 1), status="active") == {}
        assert register.base(tx, base).status_on == date(2027, 5, 1)


def test_an_application_has_one_base(writing: Writing, base: str) -> None:
    """Applied twice, the effect registers once."""
    with writing() as tx:
        again = register.add_base(
            tx,
            code="ZJGH-2025-J002",
            name="x",
            category="joint_rd",
            host_id="one",
            designated_on=date(2025, 6, 1),
            application_id="application",
        )
        assert again.id == base
        assert len(tx.scalars(select(Base)).all()) == 1
        with pytest.raises(ValueError, match="a day"):
            register.add_base(tx, code="y", name="y", category="joint_rd", host_id="one")


def test_finding_bases(writing: Writing, base: str) -> None:
    with writing() as tx:
        assert register.by_code(tx, "ZJGH-2025-J001").id == base
        assert [row.id for row in register.bases(tx, host_id="one", field="optics")] == [base]
        assert register.bases(tx, status="revoked") == []
        with pytest.raises(AttributeError):
            register.bases(tx, colour="red")
        with pytest.raises(Missing):
            register.base(tx, "nowhere")
        for number in range(5):
            factories.add_base(tx, host="two", code=f"ZJGH-2026-S00{number}")
        first = register.search(tx, "ZJGH", limit=4)
        rest = register.search(tx, "ZJGH", limit=4, after=first.after)
        assert (len(first.rows), len(rest.rows), rest.after) == (4, 2, None)
        assert [row.id for row in register.search(tx, "光电", category="joint_rd", status="active").rows] == [base]


def test_a_ban_knows_its_base_and_host(writing: Writing, base: str) -> None:
    """第二十二条."""
    with writing() as tx:
        period = {"starts_on": date(2027, 3, 1), "ends_on": date(2030, 2, 28), "doc_no": "浙科发外〔2027〕3号"}
        ban = register.add_ban(tx, uscc="91330000000000001X", scope="host_and_leader", base_id=base, **period)
        bare = register.add_ban(tx, uscc="91330000000000001X", scope="host", **period)
        assert (ban.host_id, ban.base_name, ban.leader, ban.field_code) == ("one", "光电联合研发基地", "张三", "optics")
        assert bare.host_id == "one"
        register.rescind(tx, bare.id, date(2027, 9, 1), "浙科发外〔2027〕9号")
    with writing() as tx:
        assert {row.rescinded_on for row in register.bans(tx, "91330000000000001X")} == {None, date(2027, 9, 1)}
        assert register.bans(tx, "other") == []


def test_rules_see_the_register_through_the_view(writing: Writing, base: str) -> None:
    with writing() as tx:
        period = {"starts_on": date(2027, 3, 1), "ends_on": date(2030, 2, 28)}
        register.add_ban(tx, uscc="91330000000000001X", scope="host", base_id=base, **period)
        register.put_dishonesty(tx, [{"uscc": "u", "name": "某公司", "list": "严重失信", "on": date(2026, 1, 1)}])
        register.put_dishonesty(tx, [{"uscc": "u", "name": "某公司", "list": "严重失信", "on": date(2026, 2, 1)}])
        codes.put(tx, "field", "optics", "光电")
        codes.replace_indicators(tx, "set", [{"code": "x", "name": "指标", "maximum": 40}])
        organisations.affiliate(tx, "two", "city-330100", date(2026, 1, 1))
        round_ = factories.add_round(tx)
        application = factories.add_application(tx, round=round_, host="one", field_code="optics")
        expert = factories.add_person(tx, role="expert", org="two", expert_fields=["optics"], expert_org="two")
        idle = factories.add_person(tx, role="expert", org="two", available=False)
        assignments.add(tx, application_id=application.id, person_id=expert.id, round_id=round_.id)
        documents.add(tx, kind="designation", title="通知", doc_no="浙科发外〔2027〕1号", issued_on=date(2027, 1, 1))
    with writing() as tx:
        view = register.View(tx, clock.today(), round_.id)
        rules: Register = view
        [row] = rules.bases(host_id="one")
        assert (row["field"], row["uscc"], row["host_name"]) == ("optics", "91330000000000001X", row["host_name"])
        assert rules.bans("91330000000000001X")[0]["field"] == "optics"
        assert rules.organisation("one")["recommender_id"] == "city-330100"
        assert rules.organisation("nowhere") is None
        assert rules.recommender_of("two", date(2026, 1, 1))["name"] == "杭州市科学技术局"
        assert rules.recommender_of("two", date(2025, 12, 31)) is None
        assert rules.applications(round_id=round_.id)[0]["field"] == "optics"
        loads = {row["id"]: (row["load"], row["available"], row["fields"]) for row in rules.experts()}
        assert loads == {expert.id: (1, True, ["optics"]), idle.id: (0, False, [])}
        assert len(rules.documents("浙科发外〔2027〕1号")) == 1
        assert rules.dishonesty("u")["on"] == date(2026, 2, 1)
        assert rules.dishonesty("v") is None
        assert rules.codes("field") == {"optics": "光电"}
        assert rules.indicators("set")[0]["max"] == 40
        assert register.base_facts(tx, base)["field"] == "optics"
        assert register.base_facts(tx, None) == {}


def test_rules_keep_the_register_until_it_changes(database: Database, writing: Writing, base: str) -> None:
    """What is kept costs nothing, is never older than the last commit, and is nobody's to change."""
    code, period = "91330000000000001X", {"starts_on": date(2027, 3, 1), "ends_on": date(2030, 2, 28)}

    def ask() -> tuple[int, list[str], int]:
        with writing() as tx:
            view = register.View(tx, clock.today())
            [row] = view.bases(host_id="one", field="optics")
            leader, bans = row["leader"], len(view.bans(code)) + len(view.bans_of_leader("张三"))
            row["regions"].append("改")
            return tx.sql_count, leader, bans

    with pytest.raises(AttributeError), writing() as tx:
        register.View(tx, clock.today()).bases(colour="red")
    ask()
    count, *found = ask()
    assert (count, found) == (2, ["张三", 0]), "the revision and the host's name"
    with pytest.raises(Missing), writing() as tx:  # noqa: PT012
        register.add_ban(tx, uscc=code, scope="host", base_id=base, **period)
        assert len(register.View(tx, clock.today()).bans(code)) == 1, "its own change shows at once"
        raise Missing
    assert ask()[1:] == ("张三", 0)
    with writing() as tx:
        register.change(tx, base, date(2027, 5, 1), leader="李四")
        ban = register.add_ban(tx, uscc=code, leader="张三", scope="host_and_leader", **period).id
    assert ask()[1:] == ("李四", 2)
    with writing() as tx:
        register.rescind(tx, ban, date(2027, 9, 1), "浙科发外〔2027〕9号")
        register.replace_dishonesty(tx, [{"uscc": code, "name": "某公司", "list": "严重失信"}])
    with writing() as tx:
        view = register.View(tx, clock.today())
        assert view.bans(code)[0]["rescinded_on"] == date(2027, 9, 1)
        assert view.dishonesty(code)["list"] == "严重失信"
        assert view.bases(id=base)[0]["regions"] == []
    stranger = Principal(person_id="p", name="路人")
    with database.reading(stranger) as tx:
        assert register.View(tx, clock.today()).bases(host_id="one") == [], "kept for the system, filtered for people"


def test_affiliation_changes_by_day(writing: Writing, base: str) -> None:
    with writing() as tx:
        factories.add_city(tx, id="city-330200", name="宁波市科学技术局", city="330200")
        organisations.affiliate(tx, "one", "city-330200", date(2027, 7, 1), "迁址")
    with writing() as tx:
        found = [organisations.recommender_of(tx, "one", date(2027, month, 1)) for month in (6, 7)]
        assert found == ["city-330100", "city-330200"]
        assert [row.id for row in organisations.hosts_of(tx, "city-330100", date(2027, 6, 30))] == ["one"]
        assert organisations.hosts_of(tx, "city-330100", date(2027, 7, 1)) == []
        assert organisations.by_uscc(tx, "91330000000000001X").id == "one"
        organisations.put(tx, "two", contact_name="钱七")
        assert organisations.get(tx, "two").contact_name == "钱七"
        assert [row.id for row in organisations.search(tx, "9133000000", limit=1).rows] == ["one"]
        with pytest.raises(Missing):
            organisations.get(tx, "nowhere")
