"""参数、权限一览、操作留痕: what an installation is set to, who may do what, who did what outside of cases."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from webapp.store import pages_journal, parameters, people, roles
from webapp.store.tables import Role
from webapp.views import desk, labels, policies

bp = Blueprint("settings", __name__)

PAGE = 50


@bp.get("/parameters", policy=policies.PARAMETERS_READ)
def parameters_page() -> str:
    """Every parameter with its value in force and those before and after."""
    with desk.reading() as tx:
        rows = parameters.listed(tx)
        now = parameters.at(tx, None)
    return render_template("settings/parameters.html", rows=rows, now=now)


@bp.get("/policies", policy=policies.POLICIES_READ)
def policies_page() -> str:
    """Who may do what: made from the policies and routes themselves, so it cannot be out of date."""
    with desk.reading() as tx:
        known = {row.code: row for row in roles.all_of(tx)}
    routes: dict[str, list[str]] = {}
    app = desk.desk()
    for rule in app.url_map.iter_rules():
        name = app.rules[rule.endpoint].policy.name
        methods = "、".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        routes.setdefault(name, []).append(f"{methods} {rule.rule}")
    rows = [
        {"policy": each, "who": _who(each, known), "routes": sorted(routes.get(each.name, ()))}
        for each in policies.every()
        if routes.get(each.name)
    ]
    return render_template("settings/policies.html", rows=rows, relations=RELATIONS)


@bp.get("/journal", policy=policies.JOURNAL_READ)
def journal() -> str:
    """The journal over all chains, the newest first, by person, action and day."""
    after = request.args.get("after", "")[:60] or None
    actor, action = request.args.get("actor", "").strip()[:60], request.args.get("action", "").strip()[:60]
    with desk.reading() as tx:
        page = pages_journal.search(tx, actor=actor, action=action, after=after, limit=PAGE)
        names = people.names(tx, {row.actor for row in page.rows})
    return render_template("settings/journal.html", page=page, names=names, actor=actor, action=action, labels=labels)


RELATIONS = {
    "": "不限对象",
    "holder": "本人或本岗位承办的",
    "seen": "可见范围内的（本单位、所推荐、所指派或全省）",
    "followed": "可见范围内的，以及交本部门办理过的",
    "handler": "本人承办的或可见范围内的",
    "self": "本人的",
    "found": "可见范围内的",
}


def _who(policy: policies.Policy, known: dict[str, Role]) -> str:
    if policy.public:
        return "任何人"
    if policy.seatless:
        return "全部登录人员"
    named = [
        role.name
        for code, role in known.items()
        if (not policy.roles or code in policy.roles) and (not policy.scopes or role.scope in policy.scopes)
    ]
    return "、".join(named) or "（暂无岗位）"
