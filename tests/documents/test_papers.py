"""Papers made from a real province: certificate, correction, public verification, and the archive package taken apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document as Docx
from pypdf import PdfReader

from tests.processes.stages import Stages
from tests.processes.story import Story
from webapp import clock
from webapp.demo import sheets
from webapp.documents import archive, certificate, genuine
from webapp.errors import Rejected
from webapp.store import cases, documents, files, journal, register
from webapp.store.principal import Principal

DOC_NO, RIGHT = "浙科发外〔2026〕12号", "浙科发外〔2026〕21号"
WORKER, VERIFY = Principal.system_("worker"), Principal.system_("verify")


@pytest.fixture
def story(stages: Stages) -> Iterator[Story]:
    """Three bases designated by 浙科发外〔2026〕12号, all files rendered."""
    told = stages.story("registering")
    told.issues()
    rendered(told)
    yield told
    stages.end(told)
    clock.stand_at(None)


def rendered(story: Story) -> None:
    with story.database.reading(WORKER) as tx:
        waiting = [row.id for row in documents.rendering(tx, clock.now())]
    for document_id in waiting:
        assert story.installation.runners["render"](document_id)


def text_of(story: Story, file_id: str | None) -> str:
    with story.database.reading(WORKER) as tx:
        data = files.Folder(story.installation.settings.files).open(files.get(tx, file_id or "").sha256).read()
    return plain(data)


def plain(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\n", "").replace(" ", "")


def the(story: Story, case_id: str, kind: str) -> documents.Document:
    return next(row for row in story.documents(case_id) if row.kind == kind)


def corrected(story: Story, *items: tuple[str, str, str]) -> str:
    """A 更正通知 of the designation has been issued two days later."""
    story.days_pass(2)
    case = story.starts("correction", "p-officer", parent_id=story.round_id)
    wrong = the(story, story.round_id, "designation").id
    story.does(case, "propose", "submit", sheets.correction_proposal(wrong, *items))
    story.does(case, "approve", "approve", sheets.correction_approval())
    story.does(case, "register", "issue", sheets.correction_registration(clock.today()))
    rendered(story)
    return case


# ------------------------------------------------------------------------------------------ documents


@pytest.mark.article("11(4)")
def test_publicity_list_is_a_document(story: Story) -> None:
    """第十一条（四）：公示名单成文，列明基地、公示期和实名异议的要求。"""
    row = the(story, story.round_id, "publicity_list")
    said = text_of(story, row.pdf_file)
    assert "公示期至2026年" in said
    assert "匿名异议不予受理" in said
    for base in story.bases(doc_no=DOC_NO):
        assert base.name in said


@pytest.mark.article("11(4)")
def test_correction_notice_names_the_document_and_both_texts(story: Story) -> None:
    """第十一条（四）：更正通知写明原公文、原文、更正后的文字和理由，docx 与 PDF 一致。"""
    case = corrected(story, ("doc_no", DOC_NO, RIGHT))
    row = the(story, case, "correction")
    with story.database.reading(WORKER) as tx:
        held = files.get(tx, row.docx_file or "")
    docx = Docx(files.Folder(story.installation.settings.files).open(held.sha256))
    for said in ("".join(p.text for p in docx.paragraphs), text_of(story, row.pdf_file)):
        assert f"发文字号：“{DOC_NO}”更正为“{RIGHT}”" in said
        assert "登记时录入有误，以签发件为准" in said
        assert "浙科发外〔2026〕31号" in said


# ------------------------------------------------------------------------------------------ certificate


@pytest.mark.article("11(4)")
def test_certificate_says_what_the_register_says(story: Story) -> None:
    """第十一条（四）、第二条：认定证书载明名称、编号、类别、依托单位、认定日期和文号。"""
    base = story.bases(doc_no=DOC_NO)[0]
    with story.database.reading(WORKER) as tx:
        made = certificate.of_base(tx, register.base(tx, base.id))
        again = certificate.of_base(tx, register.base(tx, base.id))
    assert made == again
    pdf = certificate.write(made, "https://example.test/verify", story.installation.settings.fonts)
    reader = PdfReader(BytesIO(pdf))
    assert len(reader.pages) == 1
    assert reader.pages[0].mediabox.width > reader.pages[0].mediabox.height
    said = plain(pdf)
    for part in (base.name, base.code, "联合研发类", "鉴湖师范大学", DOC_NO, made.mark, made.designated_on):
        assert part.replace(" ", "") in said


@pytest.mark.article("22")
def test_a_base_that_is_none_any_more_has_no_certificate(story: Story) -> None:
    """第二十二条：已取消资格的基地不再出具证书，原证书查验为失效。"""
    base = story.bases(doc_no=DOC_NO)[0]
    with story.database.writing(WORKER) as tx:
        mark = certificate.of_base(tx, register.base(tx, base.id)).mark
        register.change(tx, base.id, clock.today(), status="revoked")
    with story.database.reading(WORKER) as tx, pytest.raises(Rejected, match="不能出具认定证书"):
        certificate.of_base(tx, register.base(tx, base.id))
    with story.database.reading(VERIFY) as tx:
        found = genuine.find(tx, DOC_NO, mark)
    assert found is not None
    assert (found.standing, found.note) == ("outdated", "该基地已不在册，证书不再有效。")


# ------------------------------------------------------------------------------------------ verification


def printed_mark(story: Story, row: documents.Document) -> str:
    said = text_of(story, row.pdf_file)
    place = said.index("留痕校验码") + len("留痕校验码")
    return said[place : place + 16]


@pytest.mark.article("11(4)")
def test_paper_is_genuine_by_number_and_printed_mark(story: Story) -> None:
    """第十一条（四）：凭文号和印在纸面上的验证码核对真伪，事后办理不影响已印的验证码。"""
    row = the(story, story.round_id, "designation")
    mark = printed_mark(story, row)
    for typed in (DOC_NO, "浙科发外[2026]12号", "浙科发外（2026）012号"):
        with story.database.reading(VERIFY) as tx:
            found = genuine.find(tx, typed, f" {mark.upper()} ")
        assert found is not None
        assert (found.title, found.doc_no, found.on, found.standing) == (row.title, DOC_NO, row.issued_on, "valid")
    for number, wrong in ((DOC_NO, "0" * 16), (RIGHT, mark), (DOC_NO, mark[:15]), (DOC_NO, "%" * 16), ("", "")):
        with story.database.reading(VERIFY) as tx:
            assert genuine.find(tx, number, wrong) is None


@pytest.mark.article("11(4)")
def test_corrected_paper_says_so(story: Story) -> None:
    """第十一条（四）：被更正的公文仍为真件，但标明已更正；更正前印发的证书标明内容有变更。"""
    row = the(story, story.round_id, "designation")
    mark, base = printed_mark(story, row), story.bases(doc_no=DOC_NO)[0]
    with story.database.reading(WORKER) as tx:
        before = certificate.of_base(tx, register.base(tx, base.id)).mark
    corrected(story, ("base_name", base.name, "柔性传感与仿生国际科技合作基地"))
    with story.database.reading(VERIFY) as tx:
        found, old = genuine.find(tx, DOC_NO, mark), genuine.find(tx, DOC_NO, before)
    assert found is not None
    assert old is not None
    assert (found.standing, found.note) == ("corrected", "有关内容已由浙科发外〔2026〕31号更正。")
    assert old.standing == "outdated"
    with story.database.reading(WORKER) as tx:
        now = certificate.of_base(tx, register.base(tx, base.id)).mark
    with story.database.reading(VERIFY) as tx:
        fresh = genuine.find(tx, DOC_NO, now)
    assert fresh is not None
    assert fresh.standing == "valid"


# ------------------------------------------------------------------------------------------ archive


def built(story: Story, case_id: str) -> ZipFile:
    """The package of the case, as the Province downloads it."""
    assert story.installation.runners["archive"](case_id)
    with story.database.reading(WORKER) as tx:
        row = files.get(tx, archive.package(tx, case_id) or "")
        entry = journal.last_of(tx, case_id, archive.ACTION)
    assert entry is not None
    assert json.loads(entry.after or "{}")["sha256"] == row.sha256
    return ZipFile(files.Folder(story.installation.settings.files).open(row.sha256))


@pytest.mark.article("11(4)")
def test_package_holds_everything_with_its_hashes(story: Story) -> None:
    """domain.md 6.3 电子档案：归档包含结构化数据、全部表单、附件、公文、目录，逐件校验值一致。"""
    case_id = story.applications["host-jhsf"]
    package = built(story, case_id)
    manifest = json.loads(package.read("manifest.json"))
    assert manifest["number"] == story.case(case_id).number
    assert {each["path"] for each in manifest["files"]} | {"manifest.json"} == set(package.namelist())
    for each in manifest["files"]:
        content = package.read(each["path"])
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (each["sha256"], each["size"]), each["path"]
    names = package.namelist()
    assert [name for name in names if name.startswith("表单/") and "填写申报书" in name]
    assert len([name for name in names if "独立评分" in name or "score" in name]) == 5
    assert any(name.startswith("公文/") and name.endswith(".pdf") for name in names)
    assert any(name.startswith("附件/") for name in names)
    data = json.loads(package.read("case.json"))
    assert data["case"]["id"] == case_id
    assert data["application"]["status"] == "designated"
    assert data["journal"][-1]["hash"] == data["journal_head"]
    index = plain(package.read("目录.pdf"))
    assert "归档目录" in index
    assert story.case(case_id).number in index


@pytest.mark.article("11(1)")
def test_archived_form_reads_as_it_was_filled_in(story: Story) -> None:
    """第十一条（一）：归档的申报书可读，带表单版本和内容校验值。"""
    case_id = story.applications["host-jhsf"]
    package = built(story, case_id)
    form = next(name for name in package.namelist() if "填写申报书" in name)
    said = plain(package.read(form))
    data = json.loads(package.read("case.json"))
    row = next(each for each in data["submissions"] if each["form"] == "shared/application")
    for part in (row["content"]["base_name"], "联合研发类", row["hash"], row["form_hash"][:16]):
        assert part.replace(" ", "") in said


def test_package_is_made_once_and_the_same_again(story: Story) -> None:
    case_id = story.applications["host-jhsf"]
    built(story, case_id)
    assert not story.installation.runners["archive"](case_id)
    settings, contents = story.installation.settings, []
    for _ in range(2):
        with story.database.reading(WORKER) as tx:
            target = BytesIO()
            archive.write(tx, cases.get(tx, case_id), target, files.Folder(settings.files), settings.fonts)
            contents.append(target.getvalue())
            row = files.get(tx, archive.package(tx, case_id) or "")
    assert contents[0] == contents[1]
    assert hashlib.sha256(contents[0]).hexdigest() == row.sha256
    assert story.journal_is_whole()


def test_package_is_the_province_s_alone(story: Story) -> None:
    """The experts' sheets are in it: neither the host nor the department finds the file."""
    case_id = story.applications["host-jhsf"]
    built(story, case_id)
    with story.database.reading(WORKER) as tx:
        file_id = archive.package(tx, case_id) or ""
    seen = {}
    for person in ("p-host-jhsf", "p-dept-jyt", "p-officer"):
        with story.database.reading(story.person(person)) as tx:
            seen[person] = file_id in files.many(tx, [file_id])
    assert seen == {"p-host-jhsf": False, "p-dept-jyt": False, "p-officer": True}


def test_open_case_is_not_archived(story: Story) -> None:
    story.today("2026-06-01")
    case = story.starts("correction", "p-officer", parent_id=story.round_id)
    assert not story.installation.runners["archive"](case)
