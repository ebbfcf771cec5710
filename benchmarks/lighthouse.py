"""Lighthouse on the worker's pages, signed in, as a middling phone on slow 4G sees them.

Lighthouse comes by npm into ``var/benchmarks/lighthouse`` at the first run, in the version that
``benchmarks/support/lighthouse`` fixes; nothing else of the project needs it. It emulates a phone
(screen, processor four times slower, 1.6 Mbit/s, 150 ms) and opens each page with an empty cache,
which a worker does once: later the service worker answers. ``BENCH_LIGHTHOUSE_RUNS`` (3) runs a
page, the median of each mark counts, since whatever else the machine does lowers them.
"""

import json
import os
import shutil
import statistics
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.runner import ROOT, Bench, Figure
from benchmarks.support.browser import ARGUMENTS, CHROMIUM

DESCRIPTION = "Lighthouse on the worker's pages: performance, accessibility, best practices"
RUNS = int(os.environ.get("BENCH_LIGHTHOUSE_RUNS", "3"))
PAGES = ("", "report/", "map/", "outbox/", "me/", "look/", "survey/")
MARKS = ("performance", "accessibility", "best-practices")
LEAST = 0.9
SCRIPTS_LIMIT_KB = 150.0
TOOL = ROOT / "var" / "benchmarks" / "lighthouse"
PINNED = Path(__file__).parent / "support" / "lighthouse"
PAGE_LIMIT_S = 180
TRIES = 3


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from benchmarks.support.phones import build_workers
    from benchmarks.support.town import sign_in

    bench.progress("fetching Lighthouse")
    install()
    (worker,) = build_workers(1)
    pushes = bench.start_ws()
    port = pushes.rsplit(":", 1)[1]
    base = bench.start_web(workers=2, environment={"CITYBRAIN_WS_PORT": port})
    # A name, not a number: the browser takes "localhost" for safe, as it takes https.
    base = base.replace("127.0.0.1", "localhost")
    figures = []
    for page in PAGES:
        reports = [audit(bench, f"{base}/m/{page}", sign_in(worker)) for _run in range(RUNS)]
        figures += judge(page.strip("/") or "today", reports, bench)
    return figures


def install() -> None:
    """Will have the pinned Lighthouse in ``var``, installed when the pins change."""
    lock = (PINNED / "package-lock.json").read_bytes()
    mark = TOOL / "package-lock.json"
    if (TOOL / "node_modules").exists() and mark.exists() and mark.read_bytes() == lock:
        return
    TOOL.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, TOOL / name)
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--no-progress", "--ignore-scripts"],
        cwd=TOOL,
        env=_environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def audit(bench: Bench, url: str, cookie: str) -> dict[str, Any]:
    """Will give Lighthouse's report of a page."""
    headers = bench.data / "headers.json"
    headers.write_text(json.dumps({"Cookie": cookie}), "utf-8")
    output = bench.data / "lighthouse.json"
    command = ["node", str(TOOL / "node_modules" / "lighthouse" / "cli" / "index.js"), url]
    command += ["--quiet", "--output=json", f"--output-path={output}"]
    command += [f"--only-categories={','.join(MARKS)}", f"--extra-headers={headers}"]
    command += [f"--chrome-flags={' '.join(['--headless=new', '--no-sandbox', *ARGUMENTS])}"]
    for left in reversed(range(TRIES)):
        done = subprocess.run(command, env=_environment(), check=not left, timeout=PAGE_LIMIT_S)
        if done.returncode == 0:
            break
        bench.progress("Lighthouse lost its own trace (NO_NAVSTART and the like): once more")
    found: dict[str, Any] = json.loads(output.read_text("utf-8"))
    return found


def _environment() -> dict[str, str]:
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "CHROME_PATH": CHROMIUM}


def judge(page: str, reports: list[dict[str, Any]], bench: Bench) -> list[Figure]:
    """The marks of one page; what lowered one is told."""
    figures = []
    for mark in MARKS:
        value = statistics.median(float(r["categories"][mark]["score"] or 0) for r in reports)
        figures.append(Figure(f"{page}: {mark}", value, "", ">=", LEAST))
    told = sorted(set().union(*(lowering(report) for report in reports)))
    bench.progress(f"{page}: {', '.join(told) or 'nothing lowers a mark'}")
    kilobytes = max(scripts_bytes(report) for report in reports) / 1000
    limit = SCRIPTS_LIMIT_KB
    figures.append(Figure(f"{page}: scripts, compressed", kilobytes, "kB", "<=", limit))
    return figures


def lowering(report: dict[str, Any]) -> set[str]:
    """Will name the audits that count and are not full."""
    return {
        f"{ref['id']} {report['audits'][ref['id']].get('displayValue', '')}".strip()
        for mark in MARKS
        for ref in report["categories"][mark]["auditRefs"]
        if ref["weight"] and (report["audits"][ref["id"]]["score"] or 0) < LEAST
        if report["audits"][ref["id"]]["scoreDisplayMode"] != "notApplicable"
    }


def scripts_bytes(report: dict[str, Any]) -> int:
    """Will give how many bytes of JavaScript went over the line."""
    requests = report["audits"]["network-requests"]["details"]["items"]
    return sum(int(one["transferSize"]) for one in requests if one.get("resourceType") == "Script")
