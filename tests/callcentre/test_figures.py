"""The figures of the standard equal a slow oracle; pages by right and body (HL-01, HL-04)."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.callcentre.models import Presence
from apps.callcentre.selectors import board as boards
from apps.callcentre.selectors.crew import ledger
from apps.callcentre.standard import WINDOW, CallFact, count, worst_window
from apps.common import clock
from apps.common.periods import Period
from apps.hotline.models import Call
from apps.hotline.registry import FirstAnswers, _media
from tests.callcentre.conftest import NINE, Centre, later

HOUR = timedelta(hours=1)
DAY = "2026-11-20"
FACTS = st.builds(
    lambda hour, wait, talk: CallFact(
        NINE + hour * HOUR,
        None if wait is None else NINE + hour * HOUR + timedelta(seconds=wait),
        NINE + hour * HOUR + timedelta(seconds=(wait or 0) + talk),
    ),
    st.integers(0, 70),
    st.none() | st.integers(0, 40),
    st.integers(1, 300),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(FACTS, max_size=25))
def test_the_worst_day_is_the_worst_of_all_days(calls: list[CallFact]) -> None:
    start, until = NINE, NINE + 72 * HOUR
    found = worst_window(calls, start=start, until=until)
    rates = []
    for half_hours in range(2 * 48 + 1):  # calls come at full hours: half hours see every set
        begin = start + half_hours * HOUR / 2
        inside = [c for c in calls if begin <= c.rang_at < begin + WINDOW]
        if inside:
            rates.append(sum(c.answered_at is not None for c in inside) / len(inside))
    assert (found.rate if found else None) == (min(rates) if rates else None)
    figures = count(calls)
    waits = [(c.answered_at - c.rang_at).total_seconds() for c in calls if c.answered_at]
    assert figures.offered == len(calls)
    assert figures.prompt == sum(wait <= 15 for wait in waits)
    assert figures.wait_s == (sum(waits) / len(waits) if waits else None)


def lay_calls(centre: Centre) -> None:
    """Ten calls an hour apart: nine answered after 10 or 20 seconds, the last given up."""
    for number in range(10):
        rang = NINE + number * timedelta(minutes=10)
        answered = None if number == 9 else rang + timedelta(seconds=10 if number < 6 else 20)
        Call.objects.create(
            exchange_id=f"c-{number}",
            direction="in",
            state="ended" if answered else "missed",
            line=centre.line,
            phone="13812345678",
            rang_at=rang,
            answered_at=answered,
            ended_at=rang + timedelta(seconds=80),
        )


@pytest.mark.django_db
def test_the_board_counts_and_opens_its_rows(centre: Centre, client: Client) -> None:
    lay_calls(centre)
    centre.sit()
    now = NINE + 3 * HOUR
    period = Period(*(2 * [now.date()]))
    with clock.at(now):
        Call.objects.create(
            exchange_id="w", direction="in", state="ringing", line=centre.line,
            rang_at=now - timedelta(seconds=42),
        )  # fmt: skip
        seen = boards.board(centre.leader, now=now)
        assert (seen.today.offered, seen.today.answered, seen.today.prompt) == (10, 9, 6)
        assert (len(seen.waiting), seen.longest_wait_s) == (1, 42)
        assert {state: n for state, _label, n in seen.states}["free"] == 3
        assert seen.day is not None
        assert (seen.day.rate, seen.day.is_met) == (0.9, False)
        for kind, n in [("offered", 10), ("abandoned", 1), ("prompt", 6), ("late", 3)]:
            rows = boards.calls_behind(centre.leader, kind=kind, period=period, now=now)
            assert rows.count() == n, kind
        client.force_login(centre.leader)
        page = client.get(reverse("callcentre:board")).content.decode()
        assert "90.0%" in page
        assert "不达标" in page
        sheet = client.get(reverse("callcentre:report-export"), {"first": DAY, "last": DAY})
    rows = list(load_workbook(io.BytesIO(b"".join(sheet.streaming_content))).active.values)
    assert rows[1][2:7] == (10, 9, 1, "90.0%", "60.0%")
    assert "接通量 ÷ 呼入量" in rows[-1][0]
    assert AuditEntry.objects.filter(action="callcentre.report_exported").count() == 1


@pytest.mark.django_db
def test_the_ledger_adds_up_and_is_cut_at_midnight(centre: Centre) -> None:
    agent = centre.agents[0]
    Presence.objects.create(
        agent=agent, state="free", begins_at=NINE, ends_at=NINE + 16 * HOUR
    )  # 09:00 to 01:00 the next day
    Presence.objects.create(agent=agent, state="talking", begins_at=NINE + 16 * HOUR)
    period = Period(NINE.date(), NINE.date() + timedelta(days=1))
    days = ledger(agent.user, period=period, now=NINE + 17 * HOUR)
    assert [(d.day.day, d.seconds["free"] / 3600, d.seconds["talking"]) for d in days] == [
        (21, 1.0, 3600.0),
        (20, 15.0, 0.0),
    ]
    assert days[0].occupancy == 0.5
    assert ledger(centre.agents[1].user, period=period, now=NINE) == []
    assert ledger(centre.stranger, period=period, now=NINE) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["board", "calls", "report", "agents", "ledger"])
def test_pages_open_by_right_and_show_the_own_body(
    centre: Centre, client: Client, name: str
) -> None:
    lay_calls(centre)
    centre.sit()
    for user, status in (
        (centre.leader, 200),
        (centre.cast.handler, 403),
        (centre.agents[0].user, 200 if name == "ledger" else 403),
    ):
        client.force_login(user)
        with clock.at(later(4000)):
            answer = client.get(reverse(f"callcentre:{name}"))
        assert answer.status_code == status, user
        assert "13812345678" not in answer.content.decode()
    # The same right in the neighbouring city shows nothing of this one.
    post = centre.stranger.appointments.get().post
    post.roles.set(centre.leader.appointments.get().post.roles.all())
    client.force_login(centre.stranger)
    with clock.at(later(4000)):
        page = client.get(reverse(f"callcentre:{name}")).content.decode()
    assert "甲组" not in page
    assert "138****5678" not in page


@pytest.mark.django_db
def test_an_agent_is_entered_and_changed_by_form(centre: Centre, client: Client) -> None:
    client.force_login(centre.leader)
    agent = centre.agents[0]
    url = reverse("callcentre:agent-edit", args=[agent.pk])
    given: dict[str, Any] = {
        "user": agent.user_id, "group": centre.group.pk, "number": "801", "is_active": "on",
        "line1": centre.line.pk, "language1": "en", "level1": "5",
    }  # fmt: skip
    refused = client.post(url, given)
    assert refused.status_code == 422
    assert "组内未用过的话务工号" in refused.content.decode()
    assert client.post(url, given | {"number": "900"}).status_code == 302
    assert [(s.line, s.language, s.level) for s in agent.skills.all()] == [(centre.line, "en", 5)]
    entry = AuditEntry.objects.filter(action="callcentre.agent_saved").latest("pk")
    assert entry.data["before"]["number"] == "800"
    group = client.post(reverse("callcentre:group-new"), {"name": "乙", "wrap_s": 2, "ring_s": 3})
    assert group.status_code == 422


@pytest.mark.django_db
def test_the_agent_works_from_the_desk(centre: Centre, client: Client) -> None:
    agent = centre.agents[0]
    client.force_login(agent.user)
    state = reverse("callcentre:agent-state", args=[agent.pk])
    assert "签入" in client.get(reverse("hotline:desk-panels")).content.decode()
    client.post(state, {"kind": "free", "place": "A1"})
    client.post(state, {"kind": "break", "reason": "meal"})
    page = client.get(reverse("hotline:desk-panels")).content.decode()
    assert "用餐" in page
    assert Presence.objects.get(agent=agent, ends_at=None).reason == "meal"
    client.post(reverse("callcentre:agent-state", args=[centre.agents[1].pk]), {"kind": "off"})
    assert not Presence.objects.filter(agent=centre.agents[1]).exists()


@pytest.mark.django_db
def test_other_media_stand_beside_the_telephone(centre: Centre) -> None:
    _media["test"] = lambda tenants, start, end: FirstAnswers("短信", len(tenants), 0, 1)
    try:
        seen = boards.board(centre.leader, now=NINE)
    finally:
        del _media["test"]
    assert [(m.label, m.received) for m in seen.media][-1] == ("短信", 1)
