"""Business dates that people enter as having happened are not in the future: every shipped form says which these are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from webapp.engine import forms

ROOT = Path(__file__).parents[2] / "forms"
TO_COME = {
    "annual_opening/choose": {"year"},
    "annual_report/judge_missing": {"due_on", "until"},
    "change/conditions": {"founded_on", "partners.agreements.expires_on", "past_projects.ended_on"},
    "change/decide": {"effective_on"},
    "change/officer_review": {"effective_on"},
    "designation_round/amend": {"recommend_by", "window_to"},
    "designation_round/handle_silent": {"rows.arrived_on", "rows.extended_to"},
    "designation_round/set_up": {"recommend_by", "window_from", "window_to", "year"},
    "difficulty/ask": {"wanted_by"},
    "evaluation/handle_no_show": {"until"},
    "evaluation_round/amend": {"material_due", "opinion_due", "review_by"},
    "evaluation_round/handle_late": {"rows.extended_to", "rows.opened_on"},
    "evaluation_round/set_up": {"designated_by", "material_due", "opinion_due", "review_by", "year"},
    "exit/apply": {"intended_on"},
    "exit/apply_on_behalf": {"intended_on"},
    "exit/register_document": {"effective_on"},
    "improvement/close": {"not_before", "until"},
    "improvement/define_plan": {"end_on", "measures.due_on", "mid_on", "support.due_on"},
    "improvement/draft_plan": {"measures.due_on"},
    "legacy_category/confirm_category": {"designated_on"},
    "legacy_category/decide": {"designated_on"},
    "major_event/judge": {"follow_up_on", "judged_on"},
    "national_transfer/confirm": {"effective_on"},
    "prior_notice/statement": {"due_on"},
    "reconsideration/request": {"until"},
    "reinstatement/apply": {"ban_until", "intended_on", "revoked_on", "valid_on"},
    "revocation/register_document": {"effective_on"},
    "revocation/verify": {"rectify_until", "verified_on"},
    "shared/annual_report": {"designated_on", "partners.expires_on", "period_from", "period_to", "year"},
    "shared/application": {"budget.year", "partners.agreements.expires_on", "past_projects.ended_on", "tasks.year"},
    "shared/change_request": {
        "due_on",
        "leader_projects.ended_on",
        "partner_new.agreements.expires_on",
        "partners_now.agreements.expires_on",
    },
    "shared/improvement_progress": {"rows.due_on"},
    "shared/inclusion": {"partners.agreements.expires_on", "past_projects.ended_on"},
    "shared/major_event": {"reported_on"},
    "shared/self_assessment": {"period_from", "period_to"},
    "supervision/confirm": {"year"},
    "work_plan/fill": {"year"},
    "work_plan/update": {"effective_on"},
}
"""Days that may lie ahead, or that the system fills in."""
SCHEMA = {
    "type": "object",
    "properties": {
        "held_on": {"type": "string", "format": "date", "title": "会议日期"},
        "since": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "title": "建立合作时间"},
        "year": {"type": "integer", "title": "年度"},
        "until": {"type": "string", "format": "date", "title": "截止"},
        "rows": {
            "type": "array",
            "title": "协议",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"signed_on": {"type": "string", "format": "date", "title": "签署日期"}},
            },
        },
    },
}
UI = {
    "held_on": {"ui:past": True},
    "since": {"ui:past": True, "ui:widget": "month"},
    "year": {"ui:past": True},
    "rows": {"items": {"signed_on": {"ui:past": True}}},
}


@pytest.mark.parametrize("name", [f"{p.parent.name}/{p.name[:-12]}" for p in sorted(ROOT.glob("*/*.schema.json"))])
def test_every_day_of_a_form_has_happened_or_may_lie_ahead(name: str) -> None:
    schema = json.loads((ROOT / f"{name}.schema.json").read_text(encoding="utf-8"))
    ui = json.loads((ROOT / f"{name}.ui.json").read_text(encoding="utf-8"))
    form = forms.load(json.dumps(schema), json.dumps(ui), name=name)
    undecided = {path for path, hint in _days(form.full, ui, "") if not hint.get("ui:past")}
    assert undecided == TO_COME.get(name, set())


def _days(schema: Mapping[str, Any], ui: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    inner, hints = (schema["items"], ui.get("items", {})) if "items" in schema else (schema, ui)
    for name, part in inner.get("properties", {}).items():
        where, hint = f"{path}.{name}".lstrip("."), hints.get(name, {})
        is_year = part.get("type") == "integer" and name == "year"
        if part.get("format") == "date" or hint.get("ui:widget") == "month" or is_year:
            yield where, hint
        yield from _days(part, hint, where)


@pytest.mark.parametrize(
    ("content", "path", "told"),
    [
        ({"held_on": "2026-03-11"}, "held_on", "会议日期：不能晚于今天（2026-03-10）"),
        ({"since": "2026-04"}, "since", "建立合作时间：不能晚于本月（2026-03）"),
        ({"year": 2027}, "year", "年度：不能晚于今年（2026年）"),
        ({"rows": [{"signed_on": "2026-03-10"}, {"signed_on": "2030-01-01"}]}, "rows.1.signed_on", "不能晚于今天"),
    ],
)
def test_what_has_happened_is_not_after_today(
    today: Callable[[str], datetime], content: dict[str, Any], path: str, told: str
) -> None:
    today("2026-03-10")
    errors = forms.validate(forms.load(json.dumps(SCHEMA), json.dumps(UI), name="test/past"), content)
    assert list(errors) == [path]
    assert told in errors[path]


def test_today_this_month_and_days_that_may_lie_ahead_are_accepted(today: Callable[[str], datetime]) -> None:
    today("2026-03-10T23:59")
    content = {"held_on": "2026-03-10", "since": "2026-03", "year": 2026, "until": "2030-01-01", "rows": []}
    assert forms.validate(forms.load(json.dumps(SCHEMA), json.dumps(UI), name="test/past"), content) == {}
