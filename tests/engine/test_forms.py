"""Reading, filling and checking a form: typed values, row buttons, conditions, corrections, messages."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.engine import forms
from webapp.errors import Invalid, Misconfigured

SCHEMA: dict[str, Any] = {
    "title": "测试申报",
    "type": "object",
    "required": ["name", "category", "partners"],
    "properties": {
        "name": {"type": "string", "title": "基地名称", "minLength": 4, "maxLength": 20},
        "category": {"type": "string", "title": "类别", "enum": ["joint_rd", "special_dev"]},
        "founded_on": {"type": "string", "format": "date", "title": "成立日期"},
        "since": {"type": "string", "title": "合作时间", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
        "funds": {"type": "number", "title": "经费", "multipleOf": 0.01, "minimum": 0},
        "staff": {"type": "integer", "title": "人数", "minimum": 1},
        "agreed": {"type": "boolean", "title": "已同意", "const": True},
        "keywords": {"type": "array", "title": "关键词", "maxItems": 3, "items": {"type": "string", "maxLength": 5}},
        "regions": {"type": "array", "title": "国家", "uniqueItems": True, "items": {"type": "string"}},
        "profile": {"type": "string", "title": "概况", "maxLength": 100},
        "leader": {
            "type": "object",
            "title": "负责人",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "title": "姓名"},
                "email": {"type": "string", "format": "email", "title": "邮箱"},
            },
        },
        "partners": {
            "type": "array",
            "title": "海外合作机构",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "required": ["name", "agreements"],
                "properties": {
                    "name": {"type": "string", "title": "机构名称"},
                    "agreements": {
                        "type": "array",
                        "title": "科技合作协议",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["signed_on"],
                            "properties": {
                                "signed_on": {"type": "string", "format": "date", "title": "签署日期"},
                                "expires_on": {"type": "string", "format": "date", "title": "有效期至"},
                                "file": {"type": "string", "format": "file-id", "title": "扫描件"},
                            },
                        },
                    },
                },
            },
        },
        "attachments": {"type": "array", "title": "附件", "items": {"type": "string", "format": "file-id"}},
        "host_name": {"type": "string", "title": "单位", "readOnly": True},
    },
    "allOf": [
        {
            "if": {"properties": {"category": {"const": "joint_rd"}}, "required": ["category"]},
            "then": {
                "title": "联合研发",
                "required": ["kind"],
                "properties": {
                    "kind": {"type": "string", "title": "研发方式", "enum": ["own", "joint"]},
                    "partners": {"minItems": 2},
                },
            },
        },
        {
            "if": {"properties": {"kind": {"const": "joint"}}, "required": ["kind"]},
            "then": {"required": ["ratio"], "properties": {"ratio": {"type": "number", "title": "合作比例"}}},
        },
    ],
}
UI: dict[str, Any] = {
    "ui:groups": [
        {
            "title": "基本",
            "fields": ["name", "category", "founded_on", "since", "funds", "staff", "agreed", "keywords"],
        },
        {"title": "合作", "fields": ["partners", "@partner_total"]},
    ],
    "ui:variables": {"category": "category", "agreed": "agreed", "names": "partners.*.name", "regions": "regions{}"},
    "@partner_total": {"ui:title": "机构数", "ui:compute": "len(partners)"},
    "@intensity": {"ui:title": "强度", "ui:compute": "funds * 100 / staff", "ui:unit": "%", "ui:decimals": 2},
    "name": {"ui:prefill": "base.name"},
    "since": {"ui:widget": "month"},
    "category": {"ui:enumNames": ["联合研发类", "特色发展类"]},
    "funds": {"ui:widget": "money", "ui:unit": "万元"},
    "keywords": {"ui:widget": "tags"},
    "profile": {"ui:widget": "textarea"},
    "regions": {"ui:codes": "country_region", "ui:widget": "checkboxes"},
    "host_name": {"ui:prefill": "host.name"},
    "attachments": {"ui:widget": "files"},
    "partners": {
        "items": {
            "agreements": {"items": {"file": {"ui:widget": "file"}, "expires_on": {"ui:atLeast": "signed_on"}}},
        }
    },
}


def load(schema: dict[str, Any] = SCHEMA, ui: dict[str, Any] = UI) -> forms.Form:
    return forms.load(json.dumps(schema), json.dumps(ui), name="test/form")


FORM = load()
AGREEMENT = {"signed_on": "2024-03-08"}
PARTNER = {"name": "代尔夫特理工大学", "agreements": [AGREEMENT]}
GOOD = {"name": "先进膜材料基地", "category": "special_dev", "partners": [PARTNER]}


# ---------------------------------------------------------------------------------------------- reading


def test_the_same_files_give_the_same_form() -> None:
    assert load() is load()
    assert len(FORM.hash) == 64


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("founded_on", "2024年3月8日", "2024-03-08"),
        ("founded_on", "2024/3/8", "2024-03-08"),
        ("founded_on", "２０２４．３．８", "2024-03-08"),
        ("founded_on", "20240308", "2024-03-08"),
        ("founded_on", "2024-02-30", "2024-02-30"),
        ("since", "2019年5月", "2019-05"),
        ("funds", "1,200.50", 1200.5),
        ("funds", "１２００．５０", 1200.5),
        ("funds", "1200.00", 1200),
        ("funds", "-3", -3),
        ("funds", "1e9", "1e9"),
        ("funds", "NaN", "NaN"),
        ("funds", "1234567890123456", "1234567890123456"),
        ("staff", "12", 12),
        ("staff", "12.5", "12.5"),
        ("staff", "十二", "十二"),
        ("agreed", "true", True),
        ("agreed", "on", True),
        ("agreed", "false", False),
        ("name", "  先进\u0000膜\ud800材料\u202e基地\r\n", "先进膜材料基地"),
        ("profile", "一\r\n二", "一\n二"),
        ("name", "𠮷野·材料", "𠮷野·材料"),
    ],
)
def test_text_becomes_the_value_it_stands_for(field: str, typed: str, value: Any) -> None:
    assert forms.parse(FORM, [(field, typed)]) == {field: value}


def test_empty_fields_are_absent() -> None:
    assert forms.parse(FORM, [("name", "  "), ("funds", ""), ("regions", ""), ("leader.name", "")]) == {"leader": {}}


def test_paths_make_rows_and_gaps_close() -> None:
    pairs = [("partners.0.name", "甲"), ("partners.7.agreements.3.signed_on", "2024-1-2"), ("partners.7.name", "乙")]
    assert forms.parse(FORM, pairs) == {
        "partners": [{"name": "甲"}, {"name": "乙", "agreements": [{"signed_on": "2024-01-02"}]}]
    }


def test_a_row_of_empty_fields_stays_a_row() -> None:
    assert forms.parse(FORM, [("partners.0._", ""), ("partners.0.name", "")]) == {"partners": [{}]}


def test_lists_come_from_boxes_indexed_fields_and_separators() -> None:
    pairs = [("regions", "DEU"), ("regions", "JPN"), ("keywords", "膜、材料；水 处理\n碳"), ("attachments.0", "f1")]
    content = forms.parse(FORM, pairs, {"attachments__file": ["f2"], "partners.0.agreements.0.file__file": "f3"})
    assert content["regions"] == ["DEU", "JPN"]
    assert content["keywords"][:2] == ["膜", "材料"]
    assert content["attachments"] == ["f1", "f2"]
    assert content["partners"][0]["agreements"][0]["file"] == "f3"
    assert sorted(forms.file_ids(FORM, content)) == ["f1", "f2", "f3"]


def test_what_the_system_fills_is_not_taken_from_a_post() -> None:
    assert forms.parse(FORM, [("host_name", "forged"), ("csrf_token", "x"), ("_outcome", "submit")]) == {}


@pytest.mark.parametrize(
    "name",
    [
        "nobody", "partners", "partners.0", "partners.x.name", "partners.0.name.deep", "name.0", "leader", "leader.age",
        "partners.99999.name", "partners.-1.name", "partners..name", "partners.٣.name", "a" * 300, "", ".",
        "partners.0.nobody._",
    ],
)  # fmt: skip
def test_unknown_fields_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        forms.parse(FORM, [(name, "x")])


def test_a_post_that_is_too_large_is_refused() -> None:
    with pytest.raises(Invalid):
        forms.parse(FORM, (("name", "x") for _ in range(10_000)))
    with pytest.raises(Invalid):
        forms.parse(FORM, [("name", "x" * 3_000_000)])


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=20)), max_size=20))
def test_no_post_ever_breaks_the_parser(pairs: list[tuple[str, str]]) -> None:
    try:
        content = forms.parse(FORM, pairs)
    except Invalid:
        return
    json.dumps(content)


PATHS = st.lists(
    st.sampled_from(["partners", "0", "1", "agreements", "name", "signed_on", "_", "leader", "items"]), max_size=6
)


@given(st.lists(st.tuples(PATHS.map(".".join), st.sampled_from(["", "x", "2024-01-01"])), max_size=12))
def test_nearly_right_paths_never_break_it_either(pairs: list[tuple[str, str]]) -> None:
    try:
        content = forms.parse(FORM, pairs)
    except Invalid:
        return
    assert not any("表单中没有" in message for message in forms.validate(FORM, content).values())


# ---------------------------------------------------------------------------------------------- row buttons


def test_row_buttons_add_remove_and_move() -> None:
    content = forms.operate(FORM, {}, "add:partners")
    assert content == {"partners": [{"agreements": [{}]}]}
    content = forms.operate(FORM, content, "add:partners.0.agreements")
    assert len(content["partners"][0]["agreements"]) == 2
    content = {"partners": [{"name": "甲"}, {"name": "乙"}, {"name": "丙"}]}
    assert [p["name"] for p in forms.operate(FORM, content, "up:partners.1")["partners"]] == ["乙", "甲", "丙"]
    assert [p["name"] for p in forms.operate(FORM, content, "down:partners.0")["partners"]] == ["乙", "甲", "丙"]
    assert [p["name"] for p in forms.operate(FORM, content, "up:partners.0")["partners"]] == ["甲", "乙", "丙"]
    assert [p["name"] for p in forms.operate(FORM, content, "remove:partners.1")["partners"]] == ["甲", "丙"]
    assert [p["name"] for p in content["partners"]] == ["甲", "乙", "丙"], "the given content is untouched"


def test_buttons_take_files_away() -> None:
    content = {"attachments": ["a", "b"], "partners": [{"agreements": [{"file": "c"}]}]}
    assert forms.operate(FORM, content, "remove:attachments.0")["attachments"] == ["b"]
    assert forms.operate(FORM, content, "remove:partners.0.agreements.0.file")["partners"] == [{"agreements": [{}]}]


@pytest.mark.parametrize(
    "op",
    [
        "", "add", "add:", "add:name", "add:nobody", "add:partners.5.agreements", "remove:partners",
        "remove:partners.9",
        "remove:name", "drop:partners", "add:" + "a." * 200, "remove:partners.99999999999", "up:partners.x",
    ],
)  # fmt: skip
def test_a_button_that_does_not_fit_is_refused(op: str) -> None:
    with pytest.raises(Invalid):
        forms.operate(FORM, {"partners": [PARTNER]}, op)


def test_a_full_table_takes_no_more_rows() -> None:
    with pytest.raises(Invalid, match="有误") as refused:
        forms.operate(FORM, {"partners": [{}, {}, {}]}, "add:partners")
    assert refused.value.fields == {"partners": "最多 3 项，不能再添加"}


# ---------------------------------------------------------------------------------------------- checking


def test_complete_content_has_no_errors() -> None:
    assert forms.validate(FORM, GOOD) == {}


def test_an_error_names_row_and_field() -> None:
    content = {**GOOD, "partners": [PARTNER, PARTNER, {"name": "丙", "agreements": [{}]}]}
    assert forms.validate(FORM, content) == {
        "partners.2.agreements.0.signed_on": "海外合作机构 3 · 科技合作协议 1 · 签署日期：此项必填"
    }


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"name": "短"}, "name", "基地名称：至少 4 个字（现有 1 个字）"),
        ({"name": "长" * 21}, "name", "基地名称：不超过 20 个字（现有 21 个字）"),
        ({"category": "?"}, "category", "类别：请从列表中选择"),
        ({"founded_on": "2024-02-30"}, "founded_on", "成立日期：日期不正确，请按“年-月-日”填写，如 2026-03-18"),
        ({"funds": "许多"}, "funds", "经费：请填写数字"),
        ({"funds": "1234567890123456"}, "funds", "经费：数字位数过多，请检查单位（不超过 15 位）"),
        ({"funds": 1.234}, "funds", "经费：最多保留 2 位小数"),
        ({"funds": -1}, "funds", "经费：不能小于 0"),
        ({"staff": 0}, "staff", "人数：不能小于 1"),
        ({"staff": "1.5"}, "staff", "人数：请填写整数"),
        ({"agreed": False}, "agreed", "已同意：请勾选确认"),
        ({"keywords": ["一", "二", "三", "四"]}, "keywords", "关键词：最多 3 项（现有 4 项），请删除多余的项"),
        ({"regions": ["DEU", "DEU"]}, "regions", "国家：有重复的项，请删除重复内容"),
        ({"leader": {}}, "leader.name", "负责人 · 姓名：此项必填"),
        (
            {"leader": {"name": "x", "email": "x"}},
            "leader.email",
            "负责人 · 邮箱：电子邮箱格式不正确，如 name@example.org",
        ),
        ({"partners": []}, "partners", "海外合作机构：至少填写 1 项（现有 0 项）"),
        ({"nobody": 1}, "nobody", "nobody：表单中没有这个填写项，请刷新页面后重试"),
        (
            {"partners": [{**PARTNER, "agreements": [{"signed_on": "2024-03-08", "expires_on": "2024-03-07"}]}]},
            "partners.0.agreements.0.expires_on",
            "海外合作机构 1 · 科技合作协议 1 · 有效期至：不能早于签署日期（2024-03-08）",
        ),
    ],
)
def test_each_error_says_what_to_do(change: dict[str, Any], path: str, message: str) -> None:
    assert forms.validate(FORM, {**GOOD, **change}) == {path: message}


def test_a_missing_table_and_a_missing_text_are_both_asked_for() -> None:
    assert forms.validate(FORM, {"category": "special_dev"}) == {
        "name": "基地名称：此项必填",
        "partners": "海外合作机构：至少填写 1 项",
    }


def test_errors_stand_in_the_order_of_the_page() -> None:
    content = {"partners": [{}, {}], "name": "x", "category": "special_dev"}
    assert list(forms.validate(FORM, content)) == [
        "name", "partners.0.name", "partners.0.agreements", "partners.1.name", "partners.1.agreements",
    ]  # fmt: skip


def test_a_branch_brings_its_fields_and_limits() -> None:
    errors = forms.validate(FORM, {**GOOD, "category": "joint_rd"})
    assert errors == {"kind": "研发方式：此项必填", "partners": "海外合作机构：至少填写 2 项（现有 1 项）"}


def test_hidden_parts_are_dropped_also_in_a_chain() -> None:
    content = {**GOOD, "kind": "joint", "ratio": 3}
    assert forms.visible(FORM, content) == GOOD
    assert forms.validate(FORM, content) == {}
    kept = {**content, "category": "joint_rd", "partners": [PARTNER, PARTNER]}
    assert forms.visible(FORM, kept) == kept


def test_a_draft_may_be_incomplete_but_not_wrong() -> None:
    assert forms.validate(FORM, {"name": "短", "partners": [{}]}, partial=True) == {}
    assert forms.validate(FORM, {"funds": "许多"}, partial=True) == {"funds": "经费：请填写数字"}


def test_an_outcome_may_ask_for_less_and_for_more() -> None:
    form = load(ui={**UI, "ui:lenient": ["return"], "ui:requires": {"return": ["profile"]}})
    assert forms.validate(form, {}, outcome="return") == {"profile": "概况：此项必填"}
    assert forms.validate(form, {"profile": "请补正"}, outcome="return") == {}
    assert "name" in forms.validate(form, {"profile": "请补正"}, outcome="submit")


def test_codes_are_checked_against_the_list() -> None:
    choices = forms.choices(FORM, {"codes": {"country_region": {"DEU": "德国"}}})
    assert choices == {"regions": {"DEU": "德国"}}
    assert forms.validate(FORM, {**GOOD, "regions": ["DEU"]}, choices=choices) == {}
    assert forms.validate(FORM, {**GOOD, "regions": ["DEU", "XXX"]}, choices=choices)


# ---------------------------------------------------------------------------------------------- the system's part


def test_prefill_opens_with_what_is_known_and_one_row() -> None:
    facts = {"base": {"name": "中德膜材料基地"}, "host": {"name": "杭州澄源研究院"}}
    content = forms.prefill(FORM, facts)
    assert content["name"] == "中德膜材料基地"
    assert content["host_name"] == "杭州澄源研究院"
    assert content["partners"] == [{"agreements": [{}]}]
    assert content["partner_total"] == 1


def test_prefill_fills_what_a_known_answer_opens() -> None:
    """A field that only applies after a known answer opens with what is known too."""
    schema = {
        "type": "object",
        "properties": {"kind": {"type": "string", "title": "类"}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
                "then": {"properties": {"part": {"type": "string", "title": "分项"}}},
            }
        ],
    }
    ui = {"kind": {"ui:prefill": "known.kind"}, "part": {"ui:prefill": "known.part"}}
    form = forms.load(json.dumps(schema), json.dumps(ui))
    assert forms.prefill(form, {"known": {"kind": "a", "part": "x"}}) == {"kind": "a", "part": "x"}
    assert forms.prefill(form, {"known": {"kind": "b", "part": "x"}}) == {"kind": "b"}


def test_prefill_keeps_what_was_written_before() -> None:
    facts = {"base": {"name": "中德膜材料基地"}, "host": {"name": "杭州澄源研究院"}}
    again = forms.prefill(FORM, facts, {"name": "旧名称基地", "gone": 1, "host_name": "旧单位"})
    assert again["name"] == "旧名称基地"
    assert again["host_name"] == "杭州澄源研究院", "what the system fills is always current"
    assert "gone" not in again


def test_compute_is_exact_and_shows_no_more_than_was_reached() -> None:
    """国科发火〔2016〕32号：比较不四舍五入；4.996% 不得显示为 5.00%。"""
    content = forms.compute(FORM, {"funds": 4.996, "staff": 100}, {})
    assert content["intensity"] == 4.996
    shown = {line.label: line.value for line in forms.summary(FORM, content)}
    assert shown["强度"] == "4.99%"


def test_compute_replaces_what_was_forged() -> None:
    content = forms.compute(
        FORM, {"host_name": "forged", "partner_total": 99, "partners": [{}, {}]}, {"host": {"name": "真单位"}}
    )
    assert (content["host_name"], content["partner_total"]) == ("真单位", 2)


def test_compute_leaves_out_what_cannot_be_computed_yet() -> None:
    assert "intensity" not in forms.compute(FORM, {"funds": 3}, {})
    assert "intensity" not in forms.compute(FORM, {"funds": 3, "staff": 0}, {})


def test_exact_gives_decimals_as_typed_and_dates() -> None:
    content = forms.parse(FORM, [("funds", "0.1"), ("founded_on", "2024-3-8")])
    assert forms.exact(FORM, content) == {"funds": Decimal("0.1"), "founded_on": date(2024, 3, 8)}


@given(st.decimals(0, 99999999, places=2))
def test_money_survives_the_way_to_the_store_and_back(amount: Decimal) -> None:
    content = forms.parse(FORM, [("funds", f"{amount:,}")])
    stored = json.loads(json.dumps(content))
    assert forms.validate(FORM, {**GOOD, **stored}) == {}
    assert Decimal(str(stored["funds"])) == amount


def test_only_declared_variables_enter_the_case() -> None:
    content = {**GOOD, "regions": ["DEU"], "profile": "secret"}
    assert forms.variables(FORM, content) == {
        "category": "special_dev", "agreed": False, "names": ["代尔夫特理工大学"], "regions": {"DEU": {}},
    }  # fmt: skip


FIXED = {
    "type": "object",
    "title": "评分",
    "properties": {
        "rows": {
            "type": "array",
            "title": "评分",
            "items": {
                "type": "object",
                "required": ["score"],
                "properties": {
                    "code": {"type": "string", "title": "指标", "readOnly": True},
                    "name": {"type": "string", "title": "名称", "readOnly": True},
                    "max": {"type": "number", "title": "满分", "readOnly": True},
                    "score": {"type": "number", "title": "得分", "multipleOf": 0.5},
                },
            },
        }
    },
}
FIXED_UI = {
    "rows": {
        "ui:rowKey": "code",
        "ui:rowLabel": "name",
        "ui:prefill": "indicators",
        "items": {"score": {"ui:atMost": "max"}},
    }
}
INDICATORS = {"indicators": [{"code": "A", "name": "基础", "max": 25, "x": 1}, {"code": "B", "name": "能力", "max": 5}]}


def test_fixed_rows_come_from_the_facts_and_keep_only_typed_cells() -> None:
    form = load(FIXED, FIXED_UI)
    posted = forms.parse(
        form,
        [
            ("rows.0.code", "B"),
            ("rows.0.max", "999"),
            ("rows.0.score", "4.5"),
            ("rows.1.code", "Z"),
            ("rows.1.score", "1"),
        ],
    )
    content = forms.compute(form, posted, INDICATORS)
    assert content["rows"] == [
        {"code": "A", "name": "基础", "max": 25},
        {"code": "B", "name": "能力", "max": 5, "score": 4.5},
    ]
    with pytest.raises(Invalid):
        forms.operate(form, content, "add:rows")
    with pytest.raises(Invalid):
        forms.operate(form, content, "remove:rows.0")


def test_fixed_rows_are_called_by_name_and_limited_by_their_neighbour() -> None:
    form = load(FIXED, FIXED_UI)
    content = forms.compute(form, {"rows": [{"code": "B", "score": 5.5}, {"code": "A", "score": 0.3}]}, INDICATORS)
    assert forms.validate(form, content) == {
        "rows.0.score": "基础 · 得分：应为 0.5 的整数倍",
        "rows.1.score": "能力 · 得分：不能大于满分（5）",
    }


def test_a_facts_source_is_read_only_when_something_reads_it() -> None:
    class Facts(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            assert name in ("host", "base"), f"nothing asked for {name}"
            return {"name": "杭州澄源研究院"}

        def keys(self) -> Any:
            raise AssertionError("all facts at once")

    facts = Facts(host=1, base=1, register=1)
    assert forms.prefill(FORM, facts)["host_name"] == "杭州澄源研究院"


# ---------------------------------------------------------------------------------------------- corrections and reading


def test_only_unlocked_fields_change_in_a_correction() -> None:
    previous = {**GOOD, "partners": [PARTNER, {**PARTNER, "name": "乙"}], "profile": "旧"}
    forged = {
        "name": "伪造的名称",
        "category": "joint_rd",
        "profile": "新",
        "partners": [{"name": "伪"}],
        "kind": "own",
    }
    assert forms.restrict(FORM, forged, previous, {"profile"}) == {**previous, "profile": "新"}
    one = forms.restrict(
        FORM, {"partners": [{"name": "改"}, {"name": "改", "agreements": []}]}, previous, {"partners.1.name"}
    )
    assert one["partners"] == [PARTNER, {**PARTNER, "name": "改"}]
    assert forms.restrict(FORM, {"partners": []}, previous, {"partners"})["partners"] == []
    assert forms.restrict(FORM, {}, previous, {"profile"}).get("profile") is None
    assert forms.restrict(FORM, forged, previous, set()) == previous


def test_what_an_unlocked_answer_brings_up_may_be_filled() -> None:
    changed = forms.restrict(FORM, {"category": "joint_rd", "kind": "own"}, GOOD, {"category"})
    assert changed == {**GOOD, "category": "joint_rd", "kind": "own"}


def test_differences_name_fields_and_rows() -> None:
    old = {**GOOD, "funds": 1200.5, "partners": [PARTNER, {"name": "乙"}]}
    new = {**GOOD, "category": "joint_rd", "partners": [{"name": "乙"}, {"name": "丙"}], "attachments": ["f"]}
    assert [tuple(d) for d in forms.differences(FORM, old, new)] == [
        ("category", "类别", "特色发展类", "联合研发类"),
        ("funds", "经费", "1,200.50 万元", ""),
        ("partners.0", "海外合作机构 1", "代尔夫特理工大学", "（已删除）"),
        ("partners.1", "海外合作机构 2", "", "丙"),
        ("attachments", "附件", "", "附件"),
    ]
    assert forms.differences(FORM, old, old) == []


def test_summary_shows_labels_money_and_tables() -> None:
    content = {**GOOD, "funds": 1200, "regions": ["DEU", "XXX"], "leader": {"name": "许嘉言"}}
    lines = forms.summary(FORM, content, {"regions": {"DEU": "德国"}})
    shown = {line.label: line for line in lines}
    assert shown["类别"].value == "特色发展类"
    assert shown["经费"].value == "1,200.00 万元"
    assert shown["国家"].value == "德国、XXX"
    assert shown["负责人 · 姓名"].value == "许嘉言"
    assert shown["海外合作机构 1 · 机构名称"].group == "合作"
    table = shown["海外合作机构 1 · 科技合作协议"]
    assert table.columns == ("签署日期", "有效期至", "扫描件")
    assert table.rows == (("2024-03-08", "—", "—"),)
    assert "研发方式" not in shown


def test_fields_to_mark_for_correction() -> None:
    marks = forms.fields(FORM)
    assert marks["name"] == "基本 · 基地名称"
    assert marks["leader.name"] == "其他 · 负责人 · 姓名"
    assert "host_name" not in marks


# ---------------------------------------------------------------------------------------------- outcomes


def test_outcomes_are_read_from_the_diagram() -> None:
    assert forms.parse_outcomes("recommend:同意推荐|return!:退回修改") == [
        ("recommend", "同意推荐", False),
        ("return", "退回修改", True),
    ]
    assert forms.parse_outcomes("") == [("submit", "提交", False)]


@pytest.mark.parametrize("text", ["x", "A:甲", "a:甲|a:乙", "a:", ":甲", "a!!:甲", "a:甲||b:乙"])
def test_wrong_outcomes_are_refused_at_load(text: str) -> None:
    with pytest.raises(Misconfigured):
        forms.parse_outcomes(text)
