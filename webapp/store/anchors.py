"""Signed heads of the journal, written every hour to a file outside the database.

They show what the chain alone cannot: that its tail was cut, or that all of it was computed anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from webapp import clock
from webapp.store import journal
from webapp.store.db import Tx
from webapp.store.journal import Break
from webapp.store.tables import Journal
from webapp.store.tables.types import canonical

OVERLAP = timedelta(minutes=10)
"""A transaction may write an entry this long before it commits; such a late entry is caught by the next anchor."""


@dataclass
class Trail:
    """What the anchor files say: the last anchored (seq, hash) of each chain, and whether they are whole."""

    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    at: datetime | None = None
    mac: str = ""
    breaks: list[Break] = field(default_factory=list)


def write(tx: Tx, folder: Path, secret: str) -> int:
    """The heads of all chains that grew since the last anchor stand in the folder, signed; answers how many."""
    trail = read(folder, secret)
    since = trail.at - OVERLAP if trail.at else None
    grown = {key: head for key, head in journal.heads(tx, since=since).items() if trail.heads.get(key) != head}
    line = {"at": clock.now().isoformat(), "heads": grown, "prev": trail.mac}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"journal-{clock.now():%Y%m}.jsonl"
    with path.open("a", encoding="utf-8") as target:
        target.write(json.dumps({**line, "mac": _mac(secret, line)}, ensure_ascii=False) + "\n")
        target.flush()
        os.fsync(target.fileno())
    return len(grown)


def read(folder: Path, secret: str) -> Trail:
    """The anchors written so far; a line that was changed, added or taken out is a break of the trail."""
    trail = Trail()
    for path in sorted(folder.glob("journal-*.jsonl")):
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            _follow(trail, text, secret, f"{path.name}:{number}")
    return trail


def verify(tx: Tx, folder: Path, secret: str) -> list[Break]:
    """Every place where the journal is not what was anchored, and where the anchors are not what was signed."""
    trail = read(folder, secret)
    stored = _stored(tx, trail.heads)
    broken = list(trail.breaks)
    for object_id, (seq, digest) in trail.heads.items():
        found = stored.get((object_id, seq))
        if found is None:
            broken.append(Break(object_id, seq, "比库外锚点短，末尾被截断"))
        elif found != digest:
            broken.append(Break(object_id, seq, "与库外锚点不一致，留痕被整体重算"))
    return broken


def verify_all(tx: Tx, folder: Path, secret: str) -> list[Break]:
    """All breaks: of the chains in themselves, and of the chains against the anchors."""
    return journal.verify(tx) + verify(tx, folder, secret)


def short_hash(digest: str) -> str:
    """The 16 characters that are printed on documents: an anchor on paper."""
    return digest[:16]


def _follow(trail: Trail, text: str, secret: str, place: str) -> None:
    try:
        line: dict[str, Any] = json.loads(text)
        mac = line.pop("mac")
        moment = datetime.fromisoformat(line["at"])
        heads = {key: (int(seq), str(digest)) for key, (seq, digest) in line["heads"].items()}
    except (ValueError, KeyError, TypeError):
        trail.breaks.append(Break(place, 0, "锚点文件无法读取"))
        return
    if not hmac.compare_digest(mac, _mac(secret, line)):
        trail.breaks.append(Break(place, 0, "锚点签名不符"))
        return
    if line["prev"] != trail.mac:
        trail.breaks.append(Break(place, 0, "锚点之间有缺失"))
    trail.heads |= heads
    trail.at, trail.mac = moment, mac


def _mac(secret: str, line: Mapping[str, Any]) -> str:
    return hmac.new(secret.encode(), canonical(dict(line)).encode(), hashlib.sha256).hexdigest()


def _stored(tx: Tx, heads: Mapping[str, tuple[int, str]]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    wanted = sorted(heads)
    for start in range(0, len(wanted), 500):
        query = select(Journal.object_id, Journal.seq, Journal.hash)
        query = query.where(Journal.object_id.in_(wanted[start : start + 500]))
        found |= {(row.object_id, row.seq): row.hash for row in tx.execute(query)}
    return found
