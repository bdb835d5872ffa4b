"""How every process of an installation writes its log: one JSON object a line on standard error."""

from __future__ import annotations

import sys

import structlog


def as_json() -> None:
    """One JSON object a line; a name with a line break cannot forge another. Tracebacks without local values."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
