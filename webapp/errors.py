"""Every error of the house.

GuoheError
├── Rejected 409       expected: nothing changed, the user is told what to do
│   ├── Forbidden 403  … because of who the person is
│   ├── Missing 404    … because there is no such thing, or none that this person may know of
│   ├── Invalid 422    … because of what was written; carries messages by field path
│   ├── Stale 409      … because somebody was first; says who and when, keeps what was typed
│   ├── Busy 503       … because another transaction held what was needed for too long
│   └── Full 507       … because the disk is full; reading goes on
├── Incident 500       broken: the case is parked with the error for an operator, who can retry
├── Denied 500         a query or a page forgot its check; it fails closed
└── Misconfigured      an installation or a diagram that cannot work; refused at load, never mid-case

The first line of a class's docstring is its default message, shown to people, hence Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class GuoheError(Exception):
    """系统出现意外错误，请稍后重试。"""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").splitlines()[0])

    @property
    def message(self) -> str:
        """The sentence shown to a person."""
        return str(self.args[0])


class Rejected(GuoheError):
    """此刻不能执行该操作，请刷新页面后再试。"""


class Forbidden(Rejected):
    """您没有办理该事项的权限，请联系本单位管理员。"""


class Missing(Rejected):
    """未找到该内容，可能已办结、已删除或不在您的权限范围内。"""


class Invalid(Rejected):
    """填写内容有误，请按提示修改后重新提交。"""

    def __init__(self, fields: Mapping[str, str], message: str | None = None) -> None:
        """`fields` maps a path such as `partners.2.signed_on` to a Chinese message."""
        super().__init__(message)
        self.fields = dict(fields)


class Stale(Rejected):
    """该事项已由他人办理，您填写的内容已保留。"""

    def __init__(self, message: str | None = None, *, who: str = "", at: datetime | None = None) -> None:
        super().__init__(message or (f"该事项已由{who}办理，您填写的内容已保留。" if who else None))
        self.who, self.at = who, at


class Busy(Rejected):
    """系统正忙，您的操作没有生效，请稍后再试一次。"""


class Full(Rejected):
    """服务器存储空间已满，您的操作没有生效，请联系系统管理员清理后重试；已有内容仍可查看。"""


class Incident(GuoheError):
    """流程执行出错，已转运维人员处理，您提交的内容已保存。"""

    def __init__(self, message: str | None = None, *, element: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.element, self.detail = element, detail


class Denied(GuoheError):
    """访问未经授权检查，已拒绝。"""


class Misconfigured(GuoheError):
    """系统配置有误，无法启动。"""
