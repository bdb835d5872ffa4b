"""The frame and the macros render from plain data, strictly: an undefined name is an error here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from webapp import assets

NAV = [
    {
        "title": "办理中心",
        "items": [{"label": "待我办理", "href": "/", "icon": "inbox", "active": True, "count": 3}],
    }
]


@pytest.fixture(scope="module")
def pages() -> Environment:
    """Jinja with the globals that the app provides."""
    environment = Environment(
        loader=FileSystemLoader(Path(assets.__file__).parent / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    environment.globals.update(
        asset=lambda name: f"/static/{name}",
        icon_href=lambda name: f"/static/icons.svg#{name}",
        csrf_token=lambda: "token",
        get_flashed_messages=lambda with_categories=False: [("error", "未保存")],
    )
    return environment


def _render(pages: Environment, text: str, **data: object) -> str:
    return pages.from_string(text).render(**data)


def test_layout_shows_the_person_the_menu_and_the_warning(pages: Environment) -> None:
    """Every page says who is acting, what waits, and that no state secrets belong here."""
    user = SimpleNamespace(name="蒋文清", seat_label="市级审核 · 衢州市科学技术局", is_authenticated=True)
    page = pages.get_template("layout.html").render(nav=NAV, current_user=user, notice_count=120, footer="主办单位")
    assert "市级审核 · 衢州市科学技术局" in page
    assert "非涉密系统，严禁填报涉密信息" in page
    assert "99+" in page
    assert "未保存" in page
    assert 'aria-current="page"' in page
    assert "主办单位" in page


def test_layout_needs_nothing_but_a_person(pages: Environment) -> None:
    """Menu, counts, links and footer have defaults, so that a new page cannot break on them."""
    page = pages.get_template("layout.html").render(current_user=None)
    assert "用户菜单" not in page


def test_error_page_says_what_to_do(pages: Environment) -> None:
    """Code, heading, message, advice and the number of the request."""
    page = pages.get_template("error.html").render(
        code=409, heading="已由他人办理", message="您填写的内容已保留。", todo=["刷新待办"], request_id="a1b2"
    )
    assert all(part in page for part in ("409", "已由他人办理", "您填写的内容已保留。", "刷新待办", "a1b2"))


@pytest.mark.parametrize(
    ("arguments", "colour", "words"),
    [
        ("'2026-11-26', 2", "red", "超期 2 天"),
        ("'2026-11-26', 0, 0", "yellow", "今日到期"),
        ("'2026-11-26', 0, 3", "yellow", "剩 3 个工作日"),
        ("'2026-11-26', 0, 4", "green", "剩 4 个工作日"),
        ("'2026-11-26'", "green", "2026-11-26"),
        ("none", "", "不限时"),
    ],
)
def test_light_always_has_words(pages: Environment, arguments: str, colour: str, words: str) -> None:
    """Colour never stands alone."""
    light = _render(pages, "{% from 'ui/icon.html' import due_light %}{{ due_light(" + arguments + ") }}")
    assert words in light
    assert not colour or f"gh-light-{colour}" in light


def test_values_are_escaped_in_html_and_in_json(pages: Environment) -> None:
    """A host's name is data, in the page and in the script tags."""
    nasty = "</script><b>&"
    text = (
        "{% from 'ui/record.html' import data_list %}{% from 'ui/diagram.html' import json_data %}"
        "{{ data_list([('名称', value)]) }}{{ json_data('x', {'name': value}) }}"
    )
    page = _render(pages, text, value=nasty)
    assert "<b>" not in page
    found = re.search(r'<script type="application/json" id="x">(.*?)</script>', page)
    assert found
    assert json.loads(found[1]) == {"name": nasty}


SAMPLES = [
    "{% from 'ui/icon.html' import icon, tag, bar, script %}{{ icon('x', label='关闭') }}"
    "{{ tag('认定', 'blue', 'check') }}"
    "{{ bar(140, 'red') }}{{ script('viewer.js') }}",
    "{% from 'ui/page.html' import page_header, crumbs, stat, tabs, pager, empty, flash, card %}"
    "{{ page_header('标题') }}{% call page_header('标题', '副题') %}按钮{% endcall %}"
    "{{ crumbs([('甲', '/'), ('乙', '')]) }}"
    "{{ stat('待办', 3, '件', '说明', 'red', 'inbox', '/', true) }}{{ stat('待办', 3) }}"
    "{{ tabs([{'label': '全部', 'href': '/', 'count': 1, 'active': true}, {'label': '其他', 'href': '/'}], '类型') }}"
    "{{ pager('/a', '/b', '共 3 件') }}{{ empty('没有') }}{{ flash('好', 'success') }}"
    "{% call card('卡', flush=true) %}内容{% endcall %}",
    "{% from 'ui/table.html' import table_head, cell, title_cell, row_class, row_actions %}"
    "{{ table_head(['事项', '>数', '']) }}"
    "{{ cell('数', 3, 'number') }}{% call cell('态') %}在办{% endcall %}"
    "{{ title_cell('题', '/', '编号', [('催', 'red')]) }}"
    "{{ row_class(0, 1, true) }}{{ row_actions([('办理', '/')], '题') }}",
    "{% from 'ui/record.html' import timeline, checks %}"
    "{{ timeline([{'title': '推荐'}, {'title': '下一步', 'state': 'next'}]) }}"
    "{{ checks([{'result': 'warn', 'text': '即将到期'}]) }}",
    "{% from 'ui/form.html' import text_input, choices, phrases, drop_zone, error_summary, action_bar, steps %}"
    "{{ text_input('login', '账号', required=true, error='必填') }}"
    "{{ choices('o', '结论', [{'value': 'a', 'label': '甲'}], 'a') }}"
    "{{ phrases('o', ['同意']) }}{{ drop_zone('f', '.pdf') }}{{ error_summary([('o', '意见', '必填')]) }}"
    "{% call action_bar(true) %}提交{% endcall %}{{ steps([{'label': '一', 'note': '', 'state': 'now'}]) }}",
    "{% from 'ui/dialog.html' import confirm %}{{ confirm('d', '撤回', '确定吗？', '/x', '撤回', true) }}",
    "{% from 'ui/diagram.html' import diagram, legend, chart, tile_map, tile_scale %}"
    "{{ diagram('g', '说明', 'm', xml_id='x') }}"
    "{{ legend() }}{{ legend(true) }}{% call chart('c', 'trend', {'months': []}, '趋势') %}表{% endcall %}"
    "{{ tile_scale() }}"
    "{{ tile_map([{'code': 330100, 'name': '杭州市', 'value': 1, 'note': '', 'level': 5, 'href': '/'}], '各市') }}",
    "{% from 'ui/studio.html' import workbench %}{{ workbench('设计', '/check', '/save', 3) }}",
]


@pytest.mark.parametrize("text", SAMPLES, ids=lambda text: re.search(r"ui/(\w+)", text)[1])  # type: ignore[index]
def test_macros_render_and_close_their_tags(pages: Environment, text: str) -> None:
    """Each macro stands alone, with its optional keys left out somewhere, and leaves no tag open."""
    page = re.sub(r"<(?:input|img|hr|link|br)\b[^>]*>", "", _render(pages, text))
    opened = re.findall(r"<([a-z0-9]+)\b", page)
    closed = re.findall(r"</([a-z0-9]+)>", page)
    assert sorted(opened) == sorted(closed)
