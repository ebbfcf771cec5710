"""A worker's deeds on the phone: a check, a visit, a survey, a conflict, and other hands on it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from apps.accounts.models import User
from apps.assets import services as assets
from apps.assets.models import AssetSurvey
from apps.audit.services import SYSTEM
from apps.common import clock, files
from apps.grid.models import PairVerdict
from apps.phone import build
from apps.phone.models import Deed
from apps.places.geometry import point
from apps.registry import services as registry_services
from apps.registry.models import RegistryFile, Visit
from tests.cast import Cast, _person
from tests.flows.conftest import Town, elsewhere, work
from tests.flows.test_phone_journey import CONTROLLED
from tests.flows.width import overflow
from tests.grid import factories as grid
from tests.phone.town import furnish, open_phone, sign_in
from tests.registry import factories as registry

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LON, LAT = Cast.inside_east()
SOON_S = 5.0
LISTENING = """new Promise(done => {
  const look = () => phone.line && phone.line.readyState === 1 ? done() : setTimeout(look, 50);
  look();
})"""
UPDATE = "navigator.serviceWorker.getRegistration('/m/').then(r => r.update()).then(() => 1)"


def laid(town: Town, more: Callable[[User], Any]) -> User:
    """Will furnish the town, and what a test needs beside it, as another process would."""
    found: list[User] = []

    def lay() -> None:
        found.append(furnish(town.cast))
        registry.lay_on(town.cast)
        more(found[0])

    elsewhere(lay)
    return found[0]


def phone(town: Town, worker: User) -> Any:
    page = open_phone(town.browser, town.url, worker)
    town.contexts.append(page.context)
    page.context.set_geolocation({"longitude": LON, "latitude": LAT, "accuracy": 9})
    return page


def faults(page: Any) -> list[str]:
    """Will tell what axe and the width say of the page as it stands."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    said = [f"{page.url}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in found]
    return said + ([f"{page.url}: {overflow(page)}"] if overflow(page) else [])


def send(page: Any, state: str) -> str:
    """Will submit the form and give what the newest receipt of that state says."""
    page.click("[type=submit]")
    page.wait_for_url("**/outbox/**")
    return str(page.locator(f"[data-state={state}]").first.inner_text())


def jot(page: Any, url: str, text: str) -> None:
    """Will put a note into the outbox."""
    page.goto(f"{url}/m/note/")
    page.wait_for_selector("form[data-kept]", state="attached")
    page.fill("#text", text)
    page.click("[type=submit]")
    page.wait_for_url("**/outbox/**")
    page.evaluate("phone.ready")


def test_a_task_comes_at_once_and_is_done_with_a_visit_and_a_survey(
    town: Town, tmp_path: Path
) -> None:
    photo = tmp_path / "after.jpg"

    def more(worker: User) -> None:
        assets.define_classes(SYSTEM)
        spec = assets.AssetSpec("0110", "路灯", point(LON + 0.0001, LAT))
        assets.register_asset(SYSTEM, spec=spec)
        enrolment = registry_services.enrol(
            town.cast.registrar,
            file_id=registry.person(town.cast).pk,
            type_id=registry.special_type(town.cast).pk,
            grade="high",
            worker=worker,
        )
        enrolment.dues.update(due_on=clock.today())
        with files.open_stored(grid.street_picture(11)) as content:
            photo.write_bytes(content.read())

    worker = laid(town, more)
    page = phone(town, worker)
    page.goto(f"{town.url}/m/")
    page.wait_for_selector("#visits a")
    page.evaluate(LISTENING)
    elsewhere(lambda: grid.answered(town.cast, files=[grid.street_picture(11, trouble=True)]))
    began = time.monotonic()
    work()
    page.wait_for_selector("#tasks a")
    assert time.monotonic() - began < SOON_S

    page.click("#tasks a")
    page.wait_for_selector(".before img")
    page.evaluate("document.querySelector('.before img').decode()")
    found = faults(page)
    page.set_input_files("[data-photos] input", photo)
    page.wait_for_selector(".photo-list img")
    page.check("[name=verdict][value=pass]")
    page.fill("#result", "现场已清理干净")
    assert "已答复" in send(page, "done")
    assert PairVerdict.objects.get().verdict == "match"

    page.goto(f"{town.url}/m/")
    page.click("#visits a")
    page.fill("[name='data.mood']", "平稳")
    page.fill("#findings", "一切安好")
    found += faults(page)
    page.click("[type=submit]")
    page.wait_for_selector("text=走访已登记")
    assert Visit.objects.get().findings == "一切安好"

    page.goto(f"{town.url}/m/survey/")
    page.check("#things input")
    page.check("[value=damaged]")
    page.click("[type=submit]")
    page.wait_for_selector("text=普查已登记")
    page.goto(f"{town.url}/m/survey/")
    page.check("[value=new]")
    page.fill("#note", "新装的灯")
    page.wait_for_selector(".has-place")
    send(page, "refused")
    found += faults(page)
    page.click("[data-state=refused] .primary")
    page.wait_for_selector(".field-error")
    assert page.input_value("#note") == "新装的灯"
    page.select_option("#kind_code", "0110")
    page.click("[type=submit]")
    page.wait_for_selector("text=没有待发内容")
    assert sorted(AssetSurvey.objects.values_list("finding", flat=True)) == ["damaged", "new"]
    assert (found, page.faults) == ([], [])


def test_a_parallel_change_is_seen_and_settled(town: Town) -> None:
    cast = town.cast
    worker = laid(town, lambda _worker: registry.person(cast))
    file = RegistryFile.objects.get()
    page = phone(town, worker)
    page.goto(f"{town.url}/m/")
    page.evaluate("phone.ready")
    page.goto(f"{town.url}/m/file/?file={file.pk}")
    page.fill("[name='data.phone']", "13900000003")
    elsewhere(lambda: registry.edit(cast.collector, "person", {"phone": "13900000002"}, file=file))
    assert "由采集管理员裁定" in send(page, "conflict")
    keeper = town.enter(cast.registrar)
    town.visit(keeper, "/registry/conflicts/")
    keeper.click("td a")
    keeper.check("[value=ours]")
    keeper.click("main [type=submit]")
    keeper.wait_for_url("**/registry/conflicts/")
    assert RegistryFile.objects.get().phone == "13900000003"
    assert page.faults == []


def test_a_phone_that_changes_hands_sends_nothing_under_a_wrong_name(town: Town) -> None:
    other: list[User] = []
    worker = laid(
        town,
        lambda _w: other.append(_person("second", "韩雪", "grid_worker", town.cast.east_works)),
    )
    page = phone(town, worker)
    page.goto(f"{town.url}/m/")
    page.evaluate(CONTROLLED)
    page.evaluate("phone.ready")
    page.context.set_offline(True)
    jot(page, town.url, "第一人的事")
    sign_in(page.context, town.url, other[0])
    page.context.set_offline(False)
    assert page.evaluate("phone.send(true)")["why"] == "other_person"
    page.wait_for_selector("#sign-in")  # the frame is drawn anew after the answer
    assert page.is_visible("#sign-in")
    assert not Deed.objects.exists()
    jot(page, town.url, "第二人的事")
    page.wait_for_selector("[data-state=kept]")
    assert "第一人" not in page.inner_text("main")
    deeds = Deed.objects.select_related("user")
    assert [(d.user, d.content["values"]["text"]) for d in deeds] == [(other[0], "第二人的事")]

    page.context.set_offline(True)
    elsewhere(lambda: worker.appointments.all().delete())
    sign_in(page.context, town.url, worker)
    page.context.set_offline(False)
    page.goto(f"{town.url}/m/outbox/")
    page.wait_for_selector("text=您已不在网格员岗位，内容已留存交网格长")
    assert Deed.objects.get(user=worker).state == "kept"
    assert Deed.objects.count() == 2
    assert page.faults == []


def test_a_new_program_keeps_what_is_being_typed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = laid(town, lambda _worker: None)
    page = phone(town, worker)
    page.goto(f"{town.url}/m/note/")
    page.evaluate(CONTROLLED)
    page.fill("#text", "写到一半")
    page.wait_for_selector("form[data-saved]")
    old = page.evaluate("caches.keys()")
    monkeypatch.setattr(build, "_content_digest", lambda: "another build")
    page.evaluate(UPDATE)
    with page.expect_navigation():
        page.click("#update button")
    page.wait_for_selector("form[data-kept]", state="attached")
    assert page.input_value("#text") == "写到一半"
    new = page.evaluate("caches.keys()")
    assert (len(new), set(new) & set(old)) == (1, set())
    # A clock put back leaves a waiting time days ahead; it must not hold what waits.
    page.evaluate("phone.store.setMeta('pause', {why: 'offline', until: Date.now() + 3 * 864e5})")
    page.click("[type=submit]")
    page.wait_for_selector("[data-state=kept]")
    assert Deed.objects.get().content["values"]["text"] == "写到一半"
    assert page.faults == []
