"""The demonstration province: invented people, bases, and one round with applications at every step."""

from webapp.demo.load import forget, is_loaded, load, people_table

__all__ = ["forget", "is_loaded", "load", "people_table"]
