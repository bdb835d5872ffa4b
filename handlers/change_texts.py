"""What people read about a change 重大事项变更 (第十六条); each says what happened and what to do next."""

from __future__ import annotations

from datetime import date

from handlers.messages import SIGN, in_chinese


def overdue(base: str, what: str, number: str) -> str:
    """催办: the department's or officer's limit has passed."""
    return f"{SIGN}您有1件待办已到期：{base}变更{what}（{number}），请尽快办理。"


def silent(base: str, what: str, department: str, number: str) -> str:
    """逾期升级: the Province learns that a department has not acted."""
    return f"{SIGN}{department}对{base}变更{what}（{number}）逾期未审核，请督办。"


def returned(form: str, places: int, due: date, by: str) -> str:
    """退回补正, with who returned it."""
    said = f"需补正{places}处" if places else "需修改"
    return f"{SIGN}您提交的《{form}》由{by}退回，{said}，请于{in_chinese(due)}前修改后重新提交。逾期未提交视为撤回。"


def forwarded(base: str, what: str, department: str) -> str:
    """The department agreed; the Province has the request."""
    return f"{SIGN}{department}已同意{base}变更{what}，现报送省科技厅审核。未经批准不得擅自调整。"


def disagreed(base: str, what: str, department: str, reason: str) -> str:
    """The department does not agree: the request ends, nothing changes."""
    return f"{SIGN}{department}不同意{base}变更{what}，申请终止，原登记事项不变，不得擅自调整。理由：{reason}。"


def disagreed_to_province(base: str, what: str, department: str, reason: str, ground: bool) -> str:
    """The same as the Province reads it, with what Article 22(5) may want looked at."""
    after = "该申请逾期提出且影响正常运行，请核实是否属于第二十二条第五项情形。" if ground else ""
    return f"{SIGN}{department}不同意{base}变更{what}，已终止。理由：{reason}。{after}"


def withdrawn(base: str, what: str) -> str:
    """撤回."""
    return f"{SIGN}{base}变更{what}的申请已撤回，原登记事项不变。需要变更的应重新申请。"


def lapsed(base: str, what: str, due: date | None) -> str:
    """视为撤回: the correction limit passed."""
    until = f"{in_chinese(due)}前" if due else "规定期限内"
    return f"{SIGN}{base}变更{what}的申请未在{until}补正，视为撤回，原登记事项不变。需要变更的应重新申请。"


def approved(base: str, what: str, old: str, new: str, effective_on: date) -> str:
    """变更完成: everybody concerned reads it."""
    return f"{SIGN}{base}变更{what}已批准，自{in_chinese(effective_on)}起生效：{old} → {new}。"


def approved_for_later(base: str, what: str, effective_on: date) -> str:
    """Approved, with a day still to come."""
    return f"{SIGN}{base}变更{what}已批准，自{in_chinese(effective_on)}起生效；生效前原登记事项不变。"


def handed_over(base: str, old: str, new: str, effective_on: date) -> str:
    """The old and the new department read who recommends the base from now on."""
    return (
        f"{SIGN}{base}自{in_chinese(effective_on)}起由{new}组织推荐，{old}未办结的事项转由{new}办理，以往报告归属不变。"
    )


def refused(base: str, what: str, reason: str, days: int) -> str:
    """不予同意: the host is asked to confirm that it stays as it was."""
    return (
        f"{SIGN}{base}变更{what}未获批准，原登记事项不变，不得擅自调整。理由：{reason}。"
        f"请在{days}个工作日内确认维持原状。"
    )


def not_unchanged(base: str, what: str, number: str, said: str) -> str:
    """Refused, and the host did not confirm that it stays as it was (第二十二条第五项、第六项 may follow)."""
    return f"{SIGN}{base}变更{what}未获批准（{number}），{said}，请核实是否擅自调整，必要时按第二十二条处理。"


def blocked(base: str, what: str, reasons: str) -> str:
    """At the moment of effect a condition fails that held at the review."""
    return f"{SIGN}{base}变更{what}生效前核验未通过：{reasons}。请重新审核。"


def exit_advised(base: str, days: int) -> str:
    """第七条（一）、第二十三条: the host leaves the province."""
    return (
        f"{SIGN}{base}依托单位迁出浙江省，不再符合第七条第一项，建议按第二十三条申请主动退出，"
        f"请在{days}个工作日内答复；不申请退出的，将按第二十二条第六项提出取消资格。"
    )


def ground_proposed(base: str, ground: str, number: str) -> str:
    """A ground for revocation was handed on."""
    return f"{SIGN}{base}（{number}）已提出取消资格建议：{ground}，请立案审核。"


def ended(base: str, what: str, reason: str) -> str:
    """基地资格终止: the change ends with the base."""
    return f"{SIGN}{reason or '基地资格已终止'}，{base}变更{what}的申请随之终止。"
