"""The report of a simulation for people: lines for a terminal, and one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

SHOWN = 20


def text(result: Mapping[str, Any]) -> str:
    """The report in a few dozen lines."""
    lines = [_headline(result)]
    lines += [
        f"  {process}: " + "，".join(f"{end} {count}" for end, count in found.items())
        for process, found in result["counts"].items()
    ]
    lines.append("  基地：" + "，".join(f"{status} {count}" for status, count in result["bases_now"].items()))
    lines += [f"  未能办理 {name}：{why}" for name, why in result["unable"].items()]
    broken = result["broken"]
    lines += [f"  ✗ {each['day']} {each['case']} {each['invariant']}" for each in broken[:SHOWN]]
    lines.append("每天的不变量均成立。" if not broken else f"不变量不成立 {len(broken)} 处。")
    return "\n".join(lines)


def html(result: Mapping[str, Any]) -> str:
    """The report as one page."""
    broken = [(each["day"], each["case"], each["invariant"]) for each in result["broken"]]
    parts = [
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>模拟报告</title>",
        "<style>body{font-family:sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b2a41}"
        "table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}"
        "td,th{border-bottom:1px solid #d7dee8;padding:.35rem .6rem;text-align:left}"
        "h2{margin-top:2rem}</style>",
        f"<h1>模拟报告</h1><p>{_headline(result)}</p>",
        _table("不成立的不变量", ("日期", "事项", "内容"), broken) if broken else "<p><b>每天的不变量均成立。</b></p>",
        _table(
            "各程序的结果",
            ("程序", "结果", "件数"),
            ((p, end, n) for p, found in result["counts"].items() for end, n in found.items()),
        ),
        _table("基地", ("状态", "个数"), result["bases_now"].items()),
        _table(
            "环节用时（工作日）",
            ("环节", "中位数", "件数"),
            ((name, d["median"], d["n"]) for name, d in result["durations"].items()),
        ),
        _table("未获准发起", ("事项", "次数"), result["refused"].items()),
        _table("未能办理", ("环节", "原因"), result["unable"].items()),
        "</html>",
    ]
    return "\n".join(parts)


def _headline(result: Mapping[str, Any]) -> str:
    done = sum(result["tasks"].values())
    return (
        f"{result['years']} 年，{result['bases']} 个基地，种子 {result['seed']}："
        f"用时 {result['seconds']} 秒，办理 {done} 件待办。"
    )


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f"<th scope=col>{escape(each)}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if body else ""
