"""Forms: JSON Schema + uiSchema, read, filled, checked, compared. No Flask, no SQL.

`prefill` opens a form; then a page or command walks: `parse` (or `operate`) → `restrict` → `compute` → `validate` →
`variables`.

Content is plain JSON. An empty field is absent, never "" or null. A decimal is a JSON number of at most 15 digits, so
that `Decimal(str(number))` is exactly what was typed (money: 万元, 2 decimals); dates are ISO text, months `YYYY-MM`;
a file is the id of its row. What is no number or date stays the text that was typed, for `validate` to refuse in words.
"""

from webapp.engine.forms.articles import article
from webapp.engine.forms.checking import (
    Choices,
    file_ids,
    file_places,
    is_unlocked,
    latest_of,
    leads_to_unlocked,
    restrict,
    validate,
)
from webapp.engine.forms.computed import choices, compute, exact, prefill, variables
from webapp.engine.forms.linting import lint
from webapp.engine.forms.messages import location
from webapp.engine.forms.outcomes import Outcome, parse_outcomes
from webapp.engine.forms.posting import operate, parse
from webapp.engine.forms.schema import Form, effective, fields, is_readonly, load, visible
from webapp.engine.forms.showing import Difference, Shown, differences, display, labels, summary

__all__ = [
    "Choices", "Difference", "Form", "Outcome", "Shown", "article", "choices", "compute", "differences", "display",
    "effective", "exact", "fields", "file_ids", "file_places", "is_readonly", "is_unlocked", "labels", "latest_of",
    "leads_to_unlocked", "lint", "load", "location", "operate", "parse", "parse_outcomes", "prefill", "restrict", "summary",
    "validate", "variables", "visible",
]  # fmt: skip
