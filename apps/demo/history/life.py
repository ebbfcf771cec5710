"""The life of one demand, told step by step: what people do, in the order they do it.

``Life.live`` is a generator. It gives the moment of the next step; resumed at that moment
(the clock then says so), it does the step through the services and gives the next moment.
All chance comes from one generator per story and every step has a key, so a run that was cut
off may be told again from the start: what was done is found and not done again.
"""

import random
from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.demo.history import timeline
from apps.demo.history.pictures import Stock
from apps.demo.history.stories import Story
from apps.demo.texts import Writer, person_name, phone_number, phrases, pick
from apps.demo.world import CENTER, World
from apps.hotline.enums import ComplaintFamily, Nature
from apps.hotline.services import Intake, record_hit, register_demand
from apps.matters.actors import CaseActor, Reporter
from apps.matters.enums import Channel, LinkKind, Priority
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case
from apps.matters.services import NewFile, link_cases, perform

Steps = Generator[datetime, None, None]
FAMILIES = {"market": ComplaintFamily.CONSUMER, "gov": ComplaintFamily.EFFICIENCY}
SCORES = (5, 4, 3, 2, 1)


class Life:
    """One story being lived. quick: it only has to arrive at its pose."""

    def __init__(self, world: World, story: Story, stock: Stock, seed: int) -> None:
        self.world, self.story, self.stock = world, story, stock
        self.rng = random.Random(f"{seed}:{story.number}")
        self.writer = Writer(self.rng)
        self.key = f"demo:{seed}:{story.number}"
        self.moment, self.step, self.round = story.at, 0, 1
        self.quick = bool(story.pose)
        self.has_phone = self.quick or self.rng.random() > 0.08
        self.acceptor = self.rng.choice(world.people("acceptor"))
        self.case: Case
        self.unit: Organization
        self.limit: dict[str, Any] = {}

    # --- Telling time ----------------------------------------------------------------

    def later(self, minutes: float) -> datetime:
        """Goes on by so many minutes, day or night."""
        self.moment += timedelta(minutes=minutes)
        return self.moment

    def at_work(self, minutes: float) -> datetime:
        """Goes on by so many minutes of working time."""
        if self.quick:
            return self.later(min(minutes, 12))
        self.moment = timeline.office(self.moment, minutes)
        return self.moment

    # --- Doing -----------------------------------------------------------------------

    def act(
        self, actor: CaseActor, action: str, data: dict[str, Any], files: Sequence[NewFile] = ()
    ) -> None:
        self.step += 1
        done = perform(
            actor, case_id=self.case.pk, action=action, data=data, files=files,
            key=f"{self.key}:{self.step}",
        )  # fmt: skip
        self.case = done.case

    def attempt(self, actor: CaseActor, action: str, data: dict[str, Any]) -> None:
        """Does what may have become needless meanwhile."""
        try:
            self.act(actor, action, data)
        except ActionNotPossible:
            return

    def knows(self, action: str) -> bool:
        """Whether the profile's matter has this action."""
        return any(a["code"] == action for a in self.world.profile["matter"]["actions"])

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def of(self, role: str) -> User:
        """Somebody of the centre."""
        return self.rng.choice(self.world.people(role, CENTER))

    def handler(self) -> User:
        """Somebody of the unit in charge."""
        staff = self.world.people("department_staff", self.unit.code)
        return self.rng.choice(staff or self.world.people("department_head", self.unit.code))

    # --- The story -------------------------------------------------------------------

    def live(self) -> Steps:
        story = self.story
        yield self.moment
        self.register()
        if story.pose == "registered":
            return
        swift = self.at_desk or self.quick
        yield self.later(self.rng.uniform(2, 9) if swift else self.rng.uniform(4, 110))
        if not self.quick and self.chance(0.022):
            code, reason = pick(self.rng, "rejections")
            self.act(self.acceptor, "reject", {"reason_code": code, "reason": reason})
            return
        if story.nature in {Nature.CONSULT, Nature.PRAISE} and not self.quick:
            yield from self.answer()
            return
        if story.pose == "completing" or (not self.quick and self.chance(0.035)):
            yield from self.complete()
            if story.pose == "completing":
                return
        self.accept()
        if story.pose == "accepted":
            return
        yield self.dispatch_moment()
        self.dispatch()
        yield from self.handle()

    @property
    def at_desk(self) -> bool:
        return self.story.channel in {Channel.PHONE, Channel.LETTER}

    def register(self) -> None:
        rng, story = self.rng, self.story
        if story.nature == Nature.PRAISE:
            words = self.writer.praise(story.spot.text)
        elif story.nature == Nature.SUGGESTION:
            words = self.writer.suggestion(story.spot.text)
        else:
            words = self.writer.report(story.class_code, story.spot.text, again=story.is_twin)
        has_point = self.quick or self.chance(0.93)
        family = FAMILIES.get(story.class_code.split(".", 1)[0], ComplaintFamily.NONE)
        if story.nature != Nature.COMPLAINT or not self.has_phone:
            family = ComplaintFamily.NONE
        secret = self.chance(0.03)
        intake = Intake(
            title=words.title,
            text=words.text,
            channel=story.channel,
            nature=story.nature,
            family=family,
            reporter_name=person_name(rng) if self.has_phone else "",
            reporter_phone=phone_number(rng) if self.has_phone else "",
            reporter_gender=rng.choice("mf"),
            lon=story.spot.point[0] if has_point else None,
            lat=story.spot.point[1] if has_point else None,
            address=f"{self.world.tenant.name}{story.spot.text}",
            is_secret=secret,
            is_public=self.chance(0.35),
            source_key=self.key,
        )
        files = self.stock.draw(rng, "before") if self.chance(0.1) else ()
        done = register_demand(
            self.registrar(), tenant=self.world.tenant, intake=intake, files=files
        )
        self.case = done.case
        if story.main:
            self.link(f"{self.key.rpartition(':')[0]}:{story.main}")

    def link(self, key: str) -> None:
        """Says that this demand repeats the one reported under a key, where that one is known."""
        main = Case.objects.filter(tenant=self.world.tenant, source_key=key).first()
        if main is not None:
            link_cases(
                self.acceptor, source_id=self.case.pk, target_id=main.pk,
                kind=LinkKind.DUPLICATE_OF,
            )  # fmt: skip

    def registrar(self) -> CaseActor:
        if self.at_desk:
            return self.acceptor
        if self.story.channel == Channel.GRID:
            workers = self.world.staff["grid_worker"][f"c{self.story.spot.cell[:12]}"]
            return self.rng.choice(workers)
        return SYSTEM

    def answer(self) -> Steps:
        articles = self.world.articles.get(self.story.class_code)
        data: dict[str, Any] = {"class_code": self.story.class_code}
        if articles:
            article = self.rng.choice(articles)
            data |= {"answer": article.body, "article_id": article.pk}
        else:
            data["answer"] = "感谢您的来电，您反映的情况已记录并转告相关单位。"
        before = self.case.lock_version
        self.act(self.acceptor, "answer", data)
        if articles and self.case.lock_version > before:
            record_hit(article.pk)
        if self.has_phone and self.chance(0.3):
            yield self.later(self.rng.uniform(20, 2000))
            self.evaluate(self.rng.choices(SCORES, [60, 28, 7, 3, 2])[0], result=False)

    def complete(self) -> Steps:
        self.act(self.acceptor, "ask_to_complete", {"question": pick(self.rng, "questions")})
        if self.story.pose:
            return
        yield self.later(self.rng.uniform(30, 1500))
        who = Reporter(self.case.pk) if self.has_phone else self.acceptor
        self.act(who, "complete", {"addition": pick(self.rng, "additions")})
        yield self.later(self.rng.uniform(5, 60))

    def accept(self) -> None:
        urgent = self.story.class_code in {"utility.gas", "estate.elevator", "road.manhole"}
        weights = [5.0, 35.0, 60.0] if urgent else [0.5, 6, 93.5]
        priority = self.rng.choices([Priority.URGENT, Priority.HIGH, Priority.NORMAL], weights)[0]
        data = {"class_code": self.story.class_code, "priority": priority}
        self.act(self.acceptor, "accept", data)

    def dispatch_moment(self) -> datetime:
        if self.case.priority != Priority.NORMAL:
            return self.later(self.rng.uniform(3, 25))
        return self.at_work(self.rng.triangular(4, 300, 30))

    def dispatch(self, *, away_from: Organization | None = None) -> None:
        """Follows the rules mostly; another unit with a reason sometimes."""
        rng, story = self.rng, self.story
        fitting = self.world.unit_for(story.class_code, story.spot.cell)
        decision = self.case.proposal
        if decision is not None and decision.outputs:
            fitting = self.world.units[decision.outputs[0]["unit"]]
        limit = dict(self.world.duty(story.class_code)["limit"])
        if story.pose == "soon":
            limit = {"amount": rng.randint(34, 46), "unit": "calendar_hours"}
        elif story.pose in {"late", "handling"}:
            hours = 48 if story.pose == "late" else 120
            limit = {"amount": hours, "unit": "calendar_hours"}
        data: dict[str, Any] = {
            "unit": fitting.pk,
            "limit_amount": limit["amount"],
            "limit_unit": limit["unit"],
            "instruction": pick(rng, "instructions"),
        }
        self.unit, self.limit = fitting, limit
        if away_from == fitting or (not self.quick and self.chance(0.045)):
            other = self.world.units[f"d{story.spot.cell[:9]}-street"]
            if other == fitting:
                other = self.world.units[f"d{story.spot.cell[:6]}-cgj"]
            if other != fitting:
                data |= {"unit": other.pk, "override_reason": pick(rng, "override_reasons")}
                self.unit = other
        self.act(self.of("dispatcher"), "dispatch", data)

    def handle(self) -> Steps:
        """From the unit's desk to its answer, and what follows."""
        story = self.story
        if story.pose == "dispatched":
            return
        yield self.at_work(self.rng.triangular(10, 380, 70))
        if story.pose == "returning" or (not self.quick and self.chance(0.06)):
            yield from self.send_back()
            if story.pose == "returning":
                return
        self.act(self.handler(), "sign", {})
        extra = 0.0
        if self.chance(0.1) and not self.quick:
            yield self.at_work(self.rng.uniform(15, 60))
            self.act(self.handler(), "remark", {"note": pick(self.rng, "remarks")})
        if story.pose == "extending" or (not self.quick and self.chance(0.08)):
            yield self.at_work(self.share_of_limit(0.2))
            extra = yield from self.extend()
            if story.pose == "extending":
                return
        if story.pose in {"suspending", "suspended"}:
            self.suspend()
            return
        if story.pose in {"assisting", "helped"}:
            self.ask_for_help()
            return
        if story.pose == "supervised":
            order = {"text": "请说明处理进展和完成时间。", "reply_hours": 72}
            self.act(self.of("supervisor"), "supervise", order)
            return
        if story.pose in {"handling", "soon", "late"}:
            return
        late = not self.quick and self.chance(0.07)
        if late:
            yield self.at_work(self.share_of_limit(self.rng.uniform(1.05, 1.5)) + extra)
            reply = {"reply": pick(self.rng, "order_replies")}
            self.attempt(self.handler(), "reply_order", reply)
            yield self.at_work(self.rng.uniform(30, 500))
        else:
            share = self.rng.triangular(0.08, 0.72, 0.35)
            yield self.at_work(self.share_of_limit(share) + extra * 0.7)
            if self.chance(0.05):
                self.act(self.of("callback_clerk"), "urge", {"text": pick(self.rng, "urges")})
                yield self.at_work(self.rng.uniform(20, 90))
        self.feed_back()
        yield from self.check()

    def share_of_limit(self, share: float) -> float:
        """Minutes of working time in a share of the limit."""
        per_unit = {
            "working_days": 420.0, "working_hours": 60.0,
            "calendar_days": 290.0, "calendar_hours": 13.0,
        }  # fmt: skip
        return share * float(self.limit["amount"]) * per_unit[self.limit["unit"]]

    def send_back(self) -> Steps:
        for turn in range(2):
            self.act(
                self.handler(),
                "request_return",
                {
                    "reason_code": self.rng.choice(["not_ours", "wrong_area", "overlap"]),
                    "reason": pick(self.rng, "return_reasons"),
                },
            )
            if self.story.pose:
                return
            yield self.at_work(self.rng.uniform(20, 260))
            granted = self.chance(0.55)
            words = pick(self.rng, "return_granted" if granted else "return_refused")
            ruling = {"decision": "approve" if granted else "reject", "opinion": words}
            self.act(self.of("dispatcher"), "rule_return", ruling)
            yield self.at_work(self.rng.uniform(10, 120))
            if not granted:
                return
            self.dispatch(away_from=self.unit)
            yield self.at_work(self.rng.uniform(20, 300))
            if turn or not self.chance(0.25):  # sometimes the next unit sends it back too
                return

    def extend(self) -> Generator[datetime, None, float]:
        days = self.rng.randint(2, 8)
        self.act(
            self.handler(),
            "request_extension",
            {"days": days, "reason": pick(self.rng, "extension_reasons")},
        )
        if self.story.pose:
            return 0.0
        yield self.at_work(self.rng.uniform(20, 180))
        granted = self.chance(0.8)
        words = pick(self.rng, "extension_granted" if granted else "extension_refused")
        ruling = {"decision": "approve" if granted else "reject", "opinion": words}
        self.act(self.of("dispatcher"), "rule_extension", ruling)
        return days * 420.0 if granted else 0.0

    def suspend(self) -> None:
        """Asks to wait for the season, and is granted it where the story says so."""
        day = timezone.localdate(self.moment) + timedelta(days=12)
        data = {
            "reason_code": "season",
            "reason": "近期持续降雨，待天气转好后施工。",
            "wake_on": day.isoformat(),
        }
        self.act(self.handler(), "request_suspension", data)
        if self.story.pose == "suspended":
            ruling = {"decision": "approve", "opinion": "情况属实，同意挂起。"}
            self.act(self.of("dispatcher"), "rule_suspension", ruling)

    def ask_for_help(self) -> None:
        """Needs another unit; granted where the story says so, which then has a task."""
        units = Organization.objects.filter(tenant_id=self.case.tenant_id, kind="department")
        other = units.exclude(code=self.unit.code).order_by("path").first()
        if other is None:
            return
        data = {"units": [other.pk], "reason": "需协助提供现场管线资料。", "days": 2}
        self.act(self.handler(), "request_assistance", data)
        if self.story.pose == "helped":
            ruling = {"decision": "approve", "opinion": "同意，请配合。"}
            self.act(self.of("dispatcher"), "rule_assistance", ruling)

    def feed_back(self) -> None:
        rng = self.rng
        outcome = rng.choices(["solved", "partly", "explained"], [78, 12, 10])[0]
        result = self.writer.result(self.story.class_code)
        files = self.stock.draw(rng, "after") if self.chance(0.12) else ()
        data = {"resolution": outcome, "result": result, "contacted": self.chance(0.8)}
        self.act(self.handler(), "feed_back", data, files)

    def check(self) -> Steps:
        """The call-back, which closes the case or sends it round again."""
        story = self.story
        if story.pose in {"answered", "callback_late"}:
            return
        if not self.has_phone and self.knows("close"):
            yield self.at_work(self.rng.uniform(100, 900))
            note = {"note": "反映人未留联系方式，结果已核实，按规定办结。"}
            self.act(self.of("supervisor"), "close", note)
            return
        yield self.at_work(self.rng.triangular(60, 900, 200))
        clerk = self.of("callback_clerk")
        for attempt in range(3):
            if self.quick or not self.chance(0.13):
                break
            missed = {
                "reached": "no",
                "next_step": "close" if attempt == 2 else "retry",
                "comment": pick(self.rng, "call_missed"),
            }
            self.act(clerk, "call_back", missed)
            if attempt == 2:
                return
            yield self.at_work(self.rng.uniform(60, 240))
        solved = self.quick or self.chance(0.9)
        again = not solved and self.round < 3
        weights = [58, 27, 10, 4, 1] if solved else [0, 2, 18, 45, 35]
        self.act(
            clerk,
            "call_back",
            {
                "reached": "yes",
                "solved": "yes" if solved else "no",
                "result_score": str(self.rng.choices(SCORES, weights)[0]),
                "acceptance_score": str(self.rng.choices(SCORES, [70, 22, 6, 1, 1])[0]),
                "next_step": "redo" if again else "close",
                "comment": pick(self.rng, "call_good" if solved else "call_bad"),
            },
        )
        if again:
            yield from self.handle_again()
            return
        yield from self.judge()

    def handle_again(self) -> Steps:
        """Another round by the same unit."""
        self.round += 1
        self.limit = {"amount": 5, "unit": "working_days"}
        yield self.at_work(self.rng.uniform(15, 200))
        self.act(self.handler(), "sign", {})
        yield self.at_work(self.share_of_limit(self.rng.uniform(0.2, 0.7)))
        self.feed_back()
        yield from self.check()

    def judge(self) -> Steps:
        """The citizen's own score; a bad one asks the supervisor for another round."""
        unhappy = self.story.pose == "unhappy"
        if not unhappy and (not self.has_phone or not self.chance(0.24)):
            return
        yield self.later(self.rng.uniform(30, 3000 if not unhappy else 200))
        score = 1 if unhappy else self.rng.choices(SCORES, [58, 24, 9, 5, 4])[0]
        self.evaluate(score, result=True)
        if unhappy or score > 2:
            return
        yield self.at_work(self.rng.uniform(120, 1200))
        supervisor = self.of("supervisor")
        if self.chance(0.6) and self.round < 3:
            self.act(supervisor, "redo", {"reason": pick(self.rng, "redo_reasons")})
            yield from self.handle_again()
        else:
            reason = "经核查，承办单位已按职责办理到位，已向您当面说明。"
            self.act(supervisor, "decline_redo", {"reason": reason})

    def evaluate(self, score: int, *, result: bool) -> None:
        words = self.rng.choice(phrases()["evaluations"][str(score)])
        data = {"acceptance_score": str(max(score, 3)), "comment": words}
        if result:
            data |= {"result_score": str(score), "solved": "yes" if score > 2 else "no"}
        self.act(Reporter(self.case.pk), "evaluate", data)
