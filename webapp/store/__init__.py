"""Tables and queries, one file a noun; the only room that knows SQLAlchemy, and the only place that commits (db.py)."""
