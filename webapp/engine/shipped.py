"""The files that ship in bpmn/ and forms/ as a release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from webapp import clock
from webapp.errors import Misconfigured
from webapp.store import releases
from webapp.store.db import Tx
from webapp.store.tables import Release

NOTE = "随附版本"
SINCE_EVER = date(2000, 1, 1)


def files(root: Path) -> dict[str, str]:
    """Name → text of every shipped model: `designation.bpmn`, `ban.dmn`, `forms/shared/application.ui.json`."""
    found = [*root.glob("bpmn/*.bpmn"), *root.glob("bpmn/*.dmn")]
    models = {path.name: path.read_text(encoding="utf-8") for path in sorted(found)}
    for path in sorted(root.glob("forms/**/*.json")):
        models[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    if not models:
        raise Misconfigured(f"在 {root} 下没有找到 bpmn/ 与 forms/，请检查 GUOHE_MODELS。")
    return models


def release(tx: Tx, root: Path, *, made_by: str) -> None:
    """The shipped files are in force from today; files that analysts have changed since keep the analysts' version.

    Nothing happens when these very files were shipped before. The first release is in force since ever.
    """
    texts = files(root)
    note = f"{NOTE} {_digest(texts)}"
    known = sorted(releases.listed(tx, limit=10_000), key=lambda row: row.made_at)
    if any(row.note == note for row in known):
        return
    for name in _changed_by_analysts(known):
        digest = known[-1].manifest.get(name)
        if digest is not None:
            texts[name] = releases.artefact(tx, digest).content
    releases.add(tx, texts, effective_from=clock.today() if known else SINCE_EVER, note=note, made_by=made_by)


def _changed_by_analysts(known: Sequence[Release]) -> set[str]:
    names = set()
    for before, after in pairwise(known):
        if not after.note.startswith(NOTE):
            names |= {name for name, digest in after.manifest.items() if before.manifest.get(name) != digest}
    return names


def _digest(texts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:12]
