"""The only room that imports SpiffWorkflow: parsing, corrected semantics, expressions, state.

Knows no Flask and no SQLAlchemy.
"""
