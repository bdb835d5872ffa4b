"""Who may do what: every policy, as data. The gate, the page “权限一览” and the tests read the same objects.

Knows nothing of routes; a route names its policy when it is registered (`desk.Desk.add_url_rule`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.engine import permissions
from webapp.store.principal import Principal

Relation = Callable[[Principal, Any], bool]
"""What the person must be to the object named in the URL."""

PROVINCE = ("province_officer", "division_head", "dept_leader")
RECOMMENDERS = ("recommender", "recommender_head")
HOSTS = ("host", "host_admin")


@dataclass(frozen=True)
class Policy:
    """`roles` empty: every seat will do. `relation` empty: there is no object, or it is everybody's."""

    name: str
    title: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    relation: str = ""
    public: bool = False
    seatless: bool = False
    """True: a signed-in person without any valid seat may, too (account page, log-out)."""

    def admits(self, principal: Principal | None) -> bool:
        """The acting seat is of a kind that may do this to some object."""
        if self.public:
            return True
        if principal is None:
            return False
        if principal.seat is None:
            return self.seatless
        if self.roles and principal.seat.role not in self.roles:
            return False
        return not self.scopes or principal.scope in self.scopes

    def allows(self, principal: Principal | None, thing: Any) -> bool:
        """… and to this object."""
        if not self.admits(principal):
            return False
        if not self.relation:
            return True
        return principal is not None and RELATIONS[self.relation](principal, thing)


def holds(principal: Principal, task: Any) -> bool:
    """The task is in the inbox of one of the person's seats, his own, or that of somebody he stands in for."""
    return permissions.may_act(principal, task)


def concerns(principal: Principal, row: Any) -> bool:
    """The row lies in what the acting seat may see.

    A row without host or recommender (a round) is everybody's who may see the page. County, cosigned and assigned rows
    carry no column that says so: the store's own scope found them, or they would not be here.
    """
    match principal.scope:
        case "own_host":
            return getattr(row, "host_id", None) in (principal.org_id, None)
        case "recommended":
            return getattr(row, "recommender_id", None) in (principal.org_id, None)
        case "all" | "county" | "cosigned" | "assigned":
            return True
    return False


def follows(principal: Principal, case: Any) -> bool:
    """The case lies in what the acting seat may see; a department also follows those in which it was given a task.

    No column of a case says so: the store's own scope found it, or it would not be here.
    """
    return principal.scope == "recommended" or concerns(principal, case)


def handles(principal: Principal, task: Any) -> bool:
    """The person holds the task, or may see the case it belongs to."""
    return holds(principal, task) or concerns(principal, task)


def itself(principal: Principal, thing: Any) -> bool:
    """The thing belongs to the signed-in person."""
    owner = getattr(thing, "person_id", None) or getattr(thing, "by", None)
    return owner == principal.person_id


def found(_: Principal, thing: Any) -> bool:
    """The store's own scope let the person find it; nothing more is asked."""
    return thing is not None


RELATIONS: Mapping[str, Relation] = {
    "holder": holds,
    "seen": concerns,
    "followed": follows,
    "handler": handles,
    "self": itself,
    "found": found,
}

BUSINESS = ("own_host", "recommended", "county", "all", "assigned", "cosigned")
OFFICES = ("own_host", "recommended", "county", "all", "cosigned")
AUTHORITIES = ("recommended", "county", "all")

PUBLIC = Policy("public", "打开无需登录的页面", public=True)
SIGNED_IN = Policy("signed_in", "使用本人账号、消息和帮助", seatless=True)
SEAT_CHOOSE = Policy("seat.choose", "切换本人的任职身份", seatless=True)
SESSION_END = Policy("session.end", "查看和结束本人的登录会话", relation="self", seatless=True)

INBOX = Policy("inbox.list", "查看待办、已办和我发起的", scopes=BUSINESS)
TASK_READ = Policy("task.read", "打开待办事项", scopes=BUSINESS, relation="handler")
TASK_ACT = Policy("task.act", "办理、暂存、签收、转办、加签待办事项", scopes=BUSINESS, relation="holder")
TASK_URGE = Policy("task.urge", "催办", scopes=("recommended", "all"), relation="handler")
TASKS_URGE = Policy("task.urge_many", "批量催办", scopes=("recommended", "all"))
START = Policy("case.start", "发起事项", scopes=OFFICES)

CASE_READ = Policy("case.read", "查看事项及其办理记录", scopes=BUSINESS, relation="followed")
CASE_TELL = Policy(
    "case.message", "在事项页执行图中登记的操作（撤回、延期、登记异议等）", scopes=BUSINESS, relation="seen"
)
CASE_RECONSIDER = Policy("case.reconsider", "对本单位申报的不利决定申请复核", roles=HOSTS, relation="seen")
CASE_ARCHIVE = Policy("case.archive", "下载归档包", roles=PROVINCE, relation="seen")
CASE_REPAIR = Policy(
    "case.repair", "暂停、恢复、重试和终止事项", roles=("province_officer", "division_head"), relation="seen"
)

ROUND_LIST = Policy("round.list", "查看批次", scopes=OFFICES)
ROUND_READ = Policy("round.read", "查看批次及推荐进度", scopes=OFFICES, relation="found")
ROUND_RECOMMEND = Policy("round.recommend", "批量推荐上报并出具推荐函", roles=("recommender_head",), relation="found")
APPLICATION_LIST = Policy("application.list", "查看申报", scopes=BUSINESS)

BASE_LIST = Policy("base.list", "查询和导出基地台账", scopes=OFFICES)
BASE_READ = Policy("base.read", "查看基地档案", scopes=OFFICES, relation="seen")

PROCEEDING_LIST = Policy("proceeding.list", "查询和导出办件一览", scopes=("own_host", "recommended", "county", "all"))
BATCH_LIST = Policy("batch.list", "查看成批发起", roles=PROVINCE)
BATCH_READ = Policy("batch.read", "查看成批发起的进度", roles=PROVINCE, relation="found")
BATCH_AGAIN = Policy("batch.again", "重新发起出错的事项", roles=("province_officer",), relation="found")

CERTIFICATE = Policy("base.certificate", "下载认定证书", scopes=("own_host", "all"), relation="seen")

DOCUMENT_CORRECT = Policy("document.correct", "提出公文更正", roles=("province_officer",), relation="found")
DOCUMENT_LIST = Policy("document.list", "查看公文", scopes=OFFICES)
DOCUMENT_READ = Policy("document.read", "查看和下载公文", scopes=OFFICES, relation="found")
FILE_PUT = Policy("file.put", "上传附件", scopes=BUSINESS)
FILE_READ = Policy("file.read", "下载附件", scopes=BUSINESS, relation="found")

WATCH = Policy("watch.read", "运行监控", scopes=AUTHORITIES)
STUDIO_READ = Policy("studio.read", "查看流程图、表单和决策表", roles=("analyst", *PROVINCE))
STUDIO_DRAW = Policy("studio.draw", "编辑流程图、表单和决策表草稿并送审", roles=("analyst",))
STUDIO_APPROVE = Policy("studio.approve", "审核并发布流程版本", roles=("analyst", "division_head"))

ORGANISATION_LIST = Policy("organisation.list", "查询单位", scopes=("recommended", "all", "accounts"))
ORGANISATION_READ = Policy(
    "organisation.read", "查看单位及其人员、基地", scopes=("recommended", "all", "accounts"), relation="found"
)
ORGANISATION_WRITE = Policy(
    "organisation.write", "修改单位信息和组织推荐部门", roles=("sysadmin", "province_officer"), relation="found"
)
EXPERT_WRITE = Policy(
    "expert.write", "维护专家的领域、单位和回避关系", roles=("sysadmin", "province_officer"), relation="found"
)
DELEGATION_END = Policy("delegation.end", "撤销代理（委托人本人、系统管理员）", relation="found")
PEOPLE_LIST = Policy(
    "people.list",
    "查询人员和任职",
    roles=("sysadmin", "secadmin", "province_officer", "host_admin", "recommender_head"),
)
PEOPLE_CREATE = Policy("people.create", "新建人员", roles=("sysadmin", "host_admin"))
PEOPLE_WRITE = Policy(
    "people.write", "登记任职、重置口令、停用账号", roles=("sysadmin", "host_admin"), relation="found"
)
REQUESTS_DECIDE = Policy("account_request.list", "查看依托单位开户申请", roles=("province_officer", "sysadmin"))
REQUEST_DECIDE = Policy(
    "account_request.decide", "审核依托单位开户申请", roles=("province_officer", "sysadmin"), relation="found"
)
PARAMETERS_READ = Policy("parameter.read", "查看参数", roles=("sysadmin", "secadmin", "analyst", *PROVINCE))
PARAMETERS_WRITE = Policy(
    "parameter.write", "修改参数（安全参数限安全管理员）", roles=("sysadmin", "secadmin", "province_officer")
)
CALENDAR_READ = Policy("calendar.read", "查看工作日历", roles=("sysadmin", "secadmin", "analyst", *PROVINCE))
CALENDAR_WRITE = Policy("calendar.write", "导入放假安排", roles=("sysadmin", "province_officer"))
DISHONESTY_READ = Policy("dishonesty.read", "查看失信名单", roles=PROVINCE)
DISHONESTY_WRITE = Policy("dishonesty.write", "导入失信名单", roles=("province_officer",))
POLICIES_READ = Policy("policy.read", "查看权限一览", seatless=True)
JOURNAL_READ = Policy("journal.read", "查询操作留痕", roles=("auditadmin", "secadmin"))
OPERATE = Policy("incident.list", "查看流程异常（不含表单内容）", roles=("sysadmin",))
OPERATE_ONE = Policy("incident.retry", "查看并重试异常事项（不含表单内容）", roles=("sysadmin",), relation="found")
METRICS_READ = Policy("metrics.read", "读取运行指标", roles=("sysadmin", "secadmin", "auditadmin"))


def every() -> list[Policy]:
    """All policies, in the order of this file."""
    return [each for each in globals().values() if isinstance(each, Policy)]
