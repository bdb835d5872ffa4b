"""The simulated province: a small one in every run; GUOHE_LONG=1 takes six years of 250 bases."""

from __future__ import annotations

import os
from typing import Any

import pytest

from webapp.simulation import page, run

LONG = bool(os.environ.get("GUOHE_LONG"))
YEARS, BASES = (6, 250) if LONG else (1, 24)
TOLD_BY_TIME = ("seconds", "per_year")


def _simulated(years: int, bases: int, seed: int = 7) -> dict[str, Any]:
    with run.installed() as (installation, _):
        found = run.simulate(installation, years=years, bases=bases, seed=seed)
    return {name: value for name, value in found.items() if name not in TOLD_BY_TIME}


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_province_breaks_nothing_and_the_same_seed_tells_the_same() -> None:
    """每天的不变量均成立，每件待办都有人办得了；同一种子结果相同."""
    found = _simulated(YEARS, BASES)
    assert (found["broken"], found["unable"]) == ([], {})
    assert found["counts"]["designation"]["designated"] >= 1
    assert "每天的不变量均成立" in page.text({**found, "seconds": 0})
    assert "<table>" in page.html({**found, "seconds": 0})
    assert _simulated(YEARS, BASES) == found
