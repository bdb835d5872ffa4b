"""For machines: is the process alive, may it get requests, how is it doing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from webapp import assets
from webapp.errors import Misconfigured
from webapp.store import pages_health
from webapp.store.principal import Principal
from webapp.views import desk, policies

bp = Blueprint("health", __name__)


@bp.get("/healthz", policy=policies.PUBLIC)
def alive() -> Any:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz", policy=policies.PUBLIC)
def ready() -> Any:
    """Database reachable and of this version, pages built; 503 otherwise, naming the part."""
    try:
        if not desk.desk().database.is_current():
            return _not_ready("数据库版本不符，请运行：guohe upgrade")
        assets.manifest()
    except Misconfigured as error:
        return _not_ready(error.message)
    except Exception:  # whatever keeps the database from answering
        return _not_ready("数据库无法连接")
    return Response("ready\n", mimetype="text/plain")


@bp.get("/metrics", policy=policies.METRICS_READ)
def metrics() -> Any:
    """Counts in Prometheus text: open and overdue tasks, cases by status, waiting timers."""
    registry = CollectorRegistry()
    with desk.desk().database.reading(Principal.system_("worker")) as tx:
        for name, (text, value) in pages_health.gauges(tx).items():
            Gauge(f"guohe_{name}", text, registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _not_ready(text: str) -> Response:
    return Response(text + "\n", 503, mimetype="text/plain")
