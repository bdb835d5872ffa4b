"""Whether what a unit holds already can be included (第十七条): the title and its proof, then 第七条's conditions.

The further conditions of 第八至十条 are not asked: the title stands for them.
"""

from __future__ import annotations

from handlers import eligibility
from handlers import eligibility_form as form_of
from handlers.eligibility import Finding
from handlers.eligibility_finding import Rule
from handlers.messages import category
from handlers.vocabulary import Case, Facts

T1 = Rule("T1", "17", ("source_title", "title_document"))
T2 = Rule("T2", "17", ("incentives",))
T3 = Rule("T3", "17", ("category",))

TITLES = {"incubator": "省海外创新孵化中心", "overseas_rd": "企业海外研发机构", "foreign_rd_center": "外资研发中心"}
"""第十七条: source title → its name."""
INCENTIVE_WANTED = ("overseas_rd", "foreign_rd_center")
"""Titles that count only with the Province's R&D incentive."""


def check(case: Case, form: Facts) -> list[Finding]:
    """One finding or more for every rule that concerns the request, the title first."""
    return [_title(form), *_incentive(form), _category(case, form), *eligibility.check_basic(case, form)]


def proposed_category(case: Case, source_title: str) -> Facts:
    """The category that the table `inclusion_category` gives the title, with its message; "" for no such title."""
    answer: Facts = case.decide("inclusion_category", source_title=source_title)
    return answer


def category_text(case: Case, form: Facts) -> str:
    """What the table proposes, for the form; empty until a title is chosen."""
    chosen = form_of.text(form, "source_title")
    return str(proposed_category(case, chosen)["message"]) if chosen else ""


def _title(form: Facts) -> Finding:
    chosen = form_of.text(form, "source_title")
    if chosen not in TITLES:
        return T1.says("reject", "请选择原有资格：省海外创新孵化中心、企业海外研发机构或外资研发中心")
    if form_of.text(form, "title_in_force") == "ended":
        return T1.says("reject", f"{TITLES[chosen]}资格已终止，不能申请纳入", "title_in_force")
    if not form_of.text(form, "title_document"):
        return T1.says("reject", f"缺少{TITLES[chosen]}的认定（公布）文件")
    name, number = form_of.text(form, "title_name"), form_of.text(form, "title_doc_no")
    if chosen == "incubator" and form_of.text(form_of.part(form, "incubator"), "stage") == "cultivated":
        return T1.says("manual", f"“{name}”为培育类，请核对是否已由省科技厅认定（{number}）")
    return T1.says("manual", f"请核对“{name}”的认定（公布）文件（{number}）")


def _incentive(form: Facts) -> list[Finding]:
    chosen = form_of.text(form, "source_title")
    if chosen not in INCENTIVE_WANTED:
        return []
    granted = form_of.rows(form, "incentives")
    lacking = [
        str(place + 1) for place, row in form_of.numbered(form, "incentives") if not form_of.text(row, "evidence")
    ]
    if not granted or lacking:
        said = "缺少省科技厅研发投入激励的证明" if not granted else f"第{'、'.join(lacking)}项研发投入激励缺少证明"
        return [T2.says("reject", f"{said}，{TITLES[chosen]}须已获激励方可申请纳入")]
    return [T2.says("manual", f"已填报研发投入激励{len(granted)}项，请核对拨付记录")]


def _category(case: Case, form: Facts) -> Finding:
    wanted, proposed = form_of.text(form, "category"), proposed_category(case, form_of.text(form, "source_title"))
    if not proposed["category"]:
        return T3.says("na", "选择原有资格后提出归入类别的建议")
    if wanted and wanted != proposed["category"]:
        return T3.says("explain", f"{proposed['message']}，申请归入{category(wanted)}，请说明理由")
    return T3.says("pass", str(proposed["message"]))
