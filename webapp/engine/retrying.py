"""What failed is tried again with growing pauses; then an operator is told, who retries or skips it (settled.md 7).

A failing element parks its case. A failing job (a delivery, a rendering, a package, a timer's firing) does not: the case
stands where its last step left it, and only the job waits. No failure holds up another's job.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp import clock
from webapp.engine import context
from webapp.errors import GuoheError
from webapp.store import cases, documents, incidents, notices, outbox, timers
from webapp.store.db import Tx
from webapp.store.tables import Case, Incident

RETRY_MINUTES = (1, 5, 15, 60, 240)
"""Back-off of an incident's automatic retries; after the last one only a person retries."""
JOBS = {
    "wake": "计时没有触发",
    "deliver": "消息没有送达",
    "render": "公文文件没有生成",
    "archive": "归档包没有生成",
}
"""Jobs for one case each, and what it means when one fails."""
LONGEST_DETAIL = 2000


class Unawaited(GuoheError):
    """对方流程当前不等待此消息；稍后自动再送，如已不需要请跳过。"""


def park(tx: Tx, case: Case, element: str, message: str, detail: str, *, job: str = "", ref: str = "") -> None:
    """The failure is an open incident of the case, counted once more, with its next attempt or the operator told."""
    known = incidents.of_job(tx, job, ref) if job else None
    attempts = (known.attempts if known else 0) if job else incidents.attempts_of(tx, case.id, element)
    at = clock.now() + timedelta(minutes=RETRY_MINUTES[attempts]) if attempts < len(RETRY_MINUTES) else None
    row_id = incidents.park(
        tx, case_id=case.id, element=element, message=message, detail=detail, next_at=at, job=job, ref=ref
    )
    if at is not None:
        enqueue(tx, row_id, attempts + 1, at)
        return
    place = JOBS[job] if job else f"在“{element}”处多次执行失败"
    text = f"{case.number} {place}：{message}，请查看并处置。"
    notices.add(tx, role="sysadmin", org_id="province", case_id=case.id, subject="流程异常待处理", text=text)


def record(tx: Tx, job: str, ref: str, error: BaseException) -> bool:
    """The failed job is an open incident of its case; False when it is for no case that there is."""
    ref = ref.partition(":")[0] if job == "deliver" else ref  # what follows only told one wake-up from another
    case_id = _case_of(tx, job, ref)
    if case_id is None:
        return False
    said = error.message if isinstance(error, GuoheError) else f"{type(error).__name__}"
    park(tx, cases.lock(tx, case_id), job, said, f"{ref}：{error}"[:LONGEST_DETAIL], job=job, ref=ref)
    return True


def again(tx: Tx, case: Case, *jobs: str) -> int:
    """Failed jobs of the case (of these kinds only, when named) are tried at once; answers how many."""
    roused = incidents.rouse(tx, case.id, *jobs)
    for row in roused:
        enqueue(tx, row.id, row.attempts, row.next_at, mark=f":{clock.now().timestamp():.0f}")
    return len(roused)


def wake_messages(tx: Tx, case: Case) -> None:
    """Messages that waited for the case to go on come now."""
    for row in outbox.held_for(tx, case.id):
        context.of(tx).jobs.enqueue(tx, "deliver", f"{row.id}:{case.version}")


def give_up(tx: Tx, row: Incident, reason: str) -> None:
    """The job is not done any more: the message is refused, the document stays without files, the timer never fires."""
    match row.job:
        case "deliver":
            message = outbox.get(tx, row.ref)
            if message is not None and message.status == "pending":
                outbox.settle(tx, message, "refused", f"已跳过：{reason}")
        case "render":
            documents.failed(tx, row.ref)
        case "wake":
            timers.cancel(tx, [row.ref.rpartition(":")[0]])


def enqueue(tx: Tx, incident_id: str, attempts: int, at: datetime | None, mark: str = "") -> None:
    """A worker tries what the incident is about at that moment; `mark` tells a person's wish from the automatic try."""
    context.of(tx).jobs.enqueue(tx, "retry", f"{incident_id}:{attempts}{mark}", at)


def _case_of(tx: Tx, job: str, ref: str) -> str | None:
    match job:
        case "deliver":
            message = outbox.get(tx, ref)
            wanted = [message.to_case, message.from_case] if message else []
            return next((each for each in wanted if each and cases.exists(tx, each)), None)
        case "render":
            return documents.get(tx, ref).case_id
        case "wake":
            timer = timers.get(tx, ref.rpartition(":")[0])
            return timer.case_id if timer else None
    return ref if cases.exists(tx, ref) else None
