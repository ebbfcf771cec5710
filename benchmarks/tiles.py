"""Vector tiles against tipg on the same tables of one database, and against the SQL alone.

Both draw the same features with the same four attributes, cut at the same margin, at most
10,000 a tile by key, from zoom 9 to 16; both compress what they send. Ours asks for session and
right, tipg for nothing. The rounds alternate. tipg lives in a virtual environment of its own.
"""

import http.client
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

import psycopg

from benchmarks.runner import Bench, Figure, free_port

DESCRIPTION = "vector tiles of 1,000,000 points and 60,000 polygons against tipg and plain SQL"
TIPG = ("tipg==1.6.1", "uvicorn==0.54.0")
POINTS, POLYGONS = 1_000_000, 60_000
ZOOMS = range(9, 17)
TILES_A_ZOOM = 12
ROUNDS, CACHED_TURNS, CONNECTIONS = 3, 6, 8
TABLES = ("bench_points", "bench_polygons")
WEST, SOUTH, WIDE, HIGH = 120.05, 35.95, 0.55, 0.45  # degrees; about 50 km x 50 km

_TABLE = """
create table {table} (
    id bigint primary key generated always as identity,
    kind text not null, name text not null, state text not null, level integer not null,
    geometry geometry({shape}, 4326) not null
)
"""
_ATTRIBUTES = """
    (array['井盖', '路灯', '消火栓', '摄像机', '垃圾箱'])[1 + n % 5],
    '对象' || lpad(n::text, 7, '0'), (array['in_use', 'faulty', 'stopped'])[1 + n % 3], n % 40
"""
# Seven in ten lie in sixty quarters, the rest anywhere.
_POINTS = f"""
insert into bench_points (kind, name, state, level, geometry)
select {_ATTRIBUTES}, ST_SetSRID(ST_Point(
    case when n % 10 < 7 then q.x + (random() + random() + random() - 1.5) * 0.025
        else {WEST} + random() * {WIDE} end,
    case when n % 10 < 7 then q.y + (random() + random() + random() - 1.5) * 0.02
        else {SOUTH} + random() * {HIGH} end), 4326)
from generate_series(1, {POINTS}) n
join (select row_number() over () - 1 as number,
    {WEST} + 0.03 + random() * ({WIDE} - 0.06) as x,
    {SOUTH} + 0.03 + random() * ({HIGH} - 0.06) as y
    from generate_series(1, 60)) q on q.number = n % 60
"""  # noqa: S608
# Houses with seven corners, 15 to 60 metres long, turned this way and that.
_POLYGONS = f"""
insert into bench_polygons (kind, name, state, level, geometry)
select {_ATTRIBUTES}, ST_SetSRID(ST_Translate(ST_Rotate(ST_Scale(
    'POLYGON((0 0, 3 0, 3 1, 2 1, 2 2, 1 2.5, 0 2, 0 0))'::geometry,
    0.00006 + random() * 0.00016, 0.00005 + random() * 0.00012), random() * 6),
    ST_X(geometry), ST_Y(geometry)), 4326)
from (select row_number() over () as n, geometry from (
    select geometry from bench_points order by id desc limit {POLYGONS}) newest) place
"""  # noqa: S608
_PLAIN = """
select ST_AsMVT(tile, %s, 4096, 'shape', 'id') from (
    select id, kind, name, state, level, ST_AsMVTGeom(ST_Transform(geometry, 3857),
        ST_TileEnvelope(%s, %s, %s), 4096, 64, true) as shape
    from {table}
    where geometry && ST_Transform(ST_TileEnvelope(%s, %s, %s, margin => 0.015625), 4326)
    order by id limit 10000
) tile
"""


@dataclass(frozen=True)
class Asked:
    """A tile to be drawn."""

    table: str
    z: int
    x: int
    y: int

    @property
    def ours(self) -> str:
        return f"/map/tiles/{self.table.replace('_', '-')}/{self.z}/{self.x}/{self.y}.mvt"

    @property
    def counted(self) -> str:
        return self.ours.replace("bench-points", "bench-points-counted")

    @property
    def theirs(self) -> str:
        tile = f"{self.z}/{self.x}/{self.y}"
        return f"/collections/public.{self.table}/tiles/WebMercatorQuad/{tile}"


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    bench.progress(f"filling in {POINTS:,} points and {POLYGONS:,} polygons")
    _fill()
    tiles = _tiles()
    bench.progress("preparing tipg in an environment of its own")
    theirs = Server(_start_tipg(bench), {})
    cookie = {"Cookie": f"sessionid={_session()}"}
    settings = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.tile_city.settings",
        "CITYBRAIN_MAP_TILES_PER_MINUTE": "10000000",
    }
    cold = Server(bench.start_web(environment=settings | {"CITYBRAIN_MAP_TILES_KEPT": "0"}), cookie)
    kept = Server(bench.start_web(environment=settings), cookie)
    _same_features(bench, tiles, cold, theirs)
    rates = _race(bench, tiles, cold, kept, theirs)
    ours_s, plain_s = _alone(bench, tiles, cold)
    counted_ms = _counted(bench, tiles, kept)
    p50 = {name: statistics.median(found) for name, found in rates.items()}
    return [
        Figure("tiles drawn", p50["cold"], "tiles/s"),
        Figure("tiles of tipg", p50["tipg"], "tiles/s"),
        Figure("tiles kept", p50["kept"], "tiles/s"),
        Figure("drawn, against tipg", _ratio(rates, "cold"), "x", ">=", 1.3),
        Figure("kept, against tipg", _ratio(rates, "kept"), "x", ">=", 8.0),
        Figure("a tile over HTTP, one at a time", ours_s / len(tiles) * 1000, "ms"),
        Figure("the same by plain SQL", plain_s / len(tiles) * 1000, "ms"),
        Figure("time against plain SQL", ours_s / plain_s, "x", "<=", 1.3),
        Figure("counting all points once", counted_ms[0], "ms"),
        Figure("a tile of counts after that", counted_ms[1], "ms"),
    ]


class Server:
    """One server and the headers it is asked with."""

    def __init__(self, base: str, headers: dict[str, str]) -> None:
        self.host = urlsplit(base).netloc
        self.headers = {"Accept-Encoding": "gzip"} | headers

    def get(self, paths: list[str]) -> float:
        """Will ask for paths one after the other and give the seconds it took."""
        link = http.client.HTTPConnection(self.host, timeout=60)
        began = time.perf_counter()
        for path in paths:
            link.request("GET", path, headers=self.headers)
            answer = link.getresponse()
            body = answer.read()
            if answer.status not in (200, 204):
                raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
            if answer.getheader("Connection") == "close":
                link.close()
        took = time.perf_counter() - began
        link.close()
        return took

    def content(self, path: str) -> bytes:
        link = http.client.HTTPConnection(self.host, timeout=60)
        plain = {k: v for k, v in self.headers.items() if k != "Accept-Encoding"}
        link.request("GET", path, headers=plain)
        body = link.getresponse().read()
        link.close()
        return body

    def rate(self, paths: list[str]) -> float:
        """Will ask for all paths over several connections and give tiles a second."""
        failed: list[BaseException] = []

        def work(own: list[str]) -> None:
            try:
                self.get(own)
            except BaseException as error:
                failed.append(error)
                raise

        shares = [paths[number::CONNECTIONS] for number in range(CONNECTIONS)]
        threads = [threading.Thread(target=work, args=(share,)) for share in shares]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        return len(paths) / (time.perf_counter() - began)


def _race(
    bench: Bench, tiles: list[Asked], cold: Server, kept: Server, theirs: Server
) -> dict[str, list[float]]:
    ours, foreign = [t.ours for t in tiles], [t.theirs for t in tiles]
    kept.rate(ours)
    rates: dict[str, list[float]] = {"cold": [], "tipg": [], "kept": []}
    for number in range(ROUNDS):
        rates["cold"].append(cold.rate(ours))
        rates["tipg"].append(theirs.rate(foreign))
        rates["kept"].append(kept.rate(ours * CACHED_TURNS))
        told = ", ".join(f"{name} {found[-1]:.1f}/s" for name, found in rates.items())
        bench.progress(f"round {number + 1}: {told}")
    for table in TABLES:
        for zoom in ZOOMS:
            some = [t for t in tiles if t.z == zoom and t.table == table]
            mine = cold.rate([t.ours for t in some])
            other = theirs.rate([t.theirs for t in some])
            bench.progress(
                f"{table} zoom {zoom}: {mine:.1f}/s against {other:.1f}/s, {mine / other:.2f} x"
            )
    return rates


def _ratio(rates: dict[str, list[float]], name: str) -> float:
    return statistics.median(a / b for a, b in zip(rates[name], rates["tipg"], strict=True))


def _alone(bench: Bench, tiles: list[Asked], cold: Server) -> tuple[float, float]:
    """Gives the seconds of all tiles one after the other: over HTTP, and by plain SQL."""
    from django.conf import settings
    from django.db import connection

    connection.ensure_connection()
    options = settings.DATABASES["default"]["OPTIONS"]["options"]
    ours, plain = 0.0, 0.0
    with psycopg.connect(connection.connection.info.dsn, options=options, autocommit=True) as link:
        # A prepared statement may be planned once for all boxes, and badly for most of them.
        link.prepare_threshold = None
        cursor = link.cursor(binary=True)
        for tile in tiles:
            ours += cold.get([tile.ours])
            place = (tile.z, tile.x, tile.y)
            began = time.perf_counter()
            cursor.execute(_PLAIN.format(table=tile.table), [tile.table, *place, *place])
            cursor.fetchone()
            plain += time.perf_counter() - began
    bench.progress(f"alone: {ours:.2f} s over HTTP, {plain:.2f} s by plain SQL")
    return ours, plain


def _counted(bench: Bench, tiles: list[Asked], kept: Server) -> tuple[float, float]:
    """Gives milliseconds of the first tile of counts, which counts everything, and of others."""
    paths = sorted({t.counted for t in tiles if t.table == "bench_points" and t.z < 14})
    first = kept.get(paths[:1]) * 1000
    return first, kept.get(paths[1:]) * 1000 / len(paths[1:])


def _same_features(bench: Bench, tiles: list[Asked], cold: Server, theirs: Server) -> None:
    """Raises: RuntimeError (the two do not draw the same)."""
    from mapbox_vector_tile import decode

    for tile in {(t.table, t.z): t for t in tiles}.values():
        [mine] = decode(cold.content(tile.ours)).values()
        [other] = decode(theirs.content(tile.theirs)).values()
        counts = len(mine["features"]), len(other["features"])
        names = [set(part["features"][0]["properties"]) - {"id"} for part in (mine, other)]
        bench.progress(f"{tile.table} zoom {tile.z}: {counts[0]} features, tipg {counts[1]}")
        # tipg leaves out what only lies in the margin, so a full tile holds others by a few.
        if names[0] != names[1] or not 0.75 * counts[0] - 20 <= counts[1] <= counts[0] + 20:
            raise RuntimeError(f"{tile}: {counts}, {names}")


def _tiles() -> list[Asked]:
    """Gives tiles of every zoom, each around some object, so that none is empty."""
    from django.db import connection

    from apps.onemap.tiles.grid import HALF_WORLD_M

    draw = Random(2026)
    found = []
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(
                f"select ST_X(p), ST_Y(p) from (select ST_Transform(ST_Centroid(geometry), 3857) p"  # noqa: S608
                f" from {table} where id % 997 = 0 order by id) places"
            )
            places = cursor.fetchall()
        for zoom in ZOOMS:
            size = 2 * HALF_WORLD_M / 2**zoom
            for x, y in draw.choices(places, k=TILES_A_ZOOM):
                column, row = int((x + HALF_WORLD_M) / size), int((HALF_WORLD_M - y) / size)
                found.append(Asked(table, zoom, column, row))
    draw.shuffle(found)
    return found


def _fill() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select setseed(0.2026)")
        for table, shape, rows in zip(
            TABLES, ("Point", "Polygon"), (_POINTS, _POLYGONS), strict=True
        ):
            cursor.execute(_TABLE.format(table=table, shape=shape))
            cursor.execute(rows)
            cursor.execute(f"create index on {table} using gist (geometry)")
            cursor.execute(f"vacuum analyze {table}")


def _session() -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from apps.accounts.models import User

    user = User.objects.create_user("looker", "Tile-2026-pass", full_name="看图人")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "apps.accounts.backends.AppointmentBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _start_tipg(bench: Bench) -> str:
    from django.db import connection

    home: Path = bench.data / "tipg"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", *TIPG], check=True)
    connection.ensure_connection()
    info = connection.connection.info
    folder = quote(info.host, safe="")  # of the socket
    port = free_port()
    environment = {
        "DATABASE_URL": f"postgresql://{info.user}@{folder}:{info.port}/{info.dbname}",
        "TIPG_TILE_BUFFER": "64",
        "TIPG_MAX_FEATURES_PER_TILE": "10000",
        "TIPG_SORT_COLUMNS": "false",
        "TIPG_DB_TABLES": '["public.bench_points", "public.bench_polygons"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "PGOPTIONS": "-c max_parallel_workers_per_gather=0",
    }
    command = ["-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", "2"]
    process = bench.start(
        "tipg",
        str(home / "bin" / "python"),
        *command,
        "--log-level",
        "warning",
        environment=environment,
    )
    base = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            Server(base, {}).get([f"/collections/public.{TABLES[0]}"])
        except (OSError, RuntimeError, http.client.HTTPException):
            time.sleep(0.3)
        else:
            return base
    raise RuntimeError(f"tipg does not answer:\n{process.log.read_text('utf-8')[-3000:]}")
