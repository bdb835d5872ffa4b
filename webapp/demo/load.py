"""Loads the demonstration province into an installation, and tells who may log in with which one-time password."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from webapp import clock
from webapp.config import Settings
from webapp.demo import population
from webapp.demo.paper import evidence
from webapp.demo.rounds import Plan, Rounds
from webapp.demo.walk import SYSTEM, Walk
from webapp.errors import Misconfigured
from webapp.installation import Installation
from webapp.store import documents, files, people, rounds
from webapp.store.db import Database
from webapp.views import passwords

YEARS = 2
"""Rounds of the demonstration: last year's and this year's."""

HASHING = 4
"""Hashing a password is slow on purpose; so many at a time, or the start would wait for one after another."""

ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No letters or digits that look alike."""

SHOWN = [
    ("p-officer", "省科技厅经办"),
    ("p-head", "处室负责人"),
    ("p-leader", "厅领导"),
    ("p-province-jd", "协同处室"),
    ("p-city-330600", "组织推荐部门（绍兴市）"),
    ("p-city-330600-head", "组织推荐部门负责人（绍兴市）"),
    ("p-dept-jyt", "组织推荐部门（省教育厅）"),
    ("p-dept-jyt-head", "组织推荐部门负责人（省教育厅）"),
    ("p-host-jhsf", "依托单位（鉴湖师范大学）"),
    ("p-host-jhsf-admin", "依托单位管理员（鉴湖师范大学）"),
    ("p-host-jhfx", "依托单位（镜湖纺织新材料）"),
    ("p-host-jhfx-admin", "依托单位管理员（镜湖纺织新材料）"),
    ("expert-01", "评审专家"),
    ("expert-02", "评审专家"),
    ("p-analyst", "流程分析师"),
    ("p-analyst2", "流程分析师（复核）"),
    ("p-sysadmin", "系统管理员"),
    ("p-secadmin", "安全管理员"),
    ("p-auditadmin", "审计管理员"),
]
"""Who is listed when the demonstration starts: at least one person of every role."""

LAST_YEAR = [
    Plan("yzsw", "joint_rd", "end", "生物制药工艺"),
    Plan("hyxy", "joint_rd", "end", "海洋牧场"),
    Plan("txsw", "joint_rd", "end", "抗体药物"),
    Plan("ccyl", "joint_rd", "end", "微创器械"),
    Plan("ywsl", "open_service", "end", "丝路创新"),
    Plan("baien", "joint_rd", "end", "工业自动化"),
]

THIS_YEAR = [
    Plan("jhsf", "joint_rd", "fill", "脑机接口"),
    Plan("qtwx", "joint_rd", "formal_check", "先进芯片"),
    Plan("ygzn", "joint_rd", "score", "智能制造装备"),
    Plan("jhfx", "joint_rd", "recommender_review", "纤维新材"),
    Plan("xxlg", "open_service", "recommender_review", "校地协同创新"),
    Plan("yjdx", "open_service", "host_approve", "港航技术转移"),
    Plan("oyda", "open_service", "half_scored", "医学技术转移"),
    Plan("gzyj", "open_service", "summarise", "光电技术转移"),
    Plan("ohdq", "joint_rd", "end", "低压智能电器"),
    Plan("jhgf", "joint_rd", "recommender_review", "钙钛矿组件"),
    Plan("wzqp", "joint_rd", "recommend", "轻量化底盘"),
    Plan("kcfc", "joint_rd", "formal_check", "含氟特气"),
    Plan("dhcb", "special_dev", "half_scored", "船用清洁动力"),
    Plan("nhkj", "open_service", "end", "中欧离岸孵化"),
    Plan("tzwy", "open_service", "recommender_review", "跨境医药服务"),
    Plan("bjkc", "open_service", "end", "国际人才创新"),
]


def load(installation: Installation, now: datetime | None = None) -> None:
    """The province stands as of `now`: last year's round is designated, this year's is half-way."""
    now = now or clock.now()
    walk = Walk(installation)
    with installation.database.writing(SYSTEM) as tx:
        population.populate(tx)
        stored = files.Folder(installation.settings.files).put(
            BytesIO(evidence(installation.settings.fonts)), limit=1 << 22
        )
        file_id = files.add(
            tx, stored, name="佐证材料（样例）.pdf", by="p-officer", type="application/pdf", status="clean"
        )
    today = clock.local(now).date()
    made = Rounds(walk, file_id)
    try:
        made.finished(today.replace(year=today.year - 1) - timedelta(days=150), LAST_YEAR)
        made.running(today - timedelta(days=29), THIS_YEAR, now)
    finally:
        clock.stand_at(None)
    _render_all(installation)


def is_loaded(installation: Installation) -> bool:
    """Whether the demonstration is there; raises Misconfigured when loading it was once cut off half-way."""
    with installation.database.reading(SYSTEM) as tx:
        if people.by_login(tx, "shengting") is None:
            return False
        if len(rounds.list(tx)) < YEARS:
            raise Misconfigured("演示数据上次没有载入完，请运行 make demo 重新载入。")
    return True


def forget(settings: Settings) -> None:
    """The demonstration's database is gone; raises Misconfigured for anything but a SQLite file."""
    url = Database(settings.database).url
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Misconfigured("只能清除内置 SQLite 的演示数据。")
    for suffix in ("", "-wal", "-shm"):
        Path(url.database + suffix).unlink(missing_ok=True)


def people_table(installation: Installation) -> str:
    """A line for each listed person with a password made just now; earlier ones no longer work."""
    if installation.settings.profile != "demo":
        raise Misconfigured("只有演示配置才提供现成的用户。")
    lines = ["演示用户（一次性口令，每次启动重新生成）：", f"  {'登录名':<22}{'口令':<14}姓名与岗位"]
    chosen = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in SHOWN]
    with ThreadPoolExecutor(HASHING) as pool:
        hashes = list(pool.map(passwords.hashed, chosen))
    with installation.database.writing(SYSTEM) as tx:
        for (person_id, role), password, stored in zip(SHOWN, chosen, hashes, strict=True):
            person = people.person(tx, person_id)
            people.put(tx, person, password_hash=stored, password_at=clock.now(), must_change=False)
            lines.append(f"  {person.login:<22}{password:<14}{person.name}　{role}")
    return "\n".join(lines)


def _render_all(installation: Installation) -> None:
    with installation.database.reading(SYSTEM) as tx:
        waiting = [row.id for row in documents.rendering(tx, clock.now() + timedelta(days=1))]
    for document_id in waiting:
        installation.runners["render"](document_id)
