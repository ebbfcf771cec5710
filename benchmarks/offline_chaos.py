"""What a worker typed on the phone while everything went wrong: nothing lost, nothing doubled.

A real Chromium opens the phone's pages, types and submits, while the network is taken away, the
proxy before the server cuts connections in the middle, tabs are crashed, the browser is killed and
started again on the same profile, the same outbox is sent from two tabs, a new service worker
arrives, the phone's clock is wrong and the server is killed. Every text is typed once under a
number of its own. At the end all heals and the outbox is sent.

``BENCH_CHAOS_RUNS`` (300) runs of ``BENCH_CHAOS_SEED`` (20261121). A run's disturbances depend on
the seed alone; how they meet the requests does not. Nothing is waited for without a bound; what
ran into its bound is counted and named, since a phone that hangs is a finding too.
"""

import asyncio
import os
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from benchmarks.runner import Bench, Figure
from benchmarks.support.browser import Profile, bounded
from benchmarks.support.cutting import CuttingProxy

DESCRIPTION = "a worker's deeds while network, tabs, clock, program and server fail"
RUNS = int(os.environ.get("BENCH_CHAOS_RUNS", "300"))
SEED = int(os.environ.get("BENCH_CHAOS_SEED", "20261121"))
MARK = re.compile(r"第(\d+)件")
SKEWS_S = (0, 0, 0, -7200, 5400, 86400 * 3)
HEAL_S = 180.0
STEP_S = 12.0
RUN_S = 150.0
MOST_TURNS = 1.2
SLOW = {"restart": 90.0, "reboot": 90.0}  # start programs anew
BUILD = re.compile(rb'const BUILD = "([^"]*)"')
BEFORE = ("offline", "cut", "skew", "version")
AFTER = ("crash", "offline", "cut", "twice", "back")
# The clock of the page is shifted as the phone's would be; a page reads the shift when it opens.
SKEWED_CLOCK = """(() => {
  const shift = Number(localStorage.getItem("chaos-skew") || 0) * 1000;
  if (!shift) return;
  const Real = Date;
  class Shifted extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  }
  self.Date = Shifted;
})()"""
CONTROLLED = """() => new Promise(done => navigator.serviceWorker.controller
  ? done() : navigator.serviceWorker.addEventListener("controllerchange", () => done()))"""
UPDATE = "void navigator.serviceWorker.getRegistration('/m/').then(r => r.update()).catch(() => 0)"
CLICK = "document.querySelector('[type=submit]').click()"
HELD = """async () => {
  const worker = await phone.store.meta("worker");
  if (!worker) return {deeds: [], drafts: []};
  const deeds = await phone.store.deedsOf(worker.id);
  const drafts = await phone.store.allOf("drafts", worker.id);
  return {deeds: deeds.map(d => [d.values.text, d.state]), drafts: drafts.map(d => d.values.text)};
}"""


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from benchmarks.support.phones import build_workers
    from benchmarks.support.town import sign_in

    bench.progress("building the town and its worker")
    (worker,) = build_workers(1)
    place = urlsplit(bench.start_web(workers=2))
    assert place.port is not None
    proxy = CuttingProxy(("127.0.0.1", place.port), random.Random(SEED))
    url = f"http://localhost:{proxy.port}"
    phone = Chaos(
        profile=Profile(bench.data / "phone", url, sign_in(worker), script=SKEWED_CLOCK),
        url=url,
        rng=random.Random(SEED),
        proxy=proxy,
        server=Server(bench, place.port),
    )
    bench.progress(f"seed {SEED}, {RUNS} runs")
    # Not ``asyncio.run``: in the end it waits for calls into a crashed tab, which never return.
    held, seconds = asyncio.new_event_loop().run_until_complete(storm(phone, bench.progress))
    proxy.close()
    return judge(phone, held, seconds)


class Server:
    """The web server of the benchmark, killed and started again at its port."""

    def __init__(self, bench: Bench, port: int) -> None:
        self._bench, self._port = bench, port
        self._process = bench.newest()

    def restart(self) -> None:
        self._process.kill()
        self._bench.start_web(workers=2, port=self._port)
        self._process = self._bench.newest()


async def storm(
    phone: "Chaos", progress: Callable[[str], None], runs: int = RUNS
) -> tuple[dict[str, Any], float]:
    """Will do the runs and heal; gives what the phone then holds and how long healing took."""
    from playwright.async_api import async_playwright

    playwright = await async_playwright().start()
    await phone.begin(playwright)
    began = time.monotonic()
    number = 0
    # Offline, a browser killed while it took a new program may come up without any: such a run
    # types nothing, and another takes its place.
    while len(phone.typed) < runs and number < runs * MOST_TURNS:
        number += 1
        if phone.hung:
            await phone.recover()
        await phone.within("run", phone.one_run(number), RUN_S)
        if number % 25 == 0:
            pace = (time.monotonic() - began) / number
            progress(f"{number} runs, {pace:.1f} s each: {dict(phone.done)} {dict(phone.stuck)}")
    progress("healing")
    held, seconds = await phone.heal()
    await phone.profile.close()
    with suppress(Exception):
        await bounded(playwright.stop(), STEP_S)
    return held, seconds


@dataclass
class Chaos:
    """One worker's phone. typed: numbers whose text was on the phone's disk.

    stuck: what did not end within its bound, by name.
    """

    profile: Profile
    url: str
    rng: random.Random
    proxy: CuttingProxy
    server: Server
    typed: list[int] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    stuck: Counter[str] = field(default_factory=Counter)
    hung: bool = False
    page: Any = None
    versions: int = 0

    async def begin(self, playwright: Any) -> None:
        """Opens the phone, signed in, its program installed."""
        self.proxy.instead[b"GET /m/sw.js "] = self._newer
        await self.profile.open(playwright)
        self.page = await self.profile.page()
        await self.within("first page", self.page.goto(f"{self.url}/m/note/"), 60)
        await self.within("install", self.page.evaluate(CONTROLLED), 60)
        assert not self.stuck, "the program could not be installed"

    def _newer(self) -> bytes:
        """The service worker's script of the newest build: every file is fetched anew for it."""
        address = f"http://localhost:{self.proxy.target[1]}/m/sw.js"
        with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
            script = answer.read()
        script = BUILD.sub(rb'const BUILD = "\g<1>-%d"' % self.versions, script)
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nCache-Control: no-cache\r\n"
        head += f"Service-Worker-Allowed: /m/\r\nContent-Length: {len(script)}\r\n\r\n"
        return head.encode() + script

    async def within(self, name: str, deed: Awaitable[Any], seconds: float = STEP_S) -> Any:
        """Will wait for something so long; None where it failed, counted where it hung."""
        try:
            return await bounded(deed, seconds)
        except TimeoutError:
            self.stuck[name] += 1
            self.hung = True
        except Exception:  # noqa: BLE001  a page may be crashed or replaced at any point
            self.done[f"{name} failed"] += 1
        return None

    async def one_run(self, number: int) -> None:
        """Types one text and lets some things go wrong before, while and after it is sent."""
        before = [d for d in BEFORE if self.rng.random() < 0.3]
        after = [d for d in AFTER if self.rng.random() < 0.35]
        after += ["restart"] if self.rng.random() < 0.04 else []
        after += ["reboot"] if self.rng.random() < 0.05 else []
        for disturbance in before:
            await self._disturb(disturbance)
        if await self._type(number):
            self.typed.append(number)
            await self._submit()
        else:
            self.done["no page"] += 1
        for disturbance in after:
            await self._disturb(disturbance)

    async def _type(self, number: int) -> bool:
        """Types and waits until the draft is on the disk; False where no page could be had."""
        for _try in range(4):
            if await self.within("typing", self._type_into_page(number)):
                return True
            await self._replace_page()
        # As a worker would: the browser is ended and opened again.
        await self._do_reboot()
        return bool(await self.within("typing after all", self._type_into_page(number)))

    async def _type_into_page(self, number: int) -> bool:
        await self._open_note()
        if number_of(await self.page.input_value("#text")) not in (0, number):
            # Typed before, never submitted: the tab was gone. It is there again; it goes first.
            self.done["draft found"] += 1
            await self.page.evaluate(CLICK)
            await self.page.wait_for_url("**/outbox/**", timeout=8_000, wait_until="commit")
            await self._open_note()
        await self.page.fill("#text", f"第{number}件：楼道堆物")
        await self.page.wait_for_selector("form[data-saved]", state="attached", timeout=8_000)
        return True

    async def _open_note(self) -> None:
        await self.page.goto(f"{self.url}/m/note/", wait_until="domcontentloaded", timeout=10_000)
        await self.page.wait_for_selector("form[data-kept]", state="attached", timeout=8_000)

    async def _submit(self) -> None:
        times = 2 if self.rng.random() < 0.3 else 1
        waits = self.rng.random() < 0.7
        await self.within("submit", self.page.evaluate(";".join([CLICK] * times)))
        if waits:  # the tab may be gone; the draft is what counts then
            opened = self.page.wait_for_url("**/outbox/**", timeout=2_500, wait_until="commit")
            with suppress(Exception):
                await bounded(opened, 4)

    async def _disturb(self, what: str) -> None:
        self.done[what] += 1
        deed: Callable[[], Awaitable[None]] = getattr(self, f"_do_{what}")
        await self.within(what, deed(), SLOW.get(what, STEP_S))

    async def _do_offline(self) -> None:
        self.proxy.away = True
        await self.profile.context.set_offline(True)

    async def _do_back(self) -> None:
        self.proxy.away = False
        self.proxy.cut_next(0)
        await self.profile.context.set_offline(False)

    async def _do_cut(self) -> None:
        self.proxy.away = False
        await self.profile.context.set_offline(False)
        self.proxy.cut_next(self.rng.randrange(1, 4))
        await self.page.evaluate("void phone.send(true)")

    async def _do_skew(self) -> None:
        skew = self.rng.choice(SKEWS_S)
        await self.page.evaluate(f"localStorage.setItem('chaos-skew', '{skew}')")

    async def _do_version(self) -> None:
        self.versions += 1
        await self.page.evaluate(UPDATE)

    async def _do_twice(self) -> None:
        """Two tabs send the same outbox at once, one of them without the lock."""
        other = await self.profile.page()
        try:
            await other.goto(f"{self.url}/m/outbox/", wait_until="domcontentloaded", timeout=10_000)
            await other.evaluate("void phone.send(true)")
            await self.page.evaluate("void phone.sendNow()")
        finally:
            await other.close()

    async def _do_crash(self) -> None:
        """The renderer is killed as a phone short of memory does it."""
        with suppress(Exception):
            await bounded(self.page.evaluate("void phone.send(true)"), 2)
        with suppress(Exception):
            await bounded(self.page.goto("chrome://crash", timeout=700), 2)
        await self._replace_page()

    async def _do_restart(self) -> None:
        await asyncio.to_thread(self.server.restart)

    async def _do_reboot(self) -> None:
        """The browser is killed, as the phone's battery does it, and comes up on its profile."""
        for _try in range(3):
            with suppress(Exception):  # a browser that does not come up is started again
                await self.profile.reboot()
                self.page = await self.profile.page()
                return
        raise RuntimeError("the browser does not come up")

    async def recover(self) -> None:
        """A tab that hangs holds every later call to its browser: that is started anew."""
        self.hung = False
        await self._do_reboot()

    async def _replace_page(self) -> None:
        await self.within("closing a tab", self.page.close(), 3)
        fresh = await self.within("a new tab", self.profile.page(), 5)
        if fresh is None:
            await self._do_reboot()
        else:
            self.page = fresh

    async def heal(self) -> tuple[dict[str, Any], float]:
        """Ends all disturbances and sends until nothing waits; gives what the phone then holds."""
        began = time.monotonic()
        await self._do_back()
        await self._replace_page()
        held: dict[str, Any] | None = None
        while time.monotonic() - began < HEAL_S:
            # A new program may load the page anew at any point.
            held = await self.within("healing", self._send_all(), 40) or held
            if held is not None and all(state != "waiting" for _text, state in held["deeds"]):
                break
            await asyncio.sleep(1)
        return held or {"deeds": [], "drafts": []}, time.monotonic() - began

    async def _send_all(self) -> Any:
        await self.page.goto(f"{self.url}/m/outbox/")
        await self.page.evaluate("localStorage.removeItem('chaos-skew')")
        await self.page.evaluate("phone.send(true)")
        return await self.page.evaluate(HELD)


def judge(phone: Chaos, held: dict[str, Any], seconds: float) -> list[Figure]:
    """Every text that was on the disk is at the server once, or still on the phone."""
    from apps.phone.models import Deed

    arrived = Counter(
        number_of(content["values"]["text"])
        for content in Deed.objects.filter(kind="note").values_list("content", flat=True)
    )
    waiting = [text for text, state in held["deeds"] if state not in {"done", "kept", "conflict"}]
    on_phone = {number_of(text) for text in [*waiting, *held["drafts"]] if text}
    lost = [n for n in phone.typed if n not in arrived and n not in on_phone]
    doubled = sum(times - 1 for times in arrived.values())
    return [
        Figure("runs", len(phone.typed), "runs", ">=", min(RUNS, 300)),
        Figure("runs without a page to type on", phone.done["no page"], "runs"),
        Figure("texts at the server", len(arrived), "texts"),
        Figure("texts still on the phone", len(on_phone), "texts"),
        Figure("drafts found after a crash", phone.done["draft found"], "texts"),
        Figure("lost", len(lost), "texts", "<=", 0),
        Figure("doubled", doubled, "texts", "<=", 0),
        Figure("waiting after all has healed", len(waiting), "deeds", "<=", 0),
        Figure("connections cut", phone.proxy.cut_connections, "connections"),
        Figure("tabs crashed", phone.done["crash"], "tabs"),
        Figure("browsers killed", phone.profile.reboots, "browsers"),
        Figure("versions of the program", phone.versions, "versions"),
        Figure("servers killed", phone.done["restart"], "servers"),
        Figure("steps that hung", phone.stuck.total(), "steps"),
        Figure("healed after", seconds, "s"),
    ]


def number_of(text: str) -> int:
    """Will give the number typed in a text, 0 without one."""
    found = MARK.search(text or "")
    return int(found[1]) if found else 0
