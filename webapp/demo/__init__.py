"""The demonstration province: invented people, bases, and one round with applications at every step."""
