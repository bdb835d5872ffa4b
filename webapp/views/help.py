"""使用帮助: one page a role, written as the questions people ask, and the manuals of docs/ in full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from webapp.errors import Missing
from webapp.views import desk, policies
from webapp.views import manual as manuals

bp = Blueprint("help", __name__, url_prefix="/help")

PAGES = {
    "start": "快速上手",
    "host": "依托单位",
    "recommender": "组织推荐部门",
    "province": "省科技厅",
    "expert": "评审专家",
    "analyst": "流程分析师",
    "operator": "系统管理",
}


MANUALS = {
    "host": ("guide/host.md", "依托单位手册"),
    "recommender": ("guide/recommender.md", "组织推荐部门手册"),
    "province": ("guide/province.md", "省科技厅手册"),
    "expert": ("guide/expert.md", "评审专家手册"),
    "analyst": ("analyst.md", "流程分析师手册"),
    "forms": ("forms.md", "表单语言"),
    "administrator": ("guide/administrator.md", "系统管理手册"),
    "operator": ("guide/operator.md", "系统运维手册"),
}
"""Manual → its file below docs/ and its name."""
FURTHER = {"analyst": ("analyst", "forms"), "operator": ("administrator", "operator"), "start": tuple(MANUALS)}
"""Page → the manuals it leads to; else the one of the same name."""


@bp.get("", policy=policies.SIGNED_IN)
def first() -> Any:
    """The first page."""
    return redirect(url_for(".show", page="start"))


@bp.get("/<page>", policy=policies.SIGNED_IN)
def show(page: str) -> str:
    """One page of the guide."""
    if page not in PAGES:
        raise Missing("没有这一页帮助，请从目录选择。")
    further = {name: MANUALS[name][1] for name in FURTHER.get(page, (page,))}
    return render_template("help/show.html", page=page, pages=PAGES, further=further)


@bp.get("/manual/<book>", policy=policies.SIGNED_IN)
def manual(book: str) -> str:
    """A manual as it stands in docs/."""
    if book not in MANUALS:
        raise Missing("没有这一本手册，请从目录选择。")
    file, title = MANUALS[book]
    path = _folder() / file
    if not path.is_file():
        raise Missing("随附的手册不在安装目录中，请联系系统管理员。")
    blocks = manuals.read(path.read_text(encoding="utf-8"))
    names = {each: label for each, (_, label) in MANUALS.items()}
    return render_template("help/manual.html", name=book, title=title, blocks=blocks, manuals=names, link=_address)


def _folder() -> Path:
    return desk.settings().models / "docs"


def _address(href: str) -> str:
    """Where a link of a manual leads within the application; empty for what is not shown here."""
    file = href.partition("#")[0].rpartition("/")[2]
    found = next((name for name, (path, _) in MANUALS.items() if path.rpartition("/")[2] == file), None)
    return url_for(".manual", book=found) if found else ""
