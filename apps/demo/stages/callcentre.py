"""A week in the demo city's call centre: calls, states, rosters, inspections, scripts.

Calls before the last are laid down as the exchange would have reported them, their ledger is
made from them by the same fold as in life; the last ones go through the simulated exchange, so
that there are recordings.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.audit.services import SYSTEM
from apps.callcentre import services as centre
from apps.callcentre.models import Agent, CallNote, DeskShift, Leg, Mark
from apps.callcentre.services.presence import rebuild
from apps.common import clock
from apps.hotline.enums import CallEventKind
from apps.hotline.models import Call, Line
from apps.hotline.services import apply_event
from apps.hotline.telephony import CallEvent, exchange

DAYS, CALLS_A_DAY, WRAP_S = 8, 90, 45
OPENS, CLOSES = 8, 20
PATIENCE_S, RING_S = (20, 90), (2, 9)
SHIFTS = (("早班", time(8), time(14)), ("中班", time(14), time(20)), ("夜班", time(20), time(8)))
ITEMS: tuple[dict[str, Any], ...] = (
    {"code": "greet", "label": "问候与自报工号", "weight": 15},
    {"code": "listen", "label": "倾听与复述", "weight": 25},
    {"code": "answer", "label": "解答准确、依据清楚", "weight": 35},
    {"code": "record", "label": "工单要素完整", "weight": 25},
    {"code": "attitude", "label": "无推诿、无不文明用语", "fatal": True},
)
SCRIPTS = (
    ("开场问候", "接起来电", "您好，市民热线，{工号}号话务员为您服务，请问有什么可以帮您？"),
    ("情绪安抚", "来电人情绪激动", "您别着急，我已记录您的情况，马上为您登记并说明办理时限。"),
    (
        "结束语",
        "挂断前",
        "您的诉求已登记，编号将以短信发送，感谢来电，请对本次服务按键评价。",
    ),
)


@dataclass
class _Desk:
    """An agent while a day is drawn: when the next call can be taken."""

    agent: Agent
    free_at: datetime


def load_callcentre(*, tenant: str, until: datetime, seed: int) -> tuple[int, int]:
    """Will lay the centre down; gives how many agents and calls. Source: HL-04, HL-09."""
    dice = random.Random(seed)
    body = Tenant.objects.get(code=tenant)
    lines = list(Line.objects.filter(tenant=body, is_active=True).order_by("code"))
    agents = _crew(body)
    today = timezone.localtime(until).date()
    days = [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    count = sum(_day(day, agents, lines, dice, until) for day in days)
    with clock.at(until):
        for agent in agents:
            rebuild(agent, since=_at(days[0], 0))
        _live(agents, lines[0], until)
        _rosters(body, agents, today)
        _inspect(body, today, dice)
        _scripts(body)
    return len(agents), count + 2


def _crew(body: Tenant) -> list[Agent]:
    groups = [
        centre.save_group(SYSTEM, tenant=body, name=name, wrap_s=WRAP_S)
        for name in ("甲组", "乙组")
    ]
    people = User.objects.filter(tenant=body, username__startswith="acceptor").order_by("pk")
    agents = []
    for nth, user in enumerate(people):
        skills = [centre.SkillSpec(level=2 + nth % 4)]
        if nth % 3 == 0:
            skills.append(centre.SkillSpec(language="dialect", level=4))
        spec = centre.AgentSpec(user, groups[nth % 2], f"8{nth + 1:02d}", skills)
        agents.append(centre.save_agent(SYSTEM, spec=spec))
    return agents


def _day(
    day: date, agents: Sequence[Agent], lines: Sequence[Line], dice: random.Random, until: datetime
) -> int:
    """Draws one day: who sits, who calls, who waits too long."""
    crew = [agent for agent in agents if dice.random() < 0.8] or list(agents[:1])
    desks = [_Desk(agent, _at(day, OPENS, dice.randrange(0, 600))) for agent in crew]
    Mark.objects.bulk_create(
        mark for desk in desks for mark in _marks(desk, day, dice) if mark.at <= until
    )
    moments = sorted(
        _at(day, OPENS) + timedelta(seconds=_draw_second(dice)) for _call in range(CALLS_A_DAY)
    )
    calls, legs, notes = [], [], []
    for number, rang in enumerate(moments):
        if rang > until - timedelta(minutes=20):
            break
        desk = min(desks, key=lambda one: one.free_at)
        waited = max(desk.free_at, rang) - rang + timedelta(seconds=dice.uniform(*RING_S))
        line = dice.choices(lines, weights=[6, *[1] * (len(lines) - 1)])[0]
        call = Call(
            exchange_id=f"demo-{day:%m%d}-{number:03d}", direction="in", line=line, rang_at=rang,
            phone=f"139{dice.randrange(10**8):08d}",
        )  # fmt: skip
        patience = timedelta(seconds=dice.uniform(*PATIENCE_S))
        if waited > patience:
            call.state, call.ended_at = "missed", rang + patience
        else:
            call.state, call.answered_at = "ended", rang + waited
            lasting = timedelta(seconds=min(dice.lognormvariate(4.9, 0.6), 900))
            call.ended_at, call.agent = call.answered_at + lasting, desk.agent.user
            legs.append(_leg(call, desk.agent, waited))
            if dice.random() < 0.4:
                notes.append(_note(call, desk.agent, dice))
            desk.free_at = call.ended_at + timedelta(seconds=WRAP_S + 3)
        calls.append(call)
    Call.objects.bulk_create(calls)
    Leg.objects.bulk_create(legs)
    CallNote.objects.bulk_create(notes)
    return len(calls)


def _marks(desk: _Desk, day: date, dice: random.Random) -> list[Mark]:
    pause = _at(day, 12, dice.randrange(0, 5400))
    said = [
        (desk.free_at, "free", ""),
        (pause, "break", "meal"),
        (pause + timedelta(minutes=dice.randrange(15, 35)), "free", ""),
        (_at(day, CLOSES, dice.randrange(0, 600)), "off", ""),
    ]
    user = desk.agent.user
    return [
        Mark(agent=desk.agent, at=at, kind=kind, reason=reason, by=user)
        for at, kind, reason in said
    ]


def _leg(call: Call, agent: Agent, waited: timedelta) -> Leg:
    rang = call.rang_at + max(waited - timedelta(seconds=5), timedelta())
    return Leg(
        call=call, agent=agent, key=agent.user.username, rang_at=rang,
        answered_at=call.answered_at, ended_at=call.ended_at, wrap_s=WRAP_S,
    )  # fmt: skip


def _note(call: Call, agent: Agent, dice: random.Random) -> CallNote:
    score = dice.choices((1, 2, 3, 4, 5), weights=(2, 3, 8, 30, 57))[0]
    return CallNote(call=call, score=score, scored_at=call.ended_at, scored_agent=agent)


def _live(agents: Sequence[Agent], line: Line, until: datetime) -> None:
    """Two calls through the simulated exchange, the second still on; two agents free."""
    for nth, agent in enumerate(agents[:4]):
        centre.declare(
            agent.user, agent_id=agent.pk, kind="free", place=f"{'AB'[nth % 2]}{nth + 1}"
        )
    if not exchange().is_simulated:
        return
    for nth, agent in enumerate(agents[:2]):
        name, rang = agent.user.username, until - timedelta(minutes=6 - 3 * nth)
        call = f"demo-live-{nth}"
        _report(CallEventKind.RINGING, call, line, rang, agent=name, phone="13800002026")
        with clock.at(rang + timedelta(seconds=8)):
            exchange().answer(exchange_id=call, agent=name)
        if nth == 0:
            with clock.at(until - timedelta(minutes=4)):
                exchange().hang_up(exchange_id=call)
            _report(CallEventKind.KEYED, call, line, until - timedelta(minutes=4), key="5")


def _report(
    kind: CallEventKind,
    call: str,
    line: Line,
    at: datetime,
    *,
    agent: str = "",
    phone: str = "",
    key: str = "",
) -> None:
    apply_event(CallEvent(kind, call, line.number, at, agent=agent, phone=phone, key=key))


def _rosters(body: Tenant, agents: Sequence[Agent], today: date) -> None:
    shifts: list[DeskShift] = [
        centre.save_shift(SYSTEM, tenant=body, name=name, starts_at=begin, ends_at=end)
        for name, begin, end in SHIFTS
    ]
    monday = centre.monday_of(today)
    for day in range(7):
        for nth, agent in enumerate(agents):
            turn = (nth + day) % 4
            if turn < len(shifts):
                centre.assign(
                    SYSTEM, agent_id=agent.pk, shift_id=shifts[turn].pk,
                    day=monday + timedelta(days=day),
                )  # fmt: skip
    centre.copy_week(SYSTEM, tenant=body, source=monday, target=monday + timedelta(days=7))


def _inspect(body: Tenant, today: date, dice: random.Random) -> None:
    inspectors = list(User.objects.filter(username__startswith="quality").order_by("pk"))
    leader = User.objects.get(username="shift-leader1")
    draft = centre.draft_sheet(inspectors[0], tenant=body, name="话务质检评分表", items=ITEMS)
    centre.publish_sheet(leader, sheet_id=draft.pk)
    week = today - timedelta(days=DAYS - 1)
    spec = centre.DrawSpec("本周随机抽查", "random", week, today, 12, seed="demo-2026")
    sample = centre.draw_sample(inspectors[0], tenant=body, spec=spec)
    kept = {item["code"]: item["weight"] for item in ITEMS if not item.get("fatal")}
    for nth, one in enumerate(sample.inspections.select_related("agent__user").order_by("pk")[:8]):
        points: dict[str, int] = {
            code: most - dice.randrange(0, most // 4) for code, most in kept.items()
        }
        points["attitude"] = 1
        centre.score_call(
            inspectors[0],
            inspection_id=one.pk,
            kind="first",
            points=points,
            comment="按评分表逐项评定",
        )
        if nth < 3:
            centre.score_call(
                inspectors[1], inspection_id=one.pk, kind="calibration",
                points=points | {"greet": kept["greet"]},
            )  # fmt: skip
        elif nth == 4:
            centre.appeal_score(
                one.agent.user, inspection_id=one.pk, words="来电人未提供地址，请复听 1 分 20 秒处"
            )


def _scripts(body: Tenant) -> None:
    writer = User.objects.get(username="editor1")
    leader = User.objects.get(username="shift-leader1")
    for nth, (title, situation, text) in enumerate(SCRIPTS):
        spec = centre.ScriptSpec(title, situation, text)
        version = centre.write_script(writer, tenant=body, spec=spec)
        if nth < len(SCRIPTS) - 1:
            centre.rule_script(leader, version_id=version.pk, agrees=True)


def _draw_second(dice: random.Random) -> float:
    """More calls in the morning and after lunch than else."""
    peak = dice.choice((1.8, 6.5)) * 3600
    return min(max(dice.gauss(peak, 6000), 0), (CLOSES - OPENS) * 3600 - 60)


def _at(day: date, hour: int, seconds: int = 0) -> datetime:
    zone = timezone.get_default_timezone()
    return datetime.combine(day, time(hour), tzinfo=zone) + timedelta(seconds=seconds)
