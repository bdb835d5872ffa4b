"""create_app: the only place that knows every part of the web side and puts them together."""

from __future__ import annotations

from datetime import timedelta

from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import assets, logs
from webapp.config import Settings
from webapp.installation import Installation
from webapp.views import (
    account,
    applications,
    articles,
    auth,
    bases,
    batches,
    case,
    desk,
    documents,
    followups,
    frame,
    health,
    help,
    imports,
    inbox,
    notices,
    operations,
    organisations,
    papers,
    people,
    policies,
    proceedings,
    reference,
    requests,
    rounds,
    sessions,
    start,
    static_files,
    studio,
    task,
    uploads,
    verify,
    watch,
)
from webapp.views import (
    settings as settings_pages,
)
from webapp.views.desk import Desk

MEGA = 1024 * 1024
PAGES = (
    account, applications, articles, auth, bases, batches, case, documents, followups, health, help, imports, inbox, notices, operations,
    organisations, papers, people, proceedings, reference, requests, rounds, settings_pages, start, studio, task, uploads, verify, watch,
)  # fmt: skip


def create_app(settings: Settings | None = None, *, installation: Installation | None = None) -> Desk:
    """The web application of an installation; raises Misconfigured when it cannot work, e.g. without built assets."""
    opened = installation or Installation(settings or Settings.from_env())
    assets.manifest()
    logs.as_json()
    app = Desk(opened.settings, opened.database)
    _configure(app)
    app.session_interface = sessions.DeskSessions(opened.database, opened.settings.secret)
    app.add_url_rule("/static/<path:filename>", "static", static_files.send, policy=policies.PUBLIC, while_locked=True)
    auth.install(app)
    desk.install(app)
    CSRFProtect(app)
    frame.install(app)
    for page in PAGES:
        app.register_blueprint(page.bp)
    return app


def _configure(app: Desk) -> None:
    chosen = app.settings
    app.secret_key = chosen.secret
    app.config.update(
        TRUSTED_HOSTS=[host.strip() for host in chosen.hosts.split(",") if host.strip()],
        MAX_CONTENT_LENGTH=120 * MEGA,
        MAX_FORM_MEMORY_SIZE=8 * MEGA,
        MAX_FORM_PARTS=6_000,
        WTF_CSRF_TIME_LIMIT=None,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
        PROPAGATE_EXCEPTIONS=False,
        SEND_FILE_MAX_AGE_DEFAULT=0,
    )
    app.jinja_options = {**app.jinja_options, "autoescape": True}
    if chosen.proxies:
        hops = chosen.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
