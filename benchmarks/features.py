"""Reading features by the standard, against two servers that do nothing else.

The same table in the same database, the same columns, two processes each: our ``/ogc/`` (rights,
quota and validation included), pygeoapi under gunicorn as we run, tipg under uvicorn with its
fast loop. The others live in virtual environments of their own under ``var/benchmarks``.
"""

import json
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from benchmarks.runner import Bench, Figure, free_port
from benchmarks.support.client import Connection
from benchmarks.support.others import environment_of

DESCRIPTION = "items of OGC API Features: paging and boxes against pygeoapi and tipg"
FEATURES = 120_000
ROUNDS, ASKED_EACH, SECONDS, CONNECTIONS = 3, 20, 3.0, 4
OTHERS = {
    "pygeoapi": (
        "pygeoapi==0.21.0", "gunicorn==27.0.1", "sqlalchemy==2.0.46", "geoalchemy2==0.18.1",
        "psycopg2-binary==2.9.13",
    ),
    "tipg": ("tipg==1.6.1", "uvicorn[standard]==0.54.0"),
}  # fmt: skip
COLUMNS = ["kind", "name", "rank", "min_zoom"]

# Houses on a grid of a city of 60 km, spread so that a small box holds some hundred of them.
FILL = """
insert into places_basemapfeature (kind, name, geometry, min_zoom, rank, source)
select (array['building', 'road', 'label'])[1 + i %% 3], '要素' || i,
       case when i %% 3 = 0
            then st_makeenvelope(x, y, x + 0.0004, y + 0.0003, 4326)
            when i %% 3 = 1
            then st_setsrid(st_makeline(st_point(x, y), st_point(x + 0.002, y + 0.001)), 4326)
            else st_setsrid(st_point(x, y), 4326) end,
       10 + i %% 8, i %% 5, ''
from (select i, 120 + (i * 7919 %% 99991) / 99991.0 * 0.6 as x,
             36 + (i * 104729 %% 99989) / 99989.0 * 0.6 as y
      from generate_series(1::bigint, %s) i) spread
"""

Query = Callable[[int], str]


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from django.db import connection

    bench.progress(f"filling in {FEATURES:,} features")
    with connection.cursor() as cursor:
        cursor.execute(FILL, [FEATURES])
        cursor.execute("vacuum analyze places_basemapfeature")
        cursor.execute("select min(id) from places_basemapfeature")
        first = cursor.fetchone()[0]
    bases = {
        "ours": bench.start_web(environment={"CITYBRAIN_API_RATE": "100000000/min"}),
        "pygeoapi": start_pygeoapi(bench),
        "tipg": start_tipg(bench),
    }
    figures: list[Figure] = []
    for name, queries in scenes(first).items():
        bench.progress(name)
        figures += compare(name, bases, queries)
    return figures


def scenes(first: int) -> dict[str, dict[str, Query]]:
    """Will give the questions: by scene and server, the path of the n-th request."""

    def ours(**query: object) -> str:
        return f"/ogc/collections/base-map/items?{urlencode(query)}"

    def pygeoapi(**query: object) -> str:
        return f"/collections/features/items?{urlencode({'f': 'json'} | query)}"

    def tipg(**query: object) -> str:
        known = {"f": "geojson", "properties": ",".join(COLUMNS)} | query
        return f"/collections/public.places_basemapfeature/items?{urlencode(known)}"

    def box(n: int, width: float) -> str:
        west, south = 120.05 + n * 37 % 400 / 1000, 36.05 + n * 53 % 400 / 1000
        return f"{west:.4f},{south:.4f},{west + width:.4f},{south + width:.4f}"

    deep = FEATURES // 2
    return {
        "first page of 100": {
            "ours": lambda n: ours(limit=100),
            "pygeoapi": lambda n: pygeoapi(limit=100),
            "tipg": lambda n: tipg(limit=100),
        },
        "page of 100 in the middle": {
            "ours": lambda n: ours(limit=100, cursor=first + deep + n),
            "pygeoapi": lambda n: pygeoapi(limit=100, offset=deep + n),
            "tipg": lambda n: tipg(limit=100, offset=deep + n),
        },
        "page of 1,000": {
            "ours": lambda n: ours(limit=1000, cursor=first + n),
            "pygeoapi": lambda n: pygeoapi(limit=1000, offset=n),
            "tipg": lambda n: tipg(limit=1000, offset=n),
        },
        "box of a quarter": {
            "ours": lambda n: ours(limit=500, bbox=box(n, 0.02)),
            "pygeoapi": lambda n: pygeoapi(limit=500, bbox=box(n, 0.02)),
            "tipg": lambda n: tipg(limit=500, bbox=box(n, 0.02)),
        },
    }


def compare(name: str, bases: Mapping[str, str], queries: Mapping[str, Query]) -> list[Figure]:
    """Will ask all servers in turns; gives medians and rates, judged against the better other."""
    took: dict[str, list[float]] = {side: [] for side in bases}
    rates: dict[str, list[float]] = {side: [] for side in bases}
    counts = {side: number_of(base, queries[side](1)) for side, base in bases.items()}
    if len(set(counts.values())) != 1:
        raise RuntimeError(f"{name}: the servers answer different features: {counts}")
    for _round in range(ROUNDS):
        for side, base in bases.items():
            connection = Connection(base, {})
            for n in range(ASKED_EACH):
                answer = connection.send("GET", queries[side](n))
                if answer.status != 200:
                    raise RuntimeError(f"{side}: {answer.status} {answer.body[:300]!r}")
                took[side].append(answer.seconds * 1000)
            connection.close()
            rates[side].append(rate(base, queries[side]))
    p50 = {side: statistics.median(values) for side, values in took.items()}
    best = {side: statistics.median(values) for side, values in rates.items()}
    others = [side for side in bases if side != "ours"]
    found = [Figure(f"{name}: {side} p50", p50[side], "ms") for side in bases]
    found += [Figure(f"{name}: {side} rate", best[side], "1/s") for side in bases]
    faster = best["ours"] / max(best[side] for side in others)
    return [*found, Figure(f"{name}: our rate to the better other", faster, "x", ">=", 1.0)]


def number_of(base: str, path: str) -> int:
    """Will give how many features a server answers."""
    answer = Connection(base, {}).send("GET", path)
    if answer.status != 200:
        raise RuntimeError(f"{base}{path}: {answer.status} {answer.body[:500]!r}")
    return len(answer.json()["features"])


def rate(base: str, query: Query) -> float:
    """Will give the answers a second to four callers."""
    until = time.perf_counter() + SECONDS
    done: list[int] = []

    def work(offset: int) -> None:
        connection, served = Connection(base, {}), 0
        while time.perf_counter() < until:
            if connection.send("GET", query(offset + served)).status == 200:
                served += 1
        connection.close()
        done.append(served)

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


# --- The others -----------------------------------------------------------------------------


def start_tipg(bench: Bench) -> str:
    programs, port = environment_of(bench, "tipg", OTHERS["tipg"]), free_port()
    given = database_of()
    folder = quote(str(given["host"]), safe="")
    dsn = f"postgresql://{given['user']}@{folder}:{given['port']}/{given['dbname']}"
    environment = {
        "DATABASE_URL": dsn,
        "TIPG_MAX_FEATURES_PER_QUERY": "10000",
        "TIPG_DEFAULT_FEATURES_LIMIT": "100",
    }
    command = ["uvicorn", "tipg.main:app", "--port", str(port), "--workers", "2"]
    process = bench.start(
        "tipg",
        str(programs / "python"),
        *("-m", *command, "--log-level", "warning"),
        environment=environment,
    )
    return bench._wait_for_http(process, port)


def start_pygeoapi(bench: Bench) -> str:
    programs, port = environment_of(bench, "pygeoapi", OTHERS["pygeoapi"]), free_port()
    settings = bench.data / "pygeoapi.yml"
    document = bench.data / "pygeoapi-openapi.yml"
    # JSON is YAML.
    settings.write_text(json.dumps(pygeoapi_settings(port)), "utf-8")
    environment = {"PYGEOAPI_CONFIG": str(settings), "PYGEOAPI_OPENAPI": str(document)}
    done = subprocess.run(
        [str(programs / "pygeoapi"), "openapi", "generate", str(settings), "-of", str(document)],
        env={**bench.env, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    command = ["gunicorn", "pygeoapi.flask_app:APP", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
    process = bench.start(
        "pygeoapi",
        str(programs / "python"),
        *("-m", *command, "--no-control-socket"),
        environment=environment,
    )
    return bench._wait_for_http(process, port)


def pygeoapi_settings(port: int) -> dict[str, object]:
    """Will give the configuration: one collection over our table."""
    text = {"en": "Features"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "limits": {"default_items": 100, "max_items": 10_000},
            "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": text,
                "description": text,
                "keywords": {"en": ["features"]},
                "keywords_type": "theme",
                "terms_of_service": "none",
                "url": "http://127.0.0.1",
            },
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": {"name": "none", "url": "http://127.0.0.1"},
            "contact": {"name": "none", "url": "http://127.0.0.1"},
        },
        "resources": {
            "features": {
                "type": "collection",
                "title": text,
                "description": text,
                "keywords": {"en": ["features"]},
                "links": [],
                "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
                "providers": [
                    {
                        "type": "feature",
                        "name": "PostgreSQL",
                        "data": {**database_of(), "search_path": ["public"]},
                        "id_field": "id",
                        "table": "places_basemapfeature",
                        "geom_field": "geometry",
                        "properties": COLUMNS,
                    }
                ],
            }
        },
    }


def database_of() -> dict[str, object]:
    """Will give where the database is, as drivers are told."""
    from django.db import connection

    given = connection.get_connection_params()
    return {
        "host": given["host"],
        "port": given.get("port") or 5432,
        "dbname": given["dbname"],
        "user": given["user"],
        "password": given.get("password") or "",
    }
