"""条文对照: the regulation paragraph by paragraph, with the elements, tables, forms, rules and tests that carry it out."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Blueprint, render_template, request

from webapp.errors import Missing
from webapp.studio import articles
from webapp.views import desk, policies

bp = Blueprint("articles", __name__, url_prefix="/articles")


@bp.get("", policy=policies.STUDIO_READ)
def show() -> str:
    """Every paragraph; with `gaps=1` those that lack something."""
    root = Path(desk.settings().models)
    if not (root / "docs" / "articles.json").is_file():
        raise Missing("本次安装没有随附条文对照（docs/articles.json）。")
    paragraphs = _collected(root)
    only = request.args.get("gaps", "") == "1"
    shown = [each for each in paragraphs if each.gaps] if only else paragraphs
    return render_template(
        "articles/show.html", paragraphs=shown, kinds=articles.KINDS, only=only, total=len(paragraphs)
    )


@lru_cache(maxsize=2)
def _collected(root: Path) -> list[articles.Paragraph]:
    return articles.collect(root)
