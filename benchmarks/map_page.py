"""The map page with 1,000,000 points of one layer: does it stay smooth in Chromium?

Points lie in sixty quarters of the demo city. The page is opened at city zoom, then panned and
zoomed with the mouse as a person does, first over the whole city, then down to single points.
Frames are timed in the page; Chromium's own trace says how long the page's thread was held.
Rendering is Chromium's software GL, the slowest a staff computer offers: there the page draws a
quarter of the pixels while it moves (``static/onemap/js/light.js``).
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.runner import Bench, Figure
from benchmarks.support.town import build_town, sign_in

DESCRIPTION = "longest frame of the map page with 1,000,000 points at city zoom in Chromium"
POINTS = 1_000_000
LONGEST_FRAME_MS = 200
SECONDS = 90
KIND = "0199"
# Without a graphics card WebGL runs in software and the window is put together by the processor.
ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

# Half a million under each of two region codes: a serial number has six digits.
_ASSETS = """
insert into assets_asset
    (kind_id, region_code, serial, code, name, point, owner_unit_id, state, source, maker, model,
        vendor, contract, finding)
select %(kind)s, region, n, region || %(code)s || lpad(n::text, 6, '0'), '路灯 ' || n,
    ST_SetSRID(ST_Point(
        q.x + (random() + random() + random() - 1.5) * %(wide)s / 12,
        q.y + (random() + random() + random() - 1.5) * %(high)s / 12), 4326),
    %(unit)s, (array['in_use', 'in_use', 'in_use', 'faulty', 'stopped'])[1 + n %% 5], 'bench',
    '', '', '', '', ''
from unnest(array['990101', '990102']) region, generate_series(1, %(half)s) n
join (select row_number() over () - 1 as number,
    %(west)s + (0.1 + 0.8 * random()) * %(wide)s as x,
    %(south)s + (0.1 + 0.8 * random()) * %(high)s as y
    from generate_series(1, 60)) q on q.number = n %% 60
"""
_RECORD = """() => {
    const frames = window.frames_ms = [];
    let last = performance.now();
    const step = (now) => { frames.push(now - last); last = now; requestAnimationFrame(step); };
    requestAnimationFrame(step);
}"""
_COUNT = """() => {
    const { engine } = document.querySelector("[data-onemap]").onemap;
    const cells = new Map();
    const layer = { sourceLayer: "asset-0199" };
    for (const { properties } of engine.map.querySourceFeatures("asset-0199", layer))
        cells.set(properties.cell, properties.count);
    return [...cells.values()].reduce((sum, count) => sum + count, 0);
}"""
_SWITCH = f"[data-layer=asset-{KIND}] [data-layer-on]"
_QUIET = """() => new Promise((done) => {
    const { map } = document.querySelector("[data-onemap]").onemap.engine;
    if (map.loaded() && !map.isMoving()) done(); else map.once("idle", () => done());
})"""


def run(bench: Bench) -> list[Figure]:
    bench.progress("building the town")
    bench.setup_django()
    cookie = _prepare(bench)
    base = bench.start_web(workers=2)
    trace = Path(bench.data) / "map-trace.json"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        try:
            return _measure(bench, browser, base, cookie, trace)
        finally:
            browser.close()


def _prepare(bench: Bench) -> str:
    """Lays down the points and lets their layer be the only one that is on."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from django.db import connection

    from apps.assets.models import AssetClass
    from apps.onemap.selectors import city_box
    from apps.onemap.services import keep_choice

    town = build_town()
    kind = AssetClass.objects.create(code=KIND, name="测试路灯", large_class="公用设施")
    west, south, east, north = city_box() or (0, 0, 1, 1)
    bench.progress(f"laying down {POINTS:,} points")
    with connection.cursor() as cursor:
        cursor.execute(
            _ASSETS,
            {
                "kind": kind.pk,
                "code": KIND,
                "unit": town.units[0].pk,
                "half": POINTS // 2,
                "west": west,
                "south": south,
                "wide": east - west,
                "high": north - south,
            },
        )
        cursor.execute("vacuum analyze assets_asset")
    person = town.people["handler"]
    layer = {"code": f"asset-{KIND}", "opacity": 1, "heat": False}
    keep_choice(person, {"layers": [layer]})
    return sign_in(person)


def _measure(bench: Bench, browser: Any, base: str, cookie: str, trace: Path) -> list[Figure]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    name, _equals, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": base}])
    page = context.new_page()
    bench.progress("opening the map; the first tiles count a million points")
    began = time.perf_counter()
    page.goto(f"{base}/map/")
    page.wait_for_selector("[data-onemap][data-ready=yes]", timeout=SECONDS * 1000)
    page.evaluate(_QUIET)
    opened_s = time.perf_counter() - began
    counted = page.evaluate(_COUNT)
    began = time.perf_counter()
    page.reload()
    page.wait_for_selector("[data-onemap][data-ready=yes]", timeout=SECONDS * 1000)
    page.evaluate(_QUIET)
    again_s = time.perf_counter() - began
    page.screenshot(path=str(trace.with_suffix(".png")))
    bench.progress("moving over the city with no layer on: what the machine itself costs")
    page.evaluate(_RECORD)
    page.uncheck(_SWITCH, force=True)
    page.evaluate(_QUIET)
    bare = _walk(page, zooms=0)
    page.check(_SWITCH, force=True)
    page.evaluate(_QUIET)
    bench.progress(f"{counted:,} points at city zoom; moving over the city")
    browser.start_tracing(page=page, path=str(trace), categories=["devtools.timeline", "toplevel"])
    city = _walk(page, zooms=0)
    bench.progress("zooming in to single points and out again")
    deep = _walk(page, zooms=3)
    browser.stop_tracing()
    task, computing = _longest_task_ms(trace)
    context.close()
    return [
        Figure("points counted on the page at city zoom", counted, "points", ">=", POINTS),
        Figure("first view, tiles drawn for the first time", opened_s, "s"),
        Figure("view again, tiles from the cache", again_s, "s"),
        Figure("longest frame without any layer", max(bare), "ms"),
        Figure("95th percentile of frames without any layer", _p95(bare), "ms"),
        Figure("longest frame at city zoom", max(city), "ms", "<=", LONGEST_FRAME_MS),
        Figure("95th percentile of frames at city zoom", _p95(city), "ms"),
        Figure("longest frame down to single points", max(deep), "ms"),
        Figure("longest task of the page's thread in the trace", task, "ms"),
        Figure("of it computing; the rest it waits for the drawing", computing, "ms"),
    ]


def _walk(page: Any, *, zooms: int) -> list[float]:
    """Drags and zooms with the mouse; gives the frames in milliseconds."""
    page.evaluate("window.frames_ms.length = 0")
    middle = (900, 480)
    for step in range(max(zooms, 2)):
        if zooms:
            page.mouse.move(*middle)
            page.mouse.wheel(0, -400)
            page.wait_for_timeout(700)
        for dx, dy in ((-220, 60), (160, -140), (60, 80)):
            page.mouse.move(*middle)
            page.mouse.down()
            page.mouse.move(middle[0] + dx, middle[1] + dy, steps=12)
            page.mouse.up()
            page.wait_for_timeout(500)
        if zooms and step == zooms - 1:
            for _turn in range(zooms):
                page.mouse.wheel(0, 400)
                page.wait_for_timeout(700)
    page.evaluate(_QUIET)
    frames: list[float] = page.evaluate("window.frames_ms")
    return frames


def _longest_task_ms(trace: Path) -> tuple[float, float]:
    """Gives how long the longest task took and how long it computed, in milliseconds."""
    events = json.loads(trace.read_text("utf-8"))["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        (event["dur"] / 1000, event.get("tdur", 0) / 1000)
        for event in events
        if event.get("ph") == "X"
        and "dur" in event
        and (event["pid"], event["tid"]) in main
        and event["name"] in {"RunTask", "ThreadControllerImpl::RunTask"}
    ]
    return max(tasks, default=(0.0, 0.0))


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]
