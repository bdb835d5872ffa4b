"""The whole province on a virtual clock: the real diagrams, commands and rules, invented people with habits."""
