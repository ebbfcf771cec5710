"""The operations portal and the one-key check in a browser. OP-01, OP-03."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.alarms.services import add_dependency
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo.room_pages import PASSWORD, USER, troubled
from apps.monitoring import services
from apps.monitoring.models import Check, CheckRun, HourFigure, Target
from apps.monitoring.services import begin_outage
from tests.alarms.factories import asset
from tests.cast import Cast
from tests.flows.conftest import Town, elsewhere
from tests.flows.width import overflow
from tests.monitoring.conftest import OpenRoom, open_equipment
from tests.monitoring.factories import check, measure, person, target

__all__ = ["open_equipment"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def lay_out(cast: Cast, found: OpenRoom) -> None:
    """Will lay a small room out: a good server, a dead switch, a storage hanging on it."""
    server = target(asset(cast, "政务云服务器一号"))
    web = check(server, "http", found.ports["web"], name="门户首页")
    took = measure(web, "time_ms", name="响应时间", unit="ms", warn=5000)
    load = check(server, "metrics", found.ports["metrics"], name="系统负载")
    measure(load, "memory", name="内存", unit="%", address="@memory", warn=20, critical=90)
    switch = target(asset(cast, "核心交换机"), kind="switch")
    check(switch, "onvif", found.ports["onvif"], name="管理口")
    storage = target(asset(cast, "视频存储阵列"), kind="storage")
    check(storage, "tcp", found.ports["tcp"], name="服务端口")
    named = {"user": USER, "password": PASSWORD}
    for name, kind, asked in (("路口录像机", "recorder", "isapi"), ("虚拟机池", "host", "xen")):
        box = target(asset(cast, name), kind=kind)
        check(box, asked, found.ports[asked], name=asked, secret=named)
    found.room.platforms = troubled(clock.now())
    add_dependency(SYSTEM, child=storage.asset, parent=switch.asset, kind="network")
    add_dependency(SYSTEM, child=server.asset, parent=switch.asset, kind="network")
    found.room.dead.add("onvif")
    now = clock.now()
    for turn in range(4):
        with clock.at(now - timedelta(minutes=4 - turn)):
            Check.objects.update(due_at=clock.now())
            services.check_due()
    for hours in range(30):
        HourFigure.objects.create(
            measure=took, hour=now - timedelta(hours=hours), count=60, low=8, mean=20 + hours % 7,
            high=60 + hours % 11,
        )  # fmt: skip
    begin_outage(storage.asset, kind="recording", at=now, source="video")  # type: ignore[arg-type]


def complaints(page: Any) -> list[object]:
    """Will give what sticks out of a phone's window, and what axe has to say at a desk."""
    page.set_viewport_size({"width": 390, "height": 900})
    wide = overflow(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    found = Axe().run(page, options={"preload": False}).response["violations"]
    said = [(each["id"], each["nodes"][0]["html"][:120]) for each in found]
    return [*said, *filter(None, [wide])]


def test_one_button_and_every_page_fits(town: Town, open_equipment: OpenRoom) -> None:
    keeper = person("keeper", "keeper", town.cast.east_works)
    elsewhere(lambda: lay_out(town.cast, open_equipment))
    server = Target.objects.get(kind="server").pk
    box, pool = Target.objects.get(kind="recorder").pk, Target.objects.get(kind="host").pk
    page = town.visit(town.enter(keeper), "/monitoring/runs/")
    page.get_by_role("button", name="开始检查").click()
    page.locator("#run").get_by_text("正在等待后台处理").wait_for()
    elsewhere(services.run_due)
    page.locator("#run").get_by_text("检查完成").wait_for()
    page.get_by_role("link", name="核心交换机").first.wait_for()
    run = CheckRun.objects.get()
    assert run.done == run.total > 3
    faults = {}
    for path in (
        "", "runs/", f"runs/{run.pk}/", "targets/", f"targets/{server}/", "outages/", "topology/",
        f"targets/{box}/", f"targets/{pool}/", f"targets/{pool}/events/",
    ):  # fmt: skip
        town.visit(page, f"/monitoring/{path}")
        if found := complaints(page):
            faults[path] = found
    assert faults == {}
