"""Several commands at one moment: what one of them has read, no other changes before its commit (settled.md 8)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any

import pytest

from handlers.vocabulary import OpenBan
from tests.processes.story import SYSTEM, Story, host_of
from webapp import clock
from webapp.demo import sheets
from webapp.engine import commands, locks, projection
from webapp.engine import sheets as handed_in
from webapp.engine.running import Answer
from webapp.engine.step import Applied
from webapp.errors import Busy, Invalid
from webapp.store import cases, organisations, outbox, people

HEADS = ("p-dept-jyt-head", "p-second-head")
HOSTS = (("host-jhsf", "柔性传感", 1), ("host-hyxy", "海洋观测", 2))
TOGETHER = 2.0
"""Seconds that one waits for the other to come as far: longer than a step takes, shorter than a lock is waited for."""


def _at_the_head(story: Story, **plan: Any) -> list[str]:
    """Two applications of 省教育厅, both with its two heads for the recommendation."""
    story.opened_round(**plan)
    found = [story.submits(host, topic=topic, number=number) for host, topic, number in HOSTS]
    for case_id in found:
        story.opines(case_id)
    with story.database.writing(SYSTEM) as tx:
        people.add(tx, id=HEADS[1], login="second-head", name="第二负责人")
        people.grant(tx, HEADS[1], "recommender_head", "dept-jyt")
    return found


@pytest.mark.article("11(2)")
@pytest.mark.parametrize("batch", [False, True])
def test_two_heads_at_once_keep_the_quota(story: Story, monkeypatch: pytest.MonkeyPatch, batch: bool) -> None:
    """第十一条（二）：同一部门两位负责人同时上报，名额仍不超；后到的一位被告知名额已用完。"""
    found = _at_the_head(story, quota_default=1)
    _meet(monkeypatch, handed_in, "verdict")
    answers = _at_once(
        *[_recommending(story, case, head, rank + 1, batch) for rank, (case, head) in _with_heads(found)]
    )
    (refused,) = [each for each in answers if not isinstance(each, Answer)]
    assert isinstance(refused, Invalid), answers
    assert "已全部用完" in refused.fields[""]
    assert sorted(story.application(case).recommend_rank is None for case in found) == [False, True]


@pytest.mark.article("11(2)")
def test_two_heads_at_once_do_not_give_one_rank_twice(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """第十一条（二）：同时以同一推荐排序上报，只有一件成立，另一位被告知已用于哪一件。"""
    found = _at_the_head(story)
    _meet(monkeypatch, handed_in, "verdict")
    answers = _at_once(*[_recommending(story, case, head, 1, False) for _, (case, head) in _with_heads(found)])
    (refused,) = [each for each in answers if not isinstance(each, Answer)]
    assert isinstance(refused, Invalid), answers
    assert "推荐排序1已用于" in refused.fields["rank"]


@pytest.mark.article("11(4)", "22")
@pytest.mark.stage("registering")
def test_an_application_does_not_end_while_its_base_is_registered(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """第十一条（四）：印发的同时收到限制申报，申报与台账仍一致：已列入文件的为基地，不会一边认定一边终止。"""
    first = story.applications["host-jhsf"]
    task = story.task(story.round_id, "register_document")
    officer = story.person("p-officer")
    with story.database.writing(SYSTEM) as tx:
        payload = {"reason": "其他基地被取消资格"}
        ban = outbox.add(tx, key="ban", message="base_host_banned", to_case=first, payload=payload).id
    meeting = _meet(monkeypatch, projection, "project")

    def issues() -> Any:
        with story.database.writing(SYSTEM) as tx:
            sheet = sheets.register_document(clock.today())
            return commands.submit(tx, officer, task.id, sheet, "issue", command_id="issue")

    answers = _at_once(issues, lambda: meeting.first_then(lambda: story.installation.runners["deliver"](ban)))
    assert isinstance(answers[0], Answer), answers
    story.works()
    registered = {base.application_id for base in story.bases()}
    assert first in registered
    assert story.end(first) == "designated"
    assert len({base.application_id for base in story.bases(origin="designation") if base.application_id}) == 3


@pytest.mark.article("18", "22")
def test_a_ban_and_a_designation_hold_the_host_they_are_about(story: Story) -> None:
    """第二十二条：限制申报与认定针对同一单位，须先后进行，不能各自在对方提交之前读到旧情况。"""
    host = host_of("host-jhsf")
    ban = OpenBan(
        uscc=host.uscc, scope="host", starts_on=clock.today(), ends_on=clock.today(), doc_no="浙科发外〔2026〕30号"
    )
    case_id = story.starts("designation_round", "p-officer", title="批次")
    with story.database.writing(SYSTEM) as tx:
        case = cases.lock(tx, case_id)
        wanted = locks.reached(tx, case, [Applied(ban, "decide")], others=False)
        assert wanted.hosts == {host.id}
        with pytest.raises(locks.NeedsMore):
            locks.must_hold(tx, case, wanted)
        organisations.lock_many(tx, [host.id])
        locks.must_hold(tx, case, wanted)


def test_a_command_that_never_holds_enough_tells_its_user_to_try_again(story: Story) -> None:
    """No endless circle: after a few attempts the user is asked to come again, and nothing took effect."""
    case_id = story.starts("designation_round", "p-officer", title="批次")
    tries = []

    def greedy() -> None:
        tries.append(1)
        raise locks.NeedsMore(locks.Held(rounds=frozenset({case_id})))

    with pytest.raises(Busy), story.database.writing(SYSTEM) as tx:
        locks.holding(tx, greedy)
    assert len(tries) == locks.MOST_TRIES


# ------------------------------------------------------------------------------------------ two at once


def _with_heads(found: list[str]) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(zip(found, HEADS, strict=True)))


def _recommending(story: Story, case_id: str, head: str, rank: int, batch: bool) -> Callable[[], Any]:
    task, actor = story.task(case_id, "recommend").id, story.person(head)
    sheet: Mapping[str, Any] = sheets.recommend(clock.today(), story.file_id, rank)

    def recommend() -> Any:
        with story.database.writing(SYSTEM) as tx:
            if batch:
                return commands.submit_all(tx, actor, {task: sheet}, "recommend", command_id=f"recommend-{head}")
            return commands.submit(tx, actor, task, sheet, "recommend", command_id=f"recommend-{head}")

    return recommend


class _Meeting:
    """Two threads that wait for each other at one place, or go on alone when the other is held up before it."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self._first = threading.Event()

    def arrive(self) -> None:
        self._first.set()
        if not self._barrier.broken:
            try:
                self._barrier.wait(TOGETHER)
            except threading.BrokenBarrierError:
                return

    def first_then(self, act: Callable[[], Any]) -> Any:
        """What `act` answers, begun when somebody has arrived."""
        self._first.wait(TOGETHER * 5)
        return act()


def _meet(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> _Meeting:
    """Whoever goes through the function waits there for the other, once."""
    meeting, through = _Meeting(), getattr(module, name)

    def slowly(*args: Any, **more: Any) -> Any:
        answer = through(*args, **more) if name == "verdict" else None
        meeting.arrive()
        return answer if name == "verdict" else through(*args, **more)

    monkeypatch.setattr(module, name, slowly)
    return meeting


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act answered or raised, all let go together, by the story's clock."""
    found: list[Any] = [None] * len(acts)
    contexts = [copy_context() for _ in acts]

    def run(place: int) -> None:
        try:
            found[place] = acts[place]()
        except Exception as error:
            found[place] = error

    threads = [threading.Thread(target=contexts[place].run, args=(run, place)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
