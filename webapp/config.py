"""All settings of one installation, read once at start.

Security and domain limits are not here: they are parameters with validity dates (settled.md 5).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

from webapp.errors import Misconfigured


@dataclass(frozen=True)
class Settings:
    """One field, one environment variable `GUOHE_<FIELD>`; the README's table is checked against this class."""

    database: str = "sqlite:///var/guohe.db"
    """URL of the database: SQLite file (embedded) or postgresql+psycopg://…"""
    files: Path = Path("var/files")
    """Folder of attachments and produced documents."""
    models: Path = Path(".")
    """Folder that holds bpmn/ and forms/ as shipped."""
    secret: str = ""
    """Key for tokens; empty: made once and kept in var/secret (mode 0600)."""
    anchors: Path = Path("var/anchors")
    """Folder outside the database for the journal's signed anchors."""
    profile: str = "production"
    """production | demo. Only demo has ready-made users and no second factor."""
    hosts: str = "127.0.0.1,localhost"
    """Host names the site answers to, comma separated."""
    proxies: int = 0
    """Number of trusted reverse proxies in front."""
    password_policy: str = "dengbao3"  # noqa: S105 the name of a policy
    """dengbao3 | asvs."""
    fonts: Path = Path("/usr/share/fonts")
    """Fonts for PDF documents."""
    footer: str = "浙江省科学技术厅 主办"
    """Sponsor, ICP and police record lines at the foot of each page."""

    @classmethod
    def from_env(cls) -> Settings:
        """Settings of this process; raises Misconfigured on a value of the wrong kind."""
        found: dict[str, object] = {}
        for field in fields(cls):
            raw = os.environ.get(f"GUOHE_{field.name.upper()}")
            if raw is None:
                continue
            try:
                found[field.name] = type(field.default)(raw)  # type: ignore[misc]  # every field has a default
            except ValueError:
                raise Misconfigured(f"环境变量 GUOHE_{field.name.upper()} 的值“{raw}”无效。") from None
        return cls(**found)  # type: ignore[arg-type]  # kinds were converted above
