"""What analysts drew, as a case sees it: the diagrams, forms and tables of its release, the roles, the handlers.

A release never changes, so everything read through one is kept for the life of the process. Names are resolved here
and nowhere else; an unknown name is `Misconfigured` when a release is checked, never a surprise in mid-case.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import handlers
from handlers.vocabulary import Outcome
from webapp.engine import forms
from webapp.errors import Misconfigured
from webapp.spiff import decisions, workflow
from webapp.store import releases, roles
from webapp.store.db import Tx
from webapp.store.tables import Role

Handler = Callable[..., Outcome]


class Catalog:
    """All releases of one installation, read on demand."""

    def __init__(self) -> None:
        self._manifests: dict[str, Mapping[str, str]] = {}
        self._definitions: dict[tuple[str, str], workflow.Definition] = {}
        self._forms: dict[tuple[str, str], forms.Form] = {}
        self._tables: dict[str, decisions.Decision] = {}

    def definition(self, tx: Tx, release_id: str, process: str) -> workflow.Definition:
        """The process and all that it calls, as the release has them."""
        key = release_id, process
        if key not in self._definitions:
            files = {name: self._content(tx, release_id, name).encode() for name in self._models(tx, release_id)}
            if f"{process}.bpmn" not in files:
                raise Misconfigured(f"该版本中没有流程“{process}”。")
            self._definitions[key] = workflow.parse(files, process)
        return self._definitions[key]

    def form(self, tx: Tx, release_id: str, name: str) -> forms.Form:
        """The form `designation/formal_check` or `shared/application` of the release."""
        key = release_id, name
        if key not in self._forms:
            manifest = self.manifest(tx, release_id)
            if f"forms/{name}.schema.json" not in manifest:
                raise Misconfigured(f"该版本中没有表单“{name}”。")
            schema = self._content(tx, release_id, f"forms/{name}.schema.json")
            ui = self._content(tx, release_id, f"forms/{name}.ui.json") if f"forms/{name}.ui.json" in manifest else "{}"
            self._forms[key] = forms.load(schema, ui, name=name)
        return self._forms[key]

    def has_form(self, tx: Tx, release_id: str, name: str) -> bool:
        return f"forms/{name}.schema.json" in self.manifest(tx, release_id)

    def decide(self, tx: Tx, release_id: str, table: str, inputs: Mapping[str, Any]) -> Any:
        """What the decision table of the release answers."""
        digest = self.manifest(tx, release_id).get(f"{table}.dmn")
        if digest is None:
            raise Misconfigured(f"该版本中没有判定表“{table}”。")
        if digest not in self._tables:
            self._tables[digest] = decisions.parse(self._content(tx, release_id, f"{table}.dmn").encode())
        return self._tables[digest].decide(inputs)

    def role_of_lane(self, tx: Tx, lane: str) -> Role:
        """The role whose Chinese name the lane carries; raises Misconfigured."""
        found = roles.named(tx, lane)
        if found is None:
            raise Misconfigured(f"泳道“{lane}”没有对应的角色，请先在角色表中登记。")
        return found

    def manifest(self, tx: Tx, release_id: str) -> Mapping[str, str]:
        """Names of the release's files with their content hashes."""
        if release_id not in self._manifests:
            self._manifests[release_id] = releases.get(tx, release_id).manifest
        return self._manifests[release_id]

    def processes(self, tx: Tx, release_id: str) -> Sequence[str]:
        return sorted(name[:-5] for name in self.manifest(tx, release_id) if name.endswith(".bpmn"))

    def _models(self, tx: Tx, release_id: str) -> list[str]:
        return [name for name in self.manifest(tx, release_id) if name.endswith((".bpmn", ".dmn"))]

    def _content(self, tx: Tx, release_id: str, name: str) -> str:
        return releases.artefact(tx, self.manifest(tx, release_id)[name]).content


def handler(name: str) -> Handler:
    """`designation.accept` is the function `accept` in handlers/designation.py; raises Misconfigured."""
    module, _, function = name.rpartition(".")
    try:
        found = getattr(import_module(f"handlers.{module}"), function)
    except (ImportError, AttributeError, ValueError):
        raise Misconfigured(f"处理器“{name}”不存在。") from None
    if not callable(found) or function.startswith("_"):
        raise Misconfigured(f"处理器“{name}”不存在。")
    return found  # type: ignore[no-any-return]


@dataclass(frozen=True)
class HandlerCard:
    """A handler as the studio lists it: its docstring begins with a line for analysts, in Chinese."""

    name: str
    doc: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """What it does, for analysts."""
        return self.doc.partition("\n")[0].strip()

    @property
    def detail(self) -> str:
        """What it promises exactly, for programmers."""
        return self.doc.partition("\n")[2].strip()


def handler_cards() -> list[HandlerCard]:
    """Every handler that a service task may name: public functions that take a Case and return an Outcome."""
    cards = []
    for found in pkgutil.iter_modules(handlers.__path__):
        module = import_module(f"handlers.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            signature = inspect.signature(function)
            if (
                function.__module__ != module.__name__
                or name.startswith("_")
                or signature.return_annotation != "Outcome"
            ):
                continue
            parameters = [
                (p.name, str(p.annotation))
                for p in list(signature.parameters.values())[1:]
                if p.kind is not p.VAR_KEYWORD
            ]
            cards.append(HandlerCard(f"{found.name}.{name}", inspect.getdoc(function) or "", tuple(parameters)))
    return cards
