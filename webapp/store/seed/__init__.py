"""The reference data that ships with this code, and how an installation gets it."""

from webapp.store.seed.loading import ROLES, load

__all__ = ["ROLES", "load"]
