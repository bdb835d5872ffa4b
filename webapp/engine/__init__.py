"""Runs cases: commands, runtime, projection. Knows no Flask and no SQLAlchemy; read commands.py first."""
