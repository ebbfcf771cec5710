"""Load, back up, destroy, restore to a minute: nothing acknowledged before it may be missing."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.runner import PYTHON, ROOT, Bench, Figure

sys.path.insert(0, str(ROOT / "bin"))
from _cluster import Cluster

DESCRIPTION = "back up under load, destroy the data folder, restore to a minute"
NEEDS_DATABASE = False
PEOPLE = 20_000
PHOTOS, PHOTO_BYTES = 200, 100_000
WRITERS = 2
AFTER_S = 75  # the log is handed over once a minute
RESTORE_TARGET_S = 120.0


@dataclass
class Told:
    """What was acknowledged: key and moment, by the database's own clock."""

    rows: list[tuple[int, datetime]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


def run(bench: Bench) -> list[Figure]:
    city = bench.data / "city"
    city.mkdir(mode=0o711)
    cluster = Cluster(city, redis=False, dies_with_us=True, archive=True)
    cluster.start()
    try:
        return measure(bench, cluster, environment_of(bench, cluster))
    finally:
        cluster.stop()


def environment_of(bench: Bench, cluster: Cluster) -> dict[str, str]:
    return {
        **bench.env,
        **cluster.environment(),
        "CITYBRAIN_BACKUP": "1",
        "CITYBRAIN_DATA": str(cluster.data),
        "CITYBRAIN_MEDIA_ROOT": str(cluster.data / "media"),
        "CITYBRAIN_EVIDENCE_DIR": str(cluster.data / "evidence"),
        "CITYBRAIN_BACKUP_DIR": str(bench.data / "first"),
        "CITYBRAIN_BACKUP_SECOND_DIR": str(bench.data / "second"),
        "CITYBRAIN_BACKUP_KEY_FILE": str(bench.data / "safe" / "backup.key"),
        "CITYBRAIN_BACKUP_SETTINGS_DIR": str(bench.data / "settings"),
        "CITYBRAIN_RESTORE_TEST_DIR": str(bench.data / "scratch"),
    }


def measure(bench: Bench, cluster: Cluster, env: dict[str, str]) -> list[Figure]:
    bench.progress("migrating and loading")
    manage(env, "migrate", "--verbosity", "0")
    url = f"postgresql:///citybrain?user=citybrain&host={cluster.sockets}"
    load(url, cluster.data / "media" / "files")
    told = Told()
    writers = [threading.Thread(target=write, args=(url, told)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    bench.progress("backing up under load, into two places")
    began = time.monotonic()
    manage(env, "backup", "--kind", "full")
    full = time.monotonic() - began
    began = time.monotonic()
    manage(env, "backup", "--kind", "incr")
    incremental = time.monotonic() - began
    minute = now(url)
    bench.progress(f"writing on for {AFTER_S} s behind the minute to be restored to")
    time.sleep(AFTER_S)
    told.stop.set()
    for writer in writers:
        writer.join()
    destroy(cluster)
    bench.progress("destroyed; restoring from the second place")
    began = time.monotonic()
    into = bench.data / "again"
    restored = restore(env, into, minute)
    took = time.monotonic() - began
    return [
        *judge(bench, told, minute, restored, into),
        Figure("full backup of both places", full, "s"),
        Figure("increment of both places", incremental, "s"),
        Figure("restore until it takes writes", took, "s", "<=", RESTORE_TARGET_S),
    ]


def manage(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [PYTHON, "manage.py", *arguments], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout


def load(url: str, media: Path) -> None:
    with psycopg.connect(url, autocommit=True) as city:
        city.execute("create table told (id bigserial primary key, at timestamptz, text text)")
        city.execute(
            "insert into told (at, text) select now(), repeat(md5(n::text), 20)"
            " from generate_series(1, %s) n",
            [PEOPLE],
        )
    media.mkdir(parents=True)
    for number in range(PHOTOS):
        (media / f"{number}.jpg").write_bytes(os.urandom(PHOTO_BYTES))


def write(url: str, told: Told) -> None:
    """Writes row after row; what is committed counts as told to a citizen."""
    with psycopg.connect(url, autocommit=True) as city:
        while not told.stop.is_set():
            row = city.execute(
                "insert into told (at, text) values (clock_timestamp(), 'x') returning id, at"
            ).fetchone()
            # Acknowledged only now: after the commit, at a moment not before the row's.
            told.rows.append((row[0], now_of(city)))
            time.sleep(0.01)


def now_of(city: psycopg.Connection) -> datetime:
    return city.execute("select clock_timestamp()").fetchone()[0]


def now(url: str) -> datetime:
    with psycopg.connect(url) as city:
        return now_of(city)


def destroy(cluster: Cluster) -> None:
    """As a disk that dies: no gentle end, no last piece of the log."""
    os.kill(int((cluster.pg / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    time.sleep(1)
    for name in ("pg", "media", "evidence", "pgbackrest"):
        shutil.rmtree(cluster.data / name, ignore_errors=True)


def restore(env: dict[str, str], into: Path, minute: datetime) -> str:
    moment = minute.astimezone(UTC).isoformat(sep=" ")
    into.mkdir(mode=0o711)
    done = subprocess.run(
        [
            PYTHON, "bin/_cluster.py", "--reach", str(into), PYTHON, "manage.py", "restore_city",
            "--into", str(into), "--to", moment, "--place", "2",
        ],
        cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def judge(bench: Bench, told: Told, minute: datetime, restored: str, into: Path) -> list[Figure]:
    bench.progress(restored.strip())
    again = Cluster(into, redis=False, dies_with_us=True)
    again.start()
    try:
        url = f"postgresql:///citybrain?user=citybrain&host={again.sockets}"
        with psycopg.connect(url) as city:
            found = {key for (key,) in city.execute("select id from told where text = 'x'")}
            late = city.execute("select count(*) from told where at > %s", [minute]).fetchone()[0]
    finally:
        again.stop()
    before = [key for key, at in told.rows if at <= minute]
    missing = len(set(before) - found)
    photos = len(list((into / "media" / "files").glob("*.jpg")))
    return [
        Figure("acknowledged before the minute", len(before), "rows"),
        Figure("of these missing", missing, "rows", "<=", 0),
        Figure("rows from behind the minute", late, "rows", "<=", 0),
        Figure("photographs missing", PHOTOS - photos, "files", "<=", 0),
    ]
