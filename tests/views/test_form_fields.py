"""Drawn forms: round trips without scripts, names for screen readers, errors, locked fields, rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine import form_contents
from tests.engine.test_forms import FIXED, FIXED_UI, FORM, GOOD, INDICATORS, PARTNER, UI, load
from tests.views import form_pages
from webapp.engine import forms
from webapp.views import form_fields

FACTS: dict[str, Any] = {
    "today": date(2026, 11, 23),
    "actor": {"name": "沈亦舟"},
    "round": {"window_to": date(2026, 12, 1), "recommend_by": date(2026, 12, 20)},
    "host": {"name": "杭州澄源新材料研究院", "uscc": "123300004700000000"},
    "recommender": {"id": "city-330100"},
    "codes": {"country_region": {"DEU": "德国", "JPN": "日本"}},
}


def without_system_part(schema: Any, ui: Any, value: Any) -> Any:
    """The content less what is never posted."""
    if isinstance(value, dict) and "properties" in schema:
        kept = {}
        for name, part in value.items():
            hint = ui.get(name, {})
            if name in schema["properties"] and not forms.is_readonly(schema["properties"][name], hint):
                kept[name] = without_system_part(schema["properties"][name], hint, part)
        return kept
    if isinstance(value, list) and "items" in schema:
        return [without_system_part(schema["items"], ui.get("items", {}), part) for part in value]
    return value


@pytest.mark.parametrize("name", form_contents.NAMES)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_drawn_and_posted_is_what_was_there(name: str, data: st.DataObject) -> None:
    form = form_contents.load(name)
    content = data.draw(form_contents.contents(form))
    back = forms.parse(form, form_pages.posted(form_pages.draw(form, content)))
    assert _filled(without_system_part(form.full, form.ui, back)) == _filled(
        without_system_part(form.full, form.ui, content)
    )


def _filled(value: Any) -> Any:
    """Without objects that hold nothing: an empty object and none are the same."""
    if isinstance(value, dict):
        return {k: _filled(v) for k, v in value.items() if _filled(v) != {}}
    return [_filled(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", form_contents.NAMES)
def test_every_shipped_form_is_sound_and_opens(name: str) -> None:
    form = form_contents.load(name)
    assert forms.lint(form.schema, form.ui) == []
    content = forms.prefill(form, FACTS)
    errors = forms.validate(form, content)
    assert not any("表单中没有" in text for text in errors.values())
    drawn = form_pages.page(form_pages.draw(form, content, errors))
    ids = [e.get("id") for e in drawn.iter() if e.get("id")]
    assert len(ids) == len(set(ids)), "every id once"
    for link in drawn.xpath("//div[@role='alert']//a"):
        assert link.get("href").removeprefix("#") in ids, "each error leads to its field"


@pytest.mark.parametrize("name", form_contents.NAMES)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_control_has_a_name_and_describes_itself(name: str, data: st.DataObject) -> None:
    form = form_contents.load(name)
    content = data.draw(form_contents.contents(form))
    drawn = form_pages.page(form_pages.draw(form, content, forms.validate(form, content)))
    labelled = {e.get("for") for e in drawn.iter("label")}
    ids = {e.get("id") for e in drawn.iter()}
    for control in drawn.iter("input", "select", "textarea"):
        inside_label = any(parent.tag == "label" for parent in control.iterancestors())
        hidden = control.get("type") == "hidden"
        assert hidden or inside_label or control.get("aria-label") or control.get("id") in labelled, control.get("name")
        for text in (control.get("aria-describedby") or "").split():
            assert text in ids, f"{control.get('name')}: {text}"
    for button in drawn.iter("button"):
        assert button.get("aria-label") or "".join(button.itertext()).strip()


@pytest.mark.parametrize("name", form_contents.NAMES)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_content_can_be_read_and_compared(name: str, data: st.DataObject) -> None:
    form = form_contents.load(name)
    old, new = (data.draw(form_contents.contents(form)) for _ in range(2))
    changes = forms.differences(form, old, new)
    assert (changes == []) == (old == new)
    assert form_pages.read(forms.summary(form, new), changes)
    assert forms.variables(form, new).keys() == forms.variables(form, {}).keys()


def test_hostile_text_stays_text() -> None:
    content = {
        **GOOD,
        "name": "<script>alert(1)</script>",
        "profile": "</textarea><script>",
        "partners": [{"name": '"><img src=x>'}],
    }
    errors = {"name": "<b>x</b>", "": "<i>y</i>"}
    html = form_pages.draw(FORM, content, errors) + form_pages.read(
        forms.summary(FORM, content), forms.differences(FORM, GOOD, content)
    )
    drawn = form_pages.page(html)
    assert not list(drawn.iter("script", "img", "b")) or all((e.text or "") != "x" for e in drawn.iter("b"))
    assert "<script>" not in html
    assert "<img" not in html


def test_enter_presses_a_button_that_removes_nothing() -> None:
    first = next(form_pages.page(form_pages.draw(FORM, GOOD)).iter("button"))
    assert (first.get("name"), first.get("value")) == ("_op", "redraw")
    assert forms.operate(FORM, GOOD, "redraw") == GOOD


def test_row_buttons_are_submits_that_the_form_understands() -> None:
    content = {**GOOD, "partners": [PARTNER, PARTNER], "attachments": ["f1"]}
    for button in form_pages.page(form_pages.draw(FORM, content)).iter("button"):
        assert (button.get("type"), button.get("name")) == ("submit", "_op")
        forms.operate(FORM, content, button.get("value", ""))


def test_a_full_table_offers_no_further_row() -> None:
    drawn = form_pages.draw(FORM, {**GOOD, "partners": [PARTNER] * 3})
    assert 'value="add:partners"' not in drawn
    assert 'value="add:partners.0.agreements"' in drawn


def test_a_branch_is_drawn_below_its_question() -> None:
    tree = form_fields.build(FORM, {**GOOD, "category": "joint_rd"})
    assert [(c.title, [f.path for f in c.fields]) for c in tree.groups[0].conditions] == [("联合研发", ["kind"])]
    assert form_fields.build(FORM, GOOD).groups[0].conditions == []


def test_limits_and_words_of_the_branch_reach_the_field() -> None:
    field = _field(form_fields.build(FORM, {**GOOD, "category": "joint_rd"}), "partners")
    assert field.count_note == "已填 1 项，至少 2 项"
    assert field.required


def test_errors_stand_at_their_fields_without_their_place() -> None:
    content = {**GOOD, "partners": [{"agreements": [{}]}]}
    errors = forms.validate(FORM, content)
    tree = form_fields.build(FORM, content, errors)
    assert tree.errors[0] == ("f-partners-0-name", "海外合作机构 1 · 机构名称", "此项必填")
    drawn = form_pages.page(form_pages.draw(FORM, content, errors))
    control = drawn.get_element_by_id("f-partners-0-agreements-0-signed_on")
    assert control.get("aria-invalid") == "true"
    assert drawn.get_element_by_id(control.get("aria-describedby")).text_content().strip() == "此项必填"


def test_a_check_of_the_whole_is_said_at_the_top() -> None:
    tree = form_fields.build(FORM, GOOD, {"": "本批次推荐名额已用完。"})
    assert tree.errors == [("", "", "本批次推荐名额已用完。")]
    assert "本批次推荐名额已用完。" in form_pages.draw(FORM, GOOD, {"": "本批次推荐名额已用完。"})


def test_only_unlocked_fields_are_fields() -> None:
    html = form_pages.draw(
        FORM, GOOD, unlocked={"profile", "partners.0.agreements"}, marks={"profile": "请写明研发方向"}
    )
    names = {name for name, _ in form_pages.posted(html) if not name.endswith("._")}
    assert names == {"profile", "partners.0.agreements.0.signed_on", "partners.0.agreements.0.expires_on"}
    assert "退回意见：请写明研发方向" in html
    assert 'value="add:partners.0.agreements"' in html
    assert 'value="add:partners"' not in html
    assert 'value="remove:partners.0"' not in html


def test_a_correction_round_keeps_everything_else() -> None:
    unlocked = {"profile", "partners.0.agreements"}
    html = form_pages.draw(FORM, GOOD, unlocked=unlocked)
    again = forms.parse(FORM, form_pages.posted(html))
    assert forms.restrict(FORM, again, GOOD, unlocked) == GOOD


def test_a_code_no_longer_in_the_list_stays_visible() -> None:
    field = _field(
        form_fields.build(FORM, {**GOOD, "regions": ["XXX"]}, choices={"regions": {"DEU": "德国"}}), "regions"
    )
    assert [(o.label, o.chosen) for o in field.options] == [("德国", False), ("XXX（已不在列表中）", True)]


def test_many_options_become_a_list() -> None:
    many = {f"C{i}": f"国家{i}" for i in range(60)}
    html = form_pages.draw(FORM, {**GOOD, "regions": ["C1", "C59"]}, choices={"regions": many})
    assert forms.parse(FORM, form_pages.posted(html))["regions"] == ["C1", "C59"]
    assert _field(form_fields.build(FORM, GOOD, choices={"regions": many}), "regions").kind == "multiselect"


def test_files_are_named_linked_and_kept() -> None:
    content = {**GOOD, "attachments": ["f1", "f2"]}
    html = form_pages.draw(FORM, content, choices={"@files": {"f1": "协议.pdf"}})
    assert "协议.pdf" in html
    assert 'href="/files/f1"' in html
    assert forms.parse(FORM, form_pages.posted(html))["attachments"] == ["f1", "f2"]


def test_refreshing_fields_and_buttons_redraw_the_form() -> None:
    html = form_pages.draw(load(ui={**UI, "category": {"ui:refresh": True}}), GOOD)
    select = form_pages.page(html).get_element_by_id("f-category")
    assert (select.get("hx-post"), select.get("hx-target"), select.get("hx-trigger")) == (
        "/tasks/1/draft",
        "#form-body",
        "change",
    )


def test_fixed_rows_show_text_and_post_their_key() -> None:
    form = load(FIXED, FIXED_UI)
    content = forms.compute(form, {"rows": [{"code": "A", "score": 20}]}, INDICATORS)
    html = form_pages.draw(form, content)
    assert "删除" not in html
    # The key is a visible read-only cell here; shipped forms hide it, so that it is posted with its row.
    ui = {"rows": {**FIXED_UI["rows"], "items": {**FIXED_UI["rows"]["items"], "code": {"ui:widget": "hidden"}}}}
    form = load(FIXED, ui)
    back = forms.parse(form, form_pages.posted(form_pages.draw(form, content)))
    assert forms.compute(form, back, INDICATORS) == content


def test_the_check_is_shown_where_the_form_says() -> None:
    form = load(ui={**UI, "@verdict": {"title": "自动核验", "ui:compute": "check"}})
    html = form_pages.draw(form, GOOD, checks=[{"result": "ok", "text": "已签协议的海外机构 3 个", "note": "第八条"}])
    assert "已签协议的海外机构 3 个" in html


def _field(tree: form_fields.FormTree, path: str) -> form_fields.Field:
    groups = [f for g in tree.groups for f in g.fields]
    return next(f for f in groups if f.path == path)
