"""Where stories begin: a province at a stage, told once a session and then copied as a whole database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.databases import Kind
from tests.processes.story import Story
from webapp import clock
from webapp.config import Settings
from webapp.engine.catalog import Catalog
from webapp.engine.context import Context
from webapp.installation import Installation

THREE = (
    ("host-jhsf", "joint_rd", "柔性传感", 1),
    ("host-hyxy", "joint_rd", "海洋观测", 2),
    ("host-ywsl", "open_service", "丝路技术转移", 1),
)
"""host, category, topic, rank at its department: two of 省教育厅, one of 金华."""


def opened(story: Story) -> None:
    """The window is open, from 9 March to 10 April 2026; recommendations until 1 May."""
    story.opened_round()


def submitted(story: Story) -> None:
    """One application lies with its recommending department."""
    story.submits()


def recommended(story: Story) -> None:
    """One application lies with the Province for the formal check."""
    story.recommends(story.applications["host-jhsf"])


def accepted(story: Story) -> None:
    """One application lies with its five experts."""
    story.accepts(story.applications["host-jhsf"])


def reviewed(story: Story) -> None:
    """One application is ready; the window is still open."""
    story.reviews(story.applications["host-jhsf"])


def deliberating(story: Story) -> None:
    """Three applications of 88, 84 and 80 points are ready; the window has closed and the deliberation is open."""
    for (host, category, topic, rank), points in zip(THREE, (88, 84, 80), strict=True):
        case_id = story.submits(host, category, topic, rank)
        story.recommends(case_id, rank)
        story.accepts(case_id)
        story.reviews(case_id, *[points] * 5)
    story.today("2026-04-13")


def deciding(story: Story) -> None:
    """The list was deliberated, cosigned and approved by the head; it lies with the leader."""
    story.deliberates()
    story.cosigns()
    story.heads_approve()


def published(story: Story) -> None:
    """All three are approved and the list is public."""
    story.decides()


def registering(story: Story) -> None:
    """The publicity is over; the document is to be registered."""
    story.days_pass(12)


BUILT: Mapping[str, tuple[str, Callable[[Story], None]]] = {
    "opened": ("province", opened),
    "submitted": ("opened", submitted),
    "recommended": ("submitted", recommended),
    "accepted": ("recommended", accepted),
    "reviewed": ("accepted", reviewed),
    "deliberating": ("opened", deliberating),
    "deciding": ("deliberating", deciding),
    "published": ("deciding", published),
    "registering": ("published", registering),
}
"""Stage → the stage before it, and what happens between."""


@dataclass(frozen=True)
class Kept:
    """A stage as it was left: the database to copy, the moment, and what the story knew."""

    template: str
    moment: datetime
    file_id: str
    told: int
    round_id: str
    applications: Mapping[str, str]


class Stages:
    """All stages on one kind of database; each is told when it is first asked for."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        """`folder` holds the attachments of all of them."""
        self._kind, self._folder = kind, folder
        self._kept: dict[str, Kept] = {}
        self._catalog = Catalog()

    def story(self, stage: str) -> Story:
        """A story at the stage, on a database of its own, the clock where it stood."""
        kept = self._keep(stage)
        story = self._over(self._kind.copy(kept.template), kept.file_id, kept.told)
        story.round_id, story.applications = kept.round_id, dict(kept.applications)
        clock.stand_at(kept.moment + timedelta(seconds=1))  # so that new ids sort after the copied ones
        return story

    def end(self, story: Story) -> None:
        """The story's database is gone."""
        story.installation.close()
        self._kind.drop(story.installation.settings.database)

    def _keep(self, stage: str) -> Kept:
        if stage not in self._kept:
            if stage == "province":
                story = self._begin()
            else:
                before, happens = BUILT[stage]
                story = self.story(before)
                happens(story)
            url, told = story.installation.settings.database, next(story._commands)
            self._kept[stage] = Kept(url, clock.now(), story.file_id, told, story.round_id, dict(story.applications))
            story.installation.close()
        return self._kept[stage]

    def _begin(self) -> Story:
        clock.stand_at(datetime(2026, 3, 2, 9, tzinfo=clock.CHINA))
        installation = self._installation(self._kind.migrated())
        installation.upgrade()
        return Story(installation)

    def _over(self, url: str, file_id: str, told: int) -> Story:
        return Story(self._installation(url), file_id, told)

    def _installation(self, url: str) -> Installation:
        installation = Installation(
            Settings(database=url, files=self._folder / "files", anchors=self._folder / "anchors", secret="story"),
            queued=False,
        )
        installation.catalog = self._catalog
        installation.database.engine_context = Context(self._catalog, installation.jobs)
        return installation
