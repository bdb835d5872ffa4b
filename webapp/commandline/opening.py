"""Opening the installation that this process's environment describes."""

from __future__ import annotations

from webapp.config import Settings
from webapp.installation import Installation


def opened() -> Installation:
    """The installation as it stands."""
    return Installation(Settings.from_env())


def prepared(settings: Settings) -> Installation:
    """An installation whose tables, seeds, shipped models and job tables are those of this code."""
    installation = Installation(settings)
    installation.upgrade()
    return installation
