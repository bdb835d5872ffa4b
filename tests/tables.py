"""The decision tables that ship, asked through the product's own reader."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from webapp.spiff import decisions

FOLDER = Path(__file__).parent.parent / "bpmn"


def decide(table: str, **inputs: Any) -> Any:
    """What `Case.decide` answers."""
    return load(table).decide(inputs)


@cache
def load(table: str) -> decisions.Decision:
    """The table bpmn/<table>.dmn."""
    return decisions.parse((FOLDER / f"{table}.dmn").read_bytes())
