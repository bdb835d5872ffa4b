"""What publishing says of a file: every finding, in Chinese, naming the element. One file a family of rules.

`check_files` is the command `guohe check`; `check_text` and `report` serve the studio. Classes and severities: settled.md 13.
"""

from webapp.studio.checker.reporting import as_json, as_text, check_files, check_text, has_errors, report
from webapp.studio.checker.surroundings import ALONE, Surroundings, installed, shipped_with

__all__ = [
    "ALONE",
    "Surroundings",
    "as_json",
    "as_text",
    "check_files",
    "check_text",
    "has_errors",
    "installed",
    "report",
    "shipped_with",
]
