"""The real application, served to a real browser on a loopback port, on a clock that the test moves."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from waitress import wasyncore
from waitress.server import create_server

from tests.databases import Kind
from tests.processes.story import SYSTEM, Story
from webapp import clock
from webapp.app import create_app
from webapp.config import Settings
from webapp.demo.paper import evidence
from webapp.installation import Installation
from webapp.store import documents, inbox, people, submissions
from webapp.store.tables import Person, Task
from webapp.views import passwords

PASSWORD = "Kaihua-2026-Demo"
THREADS = 8


class Site:
    """One province at one address; `story` does at command level what a test does not click through."""

    def __init__(self, folder: Path, kind: Kind, like: Site | None = None, *, file_id: str = "") -> None:
        """A copy of another site, which is closed; or a province before its first round, founded unless `file_id` is given."""
        folder.mkdir(parents=True, exist_ok=True)
        if like is not None:
            shutil.copytree(like.settings.files, folder / "files")
        self.folder, self.kind = folder, kind
        self.settings = Settings(
            database=kind.copy(like.settings.database) if like else kind.migrated(), files=folder / "files",
            anchors=folder / "anchors", secret="browser-tests-" + "x" * 40, profile="demo",
        )  # fmt: skip
        self.installation = Installation(self.settings, queued=False)
        if like is None:
            self.installation.upgrade()
        self.story = Story(self.installation, like.story.file_id if like else file_id)
        self.pdf = folder / "佐证材料.pdf"
        self.pdf.write_bytes(evidence(self.settings.fonts))
        self._now: datetime | None = None
        self._server: Any = None
        self._thread = threading.Thread()
        self._leaving = threading.Event()
        self.app: Any = None
        self.url = ""

    # ---- the server ----

    def start(self) -> None:
        """The pages are served; every request sees the clock where the test put it."""
        self.app = create_app(self.settings, installation=self.installation)
        self._server = create_server(
            self._on_our_clock(self.app), host="127.0.0.1", port=0, threads=THREADS, connection_limit=500, ident=""
        )
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._leaving.is_set():
            wasyncore.loop(timeout=0.2, use_poll=True, map=self._server._map, count=1)

    def stop(self) -> None:
        """Nobody is served any more and the database is gone."""
        if self._server is not None:
            self._leaving.set()
            self._server.pull_trigger()
            self._thread.join(timeout=10)
            self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=10)
            self._server.close()
        self.installation.close()
        self.kind.drop(self.settings.database)

    def _on_our_clock(self, app: Callable[..., Any]) -> Callable[..., Any]:
        """Threads have contexts of their own: each request is told the time before it runs."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            clock.stand_at(self._now)
            return app(environ, start_response)

        return answer

    # ---- time and work ----

    def today(self, day: str, at: str = "09:00") -> None:
        """The clock stands there, for the story and for the pages; what fell due has fired."""
        self.story.today(day, at)
        self._now = clock.now()

    def stand(self, moment: datetime) -> None:
        """The clock stands there and nothing fires."""
        clock.stand_at(moment)
        self._now = moment

    def works(self) -> None:
        """The worker has done what the last click left to it, documents included."""
        self.story.works()
        with self.installation.database.reading(SYSTEM) as tx:
            waiting = [row.id for row in documents.rendering(tx, clock.now())]
        for document_id in waiting:
            self.installation.runners["render"](document_id)

    # ---- cases ----

    def cases_at(self, element: str) -> list[str]:
        """Ids of the cases in which such a task is open, the oldest first."""
        with self.installation.database.reading(SYSTEM) as tx:
            wanted = select(Task.case_id).where(Task.element == element, Task.status == "open")
            return [str(row) for row in tx.scalars(wanted.order_by(Task.id))]

    def case_of_task(self, task_id: str) -> str:
        with self.installation.database.reading(SYSTEM) as tx:
            return str(inbox.get(tx, task_id).case_id)

    def submissions_of(self, case_id: str, element: str) -> int:
        """How often the step was handed in."""
        with self.installation.database.reading(SYSTEM) as tx:
            return sum(1 for row in submissions.of_case(tx, case_id) if row.element == element)

    # ---- people ----

    def welcome(self, logins: Iterable[str] | None = None) -> None:
        """These people, or everybody, log in with the test's password."""
        with self.installation.database.writing(SYSTEM) as tx:
            for login in logins if logins is not None else self._logins():
                person = people.by_login(tx, login)
                assert person is not None, login
                people.put(tx, person, password_hash=_hash(), password_at=clock.now(), must_change=False)

    def login_of(self, person_id: str) -> str:
        with self.installation.database.reading(SYSTEM) as tx:
            return str(people.person(tx, person_id).login)

    def _logins(self) -> list[str]:
        with self.installation.database.reading(SYSTEM) as tx:
            return [str(login) for login in tx.scalars(select(Person.login))]


_made: list[str] = []


def _hash() -> str:
    """Argon2 is slow on purpose: once is enough."""
    if not _made:
        _made.append(passwords.hashed(PASSWORD))
    return _made[0]
