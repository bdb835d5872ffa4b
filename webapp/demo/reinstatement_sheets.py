"""What people hand in at each step of a reinstatement: contents right by the shipped forms, for demonstration and stories."""

from __future__ import annotations

from datetime import date
from typing import Any


def application(today: date, file_id: str, instrument: str = "review", **changes: Any) -> dict[str, Any]:
    return {
        "instrument": instrument,
        "authority": "浙江省人民政府",
        "instrument_no": "浙政复〔2027〕15号",
        "instrument_on": today.isoformat(),
        "valid_on": today.isoformat(),
        "conclusion": "annulled",
        "file": file_id,
        "facts": "行政复议决定认定原决定事实不清，撤销取消资格的决定，应当恢复资格。",
        "host_ready": True,
        **changes,
    }


def head_review() -> dict[str, Any]:
    return {"checked": ["instrument", "scope", "ban", "host"]}


def decision(today: date, **changes: Any) -> dict[str, Any]:
    return {
        "meeting_type": "office_meeting",
        "meeting_on": today.isoformat(),
        "minutes_no": "厅长办公会纪要〔2027〕3号",
        "reason": "执行行政复议决定，恢复国合基地资格",
        **changes,
    }


def document(
    today: date, on: date | None = None, doc_no: str = "浙科发外〔2027〕9号", **changes: Any
) -> dict[str, Any]:
    return {
        "doc_no": doc_no,
        "title": "关于恢复国际科技合作基地资格的决定",
        "issued_on": today.isoformat(),
        "restored_on": (on or today).isoformat(),
        "signer": "顾承泽",
        "recipients": "依托单位",
        "checked": True,
        **changes,
    }
