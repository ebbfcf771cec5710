"""The peak hour of a city of 15,000 demands a day, while 300 people have their pages open.

The peak is ten times the average hour; ``BENCH_CITY_DAY_SECONDS`` (600) of it are run, on a town of
``BENCH_CITY_DAY_CASES`` (100,000) cases. Of the demands seven in ten come by telephone: the desk is
opened, the hints are read, the demand registered and accepted; the others come over REST. Desks ask
every ten seconds whether somebody calls; everybody opens a queue page once a minute and keeps the
line for notices open. Idle means that the same calls come one at a time and nobody else is there;
half of it is measured before the peak and half after. Then ``django-helpdesk`` in an environment
of its own, on the same database server, does what it has in common with us, in turn with us.
"""

import json
import os
import pickle
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.runner import PYTHON, Bench, Figure
from benchmarks.support.agents import Call, Plan
from benchmarks.support.client import Answer, Connection, cpu_seconds, percentile
from benchmarks.support.helpdesk import CLOSED, OPEN, Helpdesk
from benchmarks.support.words import report

DESCRIPTION = "the peak hour of 15,000 demands a day with 300 pages open; against django-helpdesk"
SECONDS = int(os.environ.get("BENCH_CITY_DAY_SECONDS", "600"))
CASES = int(os.environ.get("BENCH_CITY_DAY_CASES", "100000"))
PER_SECOND = 15_000 / 24 * 10 / 3600
DESKS, ROUTERS, HANDLERS = 150, 30, 120
BY_PHONE = 0.7
LOOKS_EVERY_S, TURNS_EVERY_S = 10.0, 60.0
IDLE_S = min(90, max(20, SECONDS // 4))
IDLE_PER_SECOND = 2.0
ROUNDS = 20
QUEUES = {
    "acceptor": ("/cases/queue/intake/", "/cases/queue/intake/?tab=paused"),
    "dispatcher": ("/cases/queue/routing/", "/cases/queue/all/", "/cases/queue/routing/?tab=late"),
    "handler": (
        "/cases/queue/unit/?tab=waiting",
        "/cases/queue/unit/?tab=running",
        "/cases/queue/unit/?tab=done&page=2",
    ),
}

Asked = Callable[[int], list[Answer]]  # one look or deed of one side; the number of the turn


@dataclass(frozen=True)
class Person:
    """Somebody signed in. role: of the town."""

    role: str
    cookie: str


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from benchmarks.support.cases import fill
    from benchmarks.support.town import build_town

    bench.progress("building the town")
    town = build_town()
    bench.progress(f"filling in {CASES:,} cases")
    fill(town, total=CASES)
    people = _people(town)
    peak = _peak(bench, town, people)
    return [*peak, *_against_helpdesk(bench, town)]


# --- The peak -------------------------------------------------------------------------------


def _peak(bench: Bench, town: Any, people: list[Person]) -> list[Figure]:
    from apps.matters.models import Case

    base = bench.start_web()
    ours = [bench.newest().pid, bench.database_pid()]
    lines = bench.start_ws()
    ours += [bench.newest().pid, bench.start_worker(processes=1).pid, bench.start_beat().pid]
    numbers = iter(range(2_000_000, 10_000_000))
    office = Office(bench, town, base, lines)
    office.work("first looks", [], _idle(people, numbers, 10))
    before = Case.objects.count()
    idle = [office.work("nobody else", [], _idle(people, numbers, IDLE_S))]
    cookies = [person.cookie for person in people]
    used = cpu_seconds(ours)
    busy = office.work("the peak", cookies, _busy(people, numbers))
    used = cpu_seconds(ours) - used
    idle.append(office.work("nobody else again", [], _idle(people, numbers, IDLE_S)))
    taken = sum(len(one["took_ms"]["intake"]) for one in [*idle, busy])
    refused = [said for one in [*idle, busy] for said in one["refused"]]
    for said in refused[:5]:
        bench.progress(f"refused: {said}")
    figures = [
        Figure("demands in the peak", len(busy["took_ms"]["intake"]) / SECONDS, "1/s"),
        Figure("pages and looks in the peak", _count(busy) / SECONDS, "1/s"),
        Figure("processors in use in the peak", used / SECONDS, "of them"),
        Figure("refused", len(refused), "calls", "<=", 0),
        Figure("demands answered but not stored", taken - (Case.objects.count() - before),
               "demands", "<=", 0),
        Figure("lines for notices lost", busy["lost"], "lines", "<=", 0),
        Figure("pushed over the lines", busy["heard"], "messages"),
    ]  # fmt: skip
    for name, target in (
        ("intake", 2.0),
        ("queue page", 2.0),
        ("desk page", None),
        ("hints", None),
    ):
        calm = [ms for one in idle for ms in one["took_ms"][name]]
        loaded = busy["took_ms"][name]
        p95, idle_p95 = percentile(loaded, 0.95), percentile(calm, 0.95)
        op = "<=" if target else None
        figures += [
            Figure(f"{name}: idle, p95", idle_p95, "ms"),
            Figure(f"{name}: in the peak, p50", percentile(loaded, 0.5), "ms"),
            Figure(f"{name}: in the peak, p95", p95, "ms"),
            Figure(f"{name}: peak to idle, p95", p95 / idle_p95, "x", op, target),
        ]
    return figures


def _count(seen: dict[str, Any]) -> int:
    return sum(len(found) for name, found in seen["took_ms"].items() if name != "intake")


class Office:
    """Runs one process of people after the other against one server."""

    def __init__(self, bench: Bench, town: Any, base: str, lines: str) -> None:
        self._bench, self._town, self._base, self._lines = bench, town, base, lines

    def work(self, name: str, open_lines: list[str], calls: list[Call]) -> dict[str, Any]:
        """Will have calls done and give what the people saw. Raises: RuntimeError."""
        self._bench.progress(f"{name}: {len(calls)} calls")
        town = self._town
        plan = Plan(self._base, self._lines, open_lines, town.api_key, town.points, calls)
        place, result = self._bench.data / "plan", self._bench.data / "result"
        place.write_bytes(pickle.dumps(plan))
        command = [PYTHON, "-m", "benchmarks.support.agents", str(place), str(result)]
        process = self._bench.start("agents", *command)
        if process.popen.wait():
            raise RuntimeError(process.log.read_text("utf-8")[-3000:])
        found: dict[str, Any] = json.loads(result.read_text("utf-8"))
        return found


def _idle(people: list[Person], numbers: Iterator[int], seconds: int) -> list[Call]:
    """The calls of the peak, but one at a time."""
    chance = random.Random(seconds)
    desks = [person for person in people if person.role == "acceptor"]
    calls = []
    for place in range(int(seconds * IDLE_PER_SECOND)):
        at_s = place / IDLE_PER_SECOND
        if place % 2:
            calls.append(_demand(at_s, chance, desks, numbers))
        else:
            calls.append(_turn(at_s, chance, chance.choice(people)))
    return calls


def _busy(people: list[Person], numbers: Iterator[int]) -> list[Call]:
    """What 300 people and the other systems do in the peak, each at their own moments."""
    chance = random.Random(SECONDS)
    desks = [person for person in people if person.role == "acceptor"]
    calls = [_demand(at_s, chance, desks, numbers) for at_s in _moments(chance, 1 / PER_SECOND)]
    for person in people:
        calls += [_turn(at_s, chance, person) for at_s in _moments(chance, TURNS_EVERY_S)]
    for person in desks:
        first = chance.uniform(0, LOOKS_EVERY_S)
        looks = int((SECONDS - first) / LOOKS_EVERY_S) + 1
        calls += [
            Call(first + turn * LOOKS_EVERY_S, "ringing", person.cookie) for turn in range(looks)
        ]
    return calls


def _moments(chance: random.Random, every_s: float) -> Iterator[float]:
    at_s = chance.expovariate(1 / every_s)
    while at_s < SECONDS:
        yield at_s
        at_s += chance.expovariate(1 / every_s)


def _demand(
    at_s: float, chance: random.Random, desks: list[Person], numbers: Iterator[int]
) -> Call:
    if chance.random() < BY_PHONE:
        return Call(at_s, "phone", chance.choice(desks).cookie, number=next(numbers))
    return Call(at_s, "rest", number=next(numbers))


def _turn(at_s: float, chance: random.Random, person: Person) -> Call:
    return Call(at_s, "queue", person.cookie, chance.choice(QUEUES[person.role]))


def _people(town: Any) -> list[Person]:
    """Three hundred people with their sessions; those who handle are spread over the units."""
    from apps.accounts.models import Appointment, Post, Role, User
    from benchmarks.support.town import SINCE, sign_in

    people = []
    for role, many in (("acceptor", DESKS), ("dispatcher", ROUTERS), ("handler", HANDLERS)):
        own = town.people[role].appointments.get().post.organization
        units = town.units if role == "handler" else [own]
        posts: dict[int, Any] = {}
        for number in range(many):
            unit = units[number % len(units)]
            if unit.pk not in posts:
                posts[unit.pk] = Post.objects.create(organization=unit, name=f"{role} 城市一日")
                posts[unit.pk].roles.add(Role.objects.get(code=role))
            user = User.objects.create_user(
                username=f"{role}-{number}", full_name=f"坐席{number}", tenant=town.tenant
            )
            Appointment.objects.create(user=user, post=posts[unit.pk], from_on=SINCE)
            people.append(Person(role, sign_in(user)))
    return people


# --- Against django-helpdesk ----------------------------------------------------------------


def _against_helpdesk(bench: Bench, town: Any) -> list[Figure]:
    """The same server of databases, the two in turn, one call at a time."""
    from benchmarks.support.town import sign_in

    theirs = Helpdesk(bench, tickets=CASES)
    base = bench.start_web()
    cookie = sign_in(town.people["dispatcher"])
    pages = Connection(base, {"Cookie": cookie, "Accept-Language": "zh-hans"})
    machine = Connection(base, {"Authorization": f"Api-Key {town.api_key}"})
    word = "噪音"

    def ours(query: str) -> Asked:
        return lambda _n: [pages.send("GET", f"/cases/queue/all/?{query}")]

    def reported(number: int) -> list[Answer]:
        words, (lon, lat) = report(9_000_000 + number), town.points[number % len(town.points)]
        body = {
            "title": words["title"], "text": words["text"], "address": words["address"],
            "lon": lon, "lat": lat, "class_code": words["class_code"],
            "reporter_name": "王先生", "reporter_phone": f"136{number:08d}",
        }  # fmt: skip
        key = {"Idempotency-Key": f"city-day-{number:08d}"}
        return [machine.send("POST", "/api/v1/demands/", body, key)]

    scenes: dict[
        str, tuple[Callable[[int], list[Answer]], Callable[[int], list[Answer]], float]
    ] = {
        "open ones": (ours("tab=open"), lambda _n: theirs.rows(status=OPEN, sort="created"), 2.0),
        "ended, newest": (ours("tab=ended"), lambda _n: theirs.rows(status=CLOSED), 2.0),
        "ended, with a word": (
            ours("tab=ended&q=%E5%99%AA%E9%9F%B3"),
            lambda _n: theirs.rows(status=CLOSED, word=word),
            2.0,
        ),
        "creation": (reported, lambda n: [theirs.create(n)], 1.0),
    }
    figures = []
    for name, (mine, other, target) in scenes.items():
        bench.progress(f"against django-helpdesk: {name}")
        took = [(_ms(mine, turn), _ms(other, turn)) for turn in range(ROUNDS + 2)][2:]
        own, their = (statistics.median(side) for side in zip(*took, strict=True))
        figures += [
            Figure(f"{name}: ours, p50", own, "ms"),
            Figure(f"{name}: django-helpdesk, p50", their, "ms"),
            Figure(f"{name}: how much faster", their / own, "x", ">=", target),
        ]
    return figures


def _ms(do: Callable[[int], list[Answer]], turn: int) -> float:
    began = time.perf_counter()
    for answer in do(turn):
        if answer.status // 100 != 2:
            raise RuntimeError(f"{answer.status} {answer.body[:500]!r}")
    return (time.perf_counter() - began) * 1000
