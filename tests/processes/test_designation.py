"""认定：one application from its draft to its end, every outcome of settled.md 19."""

from __future__ import annotations

from datetime import date

import pytest

from tests.processes.story import Story


@pytest.mark.article("11(4)")
@pytest.mark.stage("registering")
def test_approved_applications_are_bases_of_the_document_s_date(story: Story) -> None:
    """第十一条（四）：发文认定，基地入库，认定日期为成文日期。"""
    story.issues()
    assert [story.end(case_id) for case_id in story.applications.values()] == ["designated"] * 3
