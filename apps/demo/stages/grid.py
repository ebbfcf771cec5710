"""Grid events of the past month: the shipped table, rule and matter, and what came of them."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock, files
from apps.common.errors import DomainError
from apps.common.models import StoredFile
from apps.demo import texts
from apps.demo.world import World
from apps.grid import services as grid
from apps.grid.models import GridEvent, PairVerdict
from apps.grid.selectors import find_class
from apps.matters import services as matters
from apps.matters.models import Task
from apps.matters.services import ensure_shipped_matter
from apps.places.geometry import point
from apps.places.models import Area
from apps.places.selectors import locate

DAYS = 30
SIZE = (320, 240)
#: Class, title, what the worker writes.
EVENTS = (
    ("e01.01", "路边有暴露垃圾", "人行道边堆放几袋生活垃圾。"),
    ("e01.03", "道路有泥土污渍", "车辆带泥，路面约二十米需要冲洗。"),
    ("e01.04", "路面出现坑槽", "机动车道有一处坑槽，影响通行。"),
    ("e02.01", "墙面贴有小广告", "围墙上贴有多张小广告。"),
    ("e03.02", "工地围挡外扬尘", "工地出入口未冲洗，扬尘明显。"),
    ("e04.06", "路口积水", "雨水口堵塞，路口积水没过路沿。"),
    ("e05.01", "路口有占道摊点", "早市摊点占用盲道。"),
    ("e05.06", "非机动车乱停放", "公交站旁停满共享单车。"),
    ("e05.07", "人行道堆放建材", "店铺门前堆放装修材料。"),
    ("e01.09", "楼顶正在搭建棚屋", "居民楼顶有人搭建彩钢棚。"),
)
COMPONENTS = {
    "0103": ("雨水井盖松动", "井盖有响动，边缘破损。"),
    "0110": ("路灯不亮", "夜间该处路灯不亮。"),
    "0302": ("果皮箱破损", "果皮箱门脱落。"),
    "0205": ("护栏被撞歪", "护栏倾斜，占用车道。"),
}
#: How far an event has come by now, the newest first: states that still wait.
OPEN_STATES = ("reported", "filed", "dispatched", "handling", "answered", "checked")
#: Of closed events so many had to be done again, or were proven by a picture from elsewhere.
REWORK_EVERY, MISMATCH_EVERY, PHONE_EVERY = 9, 13, 7


@dataclass
class _Story:
    """One event as it will be told. hours: between its steps."""

    number: int
    at: datetime
    until: datetime
    last: str
    rng: random.Random

    def wait(self, least: float, most: float) -> datetime:
        """Will go on by some hours, never beyond the present."""
        self.at = min(self.at + timedelta(hours=self.rng.uniform(least, most)), self.until)
        return self.at


def load_grid_rules(author: User, publisher: User) -> None:
    """Will enter the class table, the duty rule (by two people) and the matter."""
    grid.ensure_classes(SYSTEM, shipped=texts.read("grid/classes"))
    grid.ensure_dispatch_table(author, publisher, shipped=texts.read("grid/duty"))
    ensure_shipped_matter(SYSTEM, shipped=texts.read("grid/matter"))


def load_grid_events(
    world: World, *, until: datetime, seed: int, count: int, days: int = DAYS
) -> int:
    """Will tell so many events of the past days through the services; gives how many."""
    rng = random.Random(seed)
    workers = _workers(world)
    assets = _assets(rng, count)
    told = 0
    for number in range(count):
        share = number / max(count - 1, 1)
        began = until - timedelta(days=days * (1 - share)) - timedelta(hours=rng.uniform(1, 10))
        last = OPEN_STATES[number % len(OPEN_STATES)] if share > 0.85 else "closed"
        story = _Story(number, began, until, last, rng)
        told += _tell(world, story, workers, assets)
    return told


def _tell(world: World, story: _Story, workers: dict[str, User], assets: Sequence[Asset]) -> int:
    """Reports one event and takes it as far as its story goes; a refused step ends it there."""
    event = _report(world, story, workers, assets)
    if event is None:
        return 0
    steps = (_file, _send, _handle, _feed_back, _check, _close)
    for state, step in zip(OPEN_STATES, steps, strict=True):
        if state == story.last:
            break
        try:
            step(world, story, event, workers)
        except DomainError:
            break
        event.case.refresh_from_db()
    return 1


def _report(
    world: World, story: _Story, workers: dict[str, User], assets: Sequence[Asset]
) -> GridEvent | None:
    rng = story.rng
    asset = assets[story.number % len(assets)] if assets and story.number % 3 == 0 else None
    if asset is not None:
        place = f"{asset.name}旁"
        lon, lat = asset.point.x, asset.point.y
        title, text = COMPONENTS[asset.kind.code]
        code = f"c{asset.kind.code[:2]}.{asset.kind.code[2:]}"
    else:
        place, (lon, lat) = world.city.random_address(rng, world.city.districts[0].code)
        code, title, text = EVENTS[story.number % len(EVENTS)]
    worker = _worker_at(lon, lat, workers)
    if worker is None:
        return None
    by_phone = story.number % PHONE_EVERY == 0
    actor = world.people("acceptor")[0] if by_phone else worker
    with clock.at(story.at):
        return grid.report_event(
            actor,
            key=f"demo-{story.number}",
            report=grid.EventReport(
                kind="component" if asset is not None else "event",
                class_code=code,
                title=title,
                text=text,
                lon=lon,
                lat=lat,
                accuracy_m=None if by_phone else round(rng.uniform(3, 15), 1),
                address=place[:200],
                at=story.at,
                asset_id=asset.pk if asset is not None else None,
                files=[] if by_phone else [_picture(story.number, trouble=True)],
                channel="phone" if by_phone else "grid",
            ),
        )


def _file(world: World, story: _Story, event: GridEvent, workers: dict[str, User]) -> None:
    if event.needs_look:
        _look(world, story, event, workers, [_picture(story.number, trouble=True)])
    with clock.at(story.wait(0.2, 2.5)):
        matters.perform(
            world.people("acceptor")[1],
            case_id=event.case_id,
            action="accept",
            data={"class_code": event.case.class_code, "priority": event.case.priority},
        )


def _send(world: World, story: _Story, event: GridEvent, workers: dict[str, User]) -> None:
    """As the rules propose, like the shift desk's button."""
    with clock.at(story.wait(0.2, 2.5)):
        matters.perform_many(
            world.people("dispatcher")[0], case_ids=[event.case_id], action="dispatch", data={}
        )


def _handle(world: World, story: _Story, event: GridEvent, workers: dict[str, User]) -> None:
    _act(world, story.wait(0.3, 2), event, "sign", {})


def _feed_back(world: World, story: _Story, event: GridEvent, workers: dict[str, User]) -> None:
    slow = 60 if story.number % 5 == 0 else 12
    result = {"resolution": "solved", "result": "已安排人员到场处置，现场已恢复。"}
    _act(world, story.wait(1, slow), event, "feed_back", result)


def _check(world: World, story: _Story, event: GridEvent, workers: dict[str, User]) -> None:
    if story.number % REWORK_EVERY == 4:
        _look(world, story, event, workers, [], passes=False)
        _feed_back(world, story, event, workers)
    away = 0.0012 if story.number % MISMATCH_EVERY == 5 else 0.0
    _look(world, story, event, workers, [_picture(story.number, trouble=False)], away=away)


def _close(world: World, story: _Story, event: GridEvent, workers: dict[str, User]) -> None:
    supervisor = world.people("supervisor")[0]
    with clock.at(story.wait(0.2, 6)):
        if story.number % 2:
            for verdict in PairVerdict.objects.filter(event=event, verdict="mismatch"):
                grid.override_proof(
                    supervisor, verdict_id=verdict.pk, reason="手机定位漂移，已与网格员核对现场"
                )
        matters.perform(
            world.people("dispatcher")[1],
            case_id=event.case_id,
            action="close",
            data={"note": "核查通过，予以结案。"},
        )


def _look(
    world: World,
    story: _Story,
    event: GridEvent,
    workers: dict[str, User],
    pictures: list[StoredFile],
    *,
    passes: bool = True,
    away: float = 0.0,
) -> None:
    """Somebody is sent by hand, as nobody was on duty then by the records, and answers."""
    assert event.case.point is not None
    lon, lat = event.case.point.coords
    worker = _worker_at(lon, lat, workers)
    assert worker is not None
    with clock.at(story.wait(0.2, 1)):
        matters.perform(
            world.people("dispatcher")[0],
            case_id=event.case_id,
            action="order_check",
            data={"person": worker.pk, "instruction": "请到现场查看并拍照", "days": 1},
        )
        task = Task.objects.get(case=event.case, kind="check", state="waiting")
    with clock.at(story.wait(0.3, 5)):
        grid.answer_look(
            worker,
            key=f"demo-{task.pk}",
            task_id=task.pk,
            verdict="pass" if passes else "fail",
            result="已到现场查看。" if passes else "现场尚未处理完毕。",
            at=clock.now(),
            lon=lon + away,
            lat=lat,
            accuracy_m=6.0,
            files=pictures,
        )
    event.case.refresh_from_db()


def _act(
    world: World, moment: datetime, event: GridEvent, action: str, data: dict[str, Any]
) -> None:
    unit = event.case.unit
    assert unit is not None
    staff = world.staff["department_staff"].get(unit.code) or world.staff["department_head"].get(
        unit.code
    )
    assert staff, unit.code
    with clock.at(moment):
        matters.perform(staff[0], case_id=event.case_id, action=action, data=data)


def _workers(world: World) -> dict[str, User]:
    """The worker of each community, by the path of its area."""
    found = {}
    for code, people in world.staff["grid_worker"].items():
        area = world.units[code].area
        if area is not None and people:
            found[area.path] = people[0]
    return found


def _worker_at(lon: float, lat: float, workers: dict[str, User]) -> User | None:
    area: Area | None = locate(point(lon, lat))
    if area is None:
        return None
    return next((user for path, user in workers.items() if area.path.startswith(path)), None)


def _assets(rng: random.Random, count: int) -> list[Asset]:
    """Things of the kinds that break, each once."""
    known = list(
        Asset.objects.filter(kind__code__in=COMPONENTS).select_related("kind").order_by("pk")[:2000]
    )
    usable = [one for one in known if find_class(f"c{one.kind.code[:2]}.{one.kind.code[2:]}")]
    return rng.sample(usable, min(len(usable), count))


def _picture(number: int, *, trouble: bool) -> StoredFile:
    """A drawn street: one scene per event, with the trouble or without it."""
    rng = random.Random(f"scene-{number}")
    image = Image.new("RGB", SIZE, (205, 214, 224))
    pen = ImageDraw.Draw(image)
    for column in range(0, SIZE[0], 40):
        high = rng.randrange(60, 190)
        tone = rng.randrange(60, 200)
        pen.rectangle((column, 210 - high, column + 39, 210), fill=(tone, tone, tone + 20))
        for floor in range(210 - high + 10, 200, rng.randrange(18, 30)):
            light = rng.randrange(40, 240)
            pen.rectangle((column + 8, floor, column + 30, floor + 8), fill=(light, light, 120))
    pen.rectangle((0, 210, SIZE[0], SIZE[1]), fill=(118, 118, 120))
    if trouble:
        left = rng.randrange(40, 220)
        pen.ellipse((left, 150, left + 70, 225), fill=(60, 48, 40))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return files.store(ContentFile(buffer.getvalue(), name="demo-scene.jpg"))
