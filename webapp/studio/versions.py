"""What was in force when: the versions of each file over the releases, who made and approved them, which cases run on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from webapp import clock
from webapp.errors import Missing
from webapp.store import models, people, releases
from webapp.store.db import Tx
from webapp.store.tables import Release

MOST = 500
"""Releases that are looked through."""


@dataclass(frozen=True)
class Version:
    """A file as one or several releases in a row have it. `number` counts from 1; `running`: cases under way on it."""

    number: int
    name: str
    hash: str
    release_id: str
    effective_from: date
    made_by: str
    approved_by: str
    made_at: datetime
    note: str
    running: int
    is_current: bool
    is_future: bool


def in_order(tx: Tx) -> list[Release]:
    """All releases as they come into force, the earliest first."""
    return sorted(releases.listed(tx, limit=MOST), key=lambda row: (row.effective_from, row.made_at, row.id))


def of_file(tx: Tx, name: str) -> list[Version]:
    """The versions of the file, the newest first; raises Missing when no release ever had it."""
    rows = [row for row in in_order(tx) if name in row.manifest]
    if not rows:
        raise Missing("没有这个文件的已发布版本。")
    current = releases.current(tx, clock.today()).id
    running = models.running(tx)
    names = people.names(tx, {one for row in rows for one in _ids(row)})
    process = name.removesuffix(".bpmn")
    versions: list[Version] = []
    for group in _runs(rows, name):
        first = group[0]
        versions.append(
            Version(
                number=len(versions) + 1,
                name=name,
                hash=first.manifest[name],
                release_id=first.id,
                effective_from=first.effective_from,
                made_by=shown(first.made_by, names),
                approved_by=shown(first.approved_by, names),
                made_at=first.made_at,
                note=first.note,
                running=sum(running.get((process, row.id), 0) for row in group),
                is_current=any(row.id == current for row in group),
                is_future=first.effective_from > clock.today(),
            )
        )
    return versions[::-1]


def _runs(rows: Sequence[Release], name: str) -> list[list[Release]]:
    """Releases in a row that have the same text."""
    groups = [[rows[0]]] if rows else []
    for before, after in pairwise(rows):
        if before.manifest[name] == after.manifest[name]:
            groups[-1].append(after)
        else:
            groups.append([after])
    return groups


def _ids(row: Release) -> list[str]:
    return [*row.made_by.split(","), row.approved_by]


def shown(ids: str, names: Mapping[str, str]) -> str:
    """Names of people, joined; the system by its Chinese name."""
    known = [names.get(one, "系统" if one.startswith("system") else one) for one in ids.split(",") if one]
    return "、".join(known)
