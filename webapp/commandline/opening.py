"""Opening the installation that this process's environment describes."""

from __future__ import annotations

from webapp.config import Settings
from webapp.errors import Misconfigured
from webapp.installation import Installation


def opened() -> Installation:
    """The installation as it stands; raises Misconfigured when its database is not the one this code needs."""
    installation = Installation(Settings.from_env())
    if not installation.database.is_current():
        installation.close()
        raise Misconfigured("数据库尚未建立或不是最新，请先运行：guohe upgrade")
    return installation


def prepared(settings: Settings) -> Installation:
    """An installation whose tables, seeds, shipped models and job tables are those of this code."""
    installation = Installation(settings)
    installation.upgrade()
    return installation
