"""Reads the manuals under docs/ into plain blocks that a template draws.

Knows the part of Markdown that they use: headings, paragraphs, lists of two levels, tables, code. Nothing of it is HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

HEADING = re.compile(r"(#{1,4}) +(.+)")
ITEM = re.compile(r"( *)(-|\d+\.) +(.+)")
_RULE = re.compile(r"\|?[\s:|-]+\|?")
_CELL = re.compile(r"(?<!\\)\|")
_SPAN = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>.+?)\*\*|\[(?P<link>[^\]]*)\]\((?P<href>[^)]*)\)")
FENCE = "```"


@dataclass(frozen=True)
class Span:
    """A stretch of text. kind: text, code, strong, link."""

    kind: str
    text: str
    href: str = ""


@dataclass(frozen=True)
class Item:
    """A point of a list, with the list below it."""

    spans: Sequence[Span]
    inner: Block | None = None


@dataclass(frozen=True)
class Block:
    """kind: h1 to h4, p, ul, ol, table (its first row is the heading), code."""

    kind: str
    spans: Sequence[Span] = ()
    items: Sequence[Item] = ()
    rows: Sequence[Sequence[Sequence[Span]]] = ()
    text: str = ""


def read(source: str) -> list[Block]:
    """The manual's blocks, in order."""
    return list(_blocks(source.splitlines()))


def spans(text: str) -> list[Span]:
    """The text with its code, its emphasis and its links told apart."""
    found, at = list[Span](), 0
    for match in _SPAN.finditer(text):
        if match.start() > at:
            found.append(Span("text", _plain(text[at : match.start()])))
        kind = match.lastgroup if match.lastgroup != "href" else "link"
        found.append(Span(str(kind), _plain(match[str(kind)]), match["href"] or ""))
        at = match.end()
    return [*found, Span("text", _plain(text[at:]))] if at < len(text) else found


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif heading := HEADING.fullmatch(line):
            yield Block(f"h{len(heading[1])}", spans(heading[2]))
            at += 1
        elif line.startswith(FENCE):
            end = _until(lines, at + 1, lambda each: each.startswith(FENCE))
            yield Block("code", text="\n".join(lines[at + 1 : end]))
            at = end + 1
        elif line.startswith("|"):
            end = _until(lines, at, lambda each: not each.startswith("|"))
            yield Block("table", rows=[_cells(each) for each in lines[at:end] if not _RULE.fullmatch(each)])
            at = end
        elif ITEM.match(line):
            end = _until(lines, at, lambda each: not (ITEM.match(each) or each.startswith("  ")))
            yield _list(lines[at:end])
            at = end
        else:
            end = _until(lines, at, _starts_something)
            yield Block("p", spans(_joined(lines[at:end])))
            at = end


def _until(lines: Sequence[str], at: int, ends: Callable[[str], object]) -> int:
    return next((place for place in range(at, len(lines)) if ends(lines[place])), len(lines))


def _starts_something(line: str) -> bool:
    return not line.strip() or line.startswith(("|", FENCE)) or bool(HEADING.fullmatch(line) or ITEM.match(line))


def _list(lines: Sequence[str]) -> Block:
    """A list whose deeper points belong to the point above them; a deeper line without a mark goes on with its text."""
    first = ITEM.match(lines[0])
    assert first is not None
    groups: list[list[str]] = []
    for line in lines:
        mark = ITEM.match(line)
        if mark and len(mark[1]) <= len(first[1]):
            groups.append([mark[3]])
        else:
            groups[-1].append(line)
    return Block("ul" if first[2] == "-" else "ol", items=[_item(group) for group in groups])


def _item(lines: Sequence[str]) -> Item:
    inner = _until(lines, 1, ITEM.match)
    return Item(spans(_joined(lines[:inner])), _list(lines[inner:]) if inner < len(lines) else None)


def _cells(line: str) -> list[list[Span]]:
    return [spans(cell.strip()) for cell in _CELL.split(line.strip().strip("|"))]


def _joined(lines: Sequence[str]) -> str:
    """Lines of one paragraph: Chinese goes on without a space, Latin words keep theirs."""
    text = ""
    for line in map(str.strip, lines):
        needs_space = bool(text) and text[-1].isascii() and line[:1].isascii() and text[-1] not in "（“"
        text += f" {line}" if needs_space else line
    return text


def _plain(text: str) -> str:
    return text.replace("\\|", "|")
