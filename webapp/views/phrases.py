"""常用语: what a person often writes into opinions. Kept like a draft of his own, so nobody else reads it."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.store import drafts
from webapp.store.db import Tx

KEY = "phrases"
"""Stands where a draft has its task; no task has such an id."""
MOST, LONGEST = 20, 200
USUAL = ("材料齐全，符合申报条件。", "同意。", "同意推荐，报省科技厅审核。", "请补充合作协议扫描件。")


def of_person(tx: Tx, person_id: str) -> Sequence[str]:
    """The person's phrases; the usual ones until he has written his own."""
    row = drafts.get(tx, KEY, person_id)
    return list(row.content.get("texts", ())) if row is not None else USUAL


def put(tx: Tx, person_id: str, text: str) -> None:
    """One phrase a line; empty lines and what is too much are left out."""
    lines = [line.strip()[:LONGEST] for line in text.splitlines()]
    drafts.put(tx, KEY, person_id, {"texts": [line for line in lines if line][:MOST]})
