"""The reference data that ships, read from the files beside this module; every row may be edited after the first load.

Sources: domain.md 4.3 (indicators), 5.1-5.3 (cities, departments, code lists), 8 (parameters).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

Row = Mapping[str, Any]

_FLAGS = ("belt_and_road", "rcep", "g20")


def codes() -> Iterator[Row]:
    """Every code of every list: kind code label attributes position, in the order people see."""
    lists = {**_json("codes.json"), "country_region": _countries()}
    for kind, entries in lists.items():
        for position, entry in enumerate(entries):
            yield {"kind": kind, "position": position, "attributes": {}, **entry}


def parameters() -> list[Row]:
    """key value label article unit current, of section 8 and every soft rule's severity."""
    return list(_json("parameters.json"))


def indicators() -> Iterator[Row]:
    """Every indicator of every set: set_code code parent name maximum kind formula article position; 100 a set."""
    for set_code, entry in _json("indicators.json").items():
        for position, row in enumerate(entry["indicators"]):
            plain = {key: value for key, value in row.items() if key != "max"}
            yield {"set_code": set_code, "maximum": row["max"], "position": position, **plain}


def recommenders() -> list[Row]:
    """The eleven city bureaus in the order of their codes, then the competent departments: id name kind city."""
    return list(_json("recommenders.json"))


def _countries() -> list[Row]:
    # 第二十五条：中国香港、中国澳门、中国台湾以此名称列出，栏目名为“国家（地区）”。
    with _file("countries.csv").open(encoding="utf-8") as lines:
        return [
            {
                "code": row["code"],
                "label": row["label"],
                "attributes": {"continent": row["continent"], **{flag: row[flag] == "1" for flag in _FLAGS}},
            }
            for row in csv.DictReader(lines)
        ]


def _json(name: str) -> Any:
    return json.loads(_file(name).read_text(encoding="utf-8"))


def _file(name: str) -> Any:
    return resources.files(__package__ or "").joinpath(name)
