"""使用帮助: one page a role, written as the questions people ask."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from webapp.errors import Missing
from webapp.views import policies

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


@bp.get("", policy=policies.SIGNED_IN)
def first() -> Any:
    """The first page."""
    return redirect(url_for(".show", page="start"))


@bp.get("/<page>", policy=policies.SIGNED_IN)
def show(page: str) -> str:
    """One page of the guide."""
    if page not in PAGES:
        raise Missing("没有这一页帮助，请从目录选择。")
    return render_template("help/show.html", page=page, pages=PAGES)
