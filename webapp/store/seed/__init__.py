"""The reference data that ships, as files and the readers of them; `webapp.store.seeding` loads it."""
