"""The demo city: loaded once, the same for the same seed, alive at the end."""

import hashlib
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from apps.accounts.models import HeldChange, User
from apps.alarms import services as alarms
from apps.alarms.models import Discovery
from apps.commanding import services as commands
from apps.common import clock
from apps.demo import services
from apps.demo.models import DemoLoad
from apps.demo.selectors import list_accounts
from apps.demo.services import Order, load_demo
from apps.demo.stages.people import DEMO_PASSWORD
from apps.figures.models import Snapshot
from apps.guides.models import Application, CheckRun
from apps.hotline.models import Article, Demand, RateFormula
from apps.inspection import drawing
from apps.inspection.models import CheckResult, Draw
from apps.inspection.selectors.draws import proof_of
from apps.matters.models import Case, CaseEvent, CaseLink, ListenerDelivery, Responsibility
from apps.matters.selectors.queues import count_tabs, queues_for
from apps.rules.models import RuleTableVersion
from apps.signon import models as signon

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
SMALL = Order(size="small", days=20, cases=45)


def load(order: Order = SMALL) -> list[str]:
    told: list[str] = []
    with clock.at(NOW):
        load_demo(order, tell=told.append)
    return told


def digest() -> str:
    rows = Case.objects.order_by("source_key").values_list(
        "source_key", "title", "text", "address", "state", "unit__code", "opened_at", "closed_at"
    )
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


@pytest.mark.slow
def test_a_loaded_city_is_whole_and_alive() -> None:
    told = load()
    assert not [line for line in told if "未能继续" in line]
    assert DemoLoad.objects.get().finished_at is not None
    assert Article.objects.filter(version=1).count() >= 40
    demands = Case.objects.filter(matter_type__code="hotline.demand")
    assert Demand.objects.count() == demands.count() > 40
    assert {a.case.state for a in Application.objects.filter(joint__isnull=False)} == {
        "done",
        "ready",
        "running",
    }
    assert Responsibility.objects.values("version").distinct().count() == 1
    assert ListenerDelivery.objects.filter(state="done").exists()
    assert RateFormula.objects.filter(state="published").count() == 2
    assert CaseLink.objects.filter(kind="duplicate_of").exists()
    assert Snapshot.objects.get().on == timezone.localdate(NOW)
    assert CheckRun.objects.filter(drawn__isnull=False).exists()
    assert CheckRun.objects.filter(passed=False).exists()
    draw = Draw.objects.get(state="drawn")
    assert draw.results.count() > 8
    assert drawing.verify(proof_of(draw)) == []
    assert CheckResult.objects.filter(published_at__isnull=False).count() == 5
    assert set(Discovery.objects.values_list("verdict", flat=True)) == {"open", "confirmed"}
    filed = HeldChange.objects.order_by("state").values_list("state", flat=True)
    told = ["signon-admit", "signon-push", "governance-risk-conclusion"]
    devices = [alarms.ISSUE_ACT, commands.ACT]
    assert list(filed.exclude(act__in=[*told, *devices])) == ["pending", "pending", "unreviewed"]
    assert list(filed.filter(act=alarms.ISSUE_ACT)) == ["approved", "approved", "pending"]
    assert list(filed.filter(act=commands.ACT)) == ["approved", "pending"]
    assert set(filed.filter(act__in=told[1:])) == {"approved"}
    assert list(filed.filter(act="signon-admit")) == ["approved"] * 3 + ["pending"]
    assert signon.Application.objects.filter(state="live").count() == 3
    texts = list(demands.values_list("text", flat=True))
    assert len(set(texts)) == len(texts)
    with clock.at(NOW):
        for login, code in [
            ("acceptor1", "intake"),
            ("dispatcher1", "routing"),
            ("handler1", "unit"),
            ("callback1", "callback"),
            ("supervisor1", "oversight"),
        ]:
            person = User.objects.get(username=login)
            queue = next(q for q in queues_for(person) if q.code == code)
            empty = [tab for tab, count in count_tabs(person, queue).items() if not count.value]
            assert empty == [], (login, empty)

    before = digest()
    events = CaseEvent.objects.count()
    load(Order(size="large", seed=1))
    assert (digest(), CaseEvent.objects.count()) == (before, events)


@pytest.mark.slow
def test_a_run_cut_off_goes_on_and_tells_the_same_story(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    honest = services.play

    def cut(world, stories, stock, **rest):  # type: ignore[no-untyped-def]
        nonlocal calls
        calls += 1
        if calls == 1:
            honest(world, stories[: len(stories) // 2], stock, **rest)
            raise KeyboardInterrupt
        return honest(world, stories, stock, **rest)

    monkeypatch.setattr(services, "play", cut)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert DemoLoad.objects.get().stage == "client"
    half = Case.objects.count()
    load()
    assert Case.objects.count() > half
    assert Case.objects.values("source_key").distinct().count() == Case.objects.count()


@pytest.mark.slow
def test_beijing_publishes_and_runs_cases() -> None:
    told = load(Order(size="small", profile="beijing", days=8, cases=30))
    assert not [line for line in told if "未能继续" in line]
    assert RuleTableVersion.objects.filter(published_at__isnull=False).exists()
    assert Case.objects.filter(state="closed").exists()


@pytest.mark.slow
def test_everybody_can_sign_in() -> None:
    load(Order(size="small", cases=0))
    accounts = list_accounts()
    assert len(accounts) == 62
    for account in accounts:
        assert Client().login(username=account.login, password=DEMO_PASSWORD), account.login
    page = Client().get("/demo/")
    assert page.status_code == (200 if django_settings.DEMO else 404)
    assert "虚构" in page.content.decode()
