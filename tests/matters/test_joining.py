"""However the parts end, in whatever order, the join comes out as the oracle says (MT-10)."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from apps.common import outbox
from apps.matters.enums import SplitState
from apps.matters.joining import Verdict, next_order, verdict
from apps.matters.models import Case, CaseEvent, Split, SplitPart
from tests.cast import Cast
from tests.matters import factories as make
from tests.matters import joint

SEED = 20261121


@dataclass
class Part:
    """A part as the pure functions see it."""

    role: str
    state: str = "planned"
    order: int = 1


def oracle(policy: str, quorum: int, roles: Sequence[str], outcomes: Sequence[bool]) -> bool:
    """Will say from the outcomes alone whether the parent is served; written independently."""
    if policy == "all":
        return all(outcomes)
    if policy == "any":
        return any(outcomes)
    if policy == "main":
        return all(done for role, done in zip(roles, outcomes, strict=True) if role == "main")
    return sum(outcomes) >= quorum


def test_every_order_of_endings_comes_out_as_the_oracle_says() -> None:
    """5,000 random plays of the pure rules: order of endings, waves, policies, outcomes."""
    dice = random.Random(SEED)
    for _play in range(5000):
        count = dice.randint(1, 6)
        roles = [dice.choice(["main", "part"]) for _n in range(count)]
        roles[dice.randrange(count)] = "main"
        policy, quorum = dice.choice(["all", "any", "main", "quorum"]), dice.randint(1, count)
        outcomes = [dice.random() < 0.6 for _n in range(count)]
        parts = [Part(role, order=dice.randint(1, 3)) for role in roles]
        decided: Verdict | None = None
        while True:
            found = verdict(policy, quorum, parts)
            if found is not Verdict.WAITING:
                assert decided in (None, found), "a decided join changed its mind"
                decided = found
            order = next_order(parts)
            for part in parts:
                if part.order == order and part.state == "planned":
                    part.state = "open"
            running = [n for n, part in enumerate(parts) if part.state == "open"]
            if not running:
                break
            ended = dice.choice(running)
            parts[ended].state = "done" if outcomes[ended] else "failed"
        assert decided is not None
        assert (decided is Verdict.JOINED) == oracle(policy, quorum, roles, outcomes)


@pytest.mark.django_db
@pytest.mark.parametrize("play", range(8))
def test_real_cases_in_random_order_come_out_as_the_oracle_says(cast: Cast, play: int) -> None:
    dice = random.Random(SEED + play)
    count = dice.randint(2, 4)
    roles = ["main", *(dice.choice(["main", "part"]) for _n in range(count - 1))]
    policy = ["all", "any", "main", "quorum"][play % 4]
    quorum = dice.randint(1, count)
    outcomes = [dice.random() < 0.6 for _n in range(count)]
    join: dict[str, Any] = {"policy": policy, "to": "joined", "returned_to": "routing"}
    join |= {"quorum": quorum} if policy == "quorum" else {"rest": "leave"}
    rows = [{"role": role, "order": dice.randint(1, 2)} for role in roles]
    case = joint.parent_case(cast, *rows, join=join)
    found = joint.split(cast, case)
    while open_parts := _at_work(found):
        ended = dice.choice(open_parts)
        joint.end(cast, ended, "close" if outcomes[ended.number - 1] else "void")
        if dice.random() < 0.7 or not _at_work(found):  # sometimes several end before the worker
            joint.drain()
    found.refresh_from_db()
    served = oracle(policy, quorum, roles, outcomes)
    assert found.state == (SplitState.JOINED if served else SplitState.FAILED)
    assert joint.state_of(case) == ("joined" if served else "routing")
    assert CaseEvent.objects.filter(case=case, action="joined").count() == int(served)


def _at_work(found: Split) -> list[SplitPart]:
    working = found.parts.filter(case__category__in=["waiting", "running"])
    return list(working.select_related("case"))


@pytest.mark.django_db(transaction=True)
def test_two_last_children_closing_at_once_join_once(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {})
    found = joint.split(cast, case)
    barrier = threading.Barrier(2)

    def close(number: int) -> None:
        try:
            part = joint.part(found, number)
            barrier.wait(timeout=10)
            joint.end(cast, part)
            outbox.drain()
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    joint.drain()
    assert joint.state_of(case) == "joined"
    assert CaseEvent.objects.filter(case=case, action="joined").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_opening_one_split_open_each_part_once(cast: Cast) -> None:
    case = joint.parent_case(cast, {}, {}, {})
    make.act(cast.dispatcher, case, "split", {})
    split_id = Split.objects.get(parent=case).pk
    from apps.matters.services.splits import open_parts

    barrier = threading.Barrier(2)

    def work() -> None:
        try:
            barrier.wait(timeout=10)
            open_parts(split_id=split_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert SplitPart.objects.filter(case__isnull=False).count() == 3
    assert Case.objects.count() == 4
