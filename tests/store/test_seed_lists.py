"""The reference data that ships is complete, consistent and named as the regulation wants it."""

from __future__ import annotations

from collections import defaultdict

import pytest

from webapp.store.seed import lists

CODES = defaultdict(dict)
for row in lists.codes():
    CODES[row["kind"]][row["code"]] = row


@pytest.mark.article("25")
def test_hong_kong_macau_and_taiwan_are_named_as_regions_of_china():
    """第二十五条：中国香港、中国澳门、中国台湾。"""
    labels = {code: CODES["country_region"][code]["label"] for code in ("HKG", "MAC", "TWN")}
    assert labels == {"HKG": "中国香港", "MAC": "中国澳门", "TWN": "中国台湾"}
    assert list(CODES["country_region"])[:4] == ["CHN", "HKG", "MAC", "TWN"]


def test_countries_have_unique_three_letter_codes_and_flags():
    """Alpha-3 codes; RCEP has fifteen members, the G20 nineteen countries."""
    rows = CODES["country_region"].values()
    assert all(len(row["code"]) == 3 and row["code"].isupper() for row in rows)
    assert len({row["label"] for row in rows}) == len(rows)
    flags = {flag: {r["code"] for r in rows if r["attributes"][flag]} for flag in ("rcep", "g20", "belt_and_road")}
    assert (len(flags["rcep"]), len(flags["g20"])) == (15, 19)
    assert "ITA" not in flags["belt_and_road"]


def test_cities_come_in_the_order_of_their_codes():
    """Not by pinyin, not by stroke."""
    assert list(CODES["city"]) == [f"33{n:02d}00" for n in range(1, 12)]
    assert next(row["label"] for row in CODES["city"].values()) == "杭州市"
    assert [row["position"] for row in CODES["city"].values()] == list(range(11))


def test_every_code_list_has_unique_codes_and_labels():
    """A list people choose from cannot show two equal entries."""
    rows = list(lists.codes())
    assert len({(row["kind"], row["code"]) for row in rows}) == len(rows)
    assert len({(row["kind"], row["label"]) for row in rows}) == len(rows)


def test_recommenders_are_eleven_bureaus_and_the_departments():
    """第十三条：各设区市科技主管部门及归口管理部门。"""
    rows = lists.recommenders()
    bureaus = [row for row in rows if row["kind"] == "city_bureau"]
    assert [row["city"] for row in bureaus] == list(CODES["city"])
    assert all(row["name"].endswith("科学技术局") for row in bureaus)
    assert {row["kind"] for row in rows} == {"city_bureau", "competent_dept"}
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.article("11(3)")
def test_every_indicator_set_adds_up_to_a_hundred():
    """Six sets: three categories, application review and performance evaluation."""
    totals, parts = defaultdict(int), defaultdict(int)
    points = {}
    for row in lists.indicators():
        points[row["set_code"], row["code"]] = row["maximum"]
        if row["parent"]:
            parts[row["set_code"], row["parent"]] += row["maximum"]
        else:
            totals[row["set_code"]] += row["maximum"]
    assert len(totals) == 6
    assert set(totals.values()) == {100}
    assert parts == {of: points[of] for of in parts}
    assert {row["kind"] for row in lists.indicators()} == {"quant", "qual"}


def test_parameters_have_labels_and_known_severities():
    """Every soft rule's severity is one of the statuses; keys are unique."""
    rows = lists.parameters()
    assert len({row["key"] for row in rows}) == len(rows)
    assert all(row["label"] and {"key", "value", "label", "article", "unit", "current"} == row.keys() for row in rows)
    assert {row["value"] for row in rows if row["key"].endswith(".status")} == {"explain"}
    assert {row["key"] for row in rows if row["current"]} >= {"annual_report.due", "annual_report.roll", "ban.scope"}
