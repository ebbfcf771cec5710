"""The town's grid: classes, matter, duty rule, workers on duty, pictures of streets."""

import io
import json
import random
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from apps.accounts.models import Role, User
from apps.audit.services import SYSTEM
from apps.common import clock, files, outbox
from apps.common.models import StoredFile
from apps.fieldwork.models import DutySession, LastPosition, Worker
from apps.grid import services
from apps.grid.models import GridEvent
from apps.grid.services import EventReport
from apps.matters.models import Case
from apps.matters.services import ensure_shipped_matter
from apps.places.geometry import point
from tests.cast import SINCE, Cast, _organization, _person
from tests.matters.factories import act

SHIPPED = Path(__file__).parent.parent.parent / "fixtures" / "grid"
RIGHTS = {
    "grid_worker": ["grid.report_events"],
    "acceptor": ["grid.report_events"],
    "supervisor": ["grid.override_proof"],
    "author": ["grid.keep_classes"],
}
LITTER = "e01.01"
FILE = {"class_code": LITTER, "priority": "normal"}


def read(name: str) -> Any:
    return json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))


def lay_on(cast: Cast) -> Cast:
    """Will give the town its grid: streets, two workers more, classes, the rule, the matter."""
    for code, rights in RIGHTS.items():
        for right in rights:
            app, _dot, name = right.partition(".")
            found = Permission.objects.get(content_type__app_label=app, codename=name)
            Role.objects.get(code=code).permissions.add(found)
    for side, area, works in (
        ("east", cast.east, cast.east_works),
        ("west", cast.west, cast.west_works),
    ):
        street = area.children.get()
        unit = _organization(cast.tenant, works, f"{side}-street", street.name, "street", street)
        cast.people[f"street_{side}"] = _person(f"street_{side}", f"街道{side}", "handler", unit)
        cast.people[f"walker_{side}"] = _person(
            f"walker_{side}", f"网格{side}", "grid_worker", unit
        )
    # What somebody may do is remembered on the user.
    cast.people = {name: User.objects.get(pk=one.pk) for name, one in cast.people.items()}
    services.ensure_classes(SYSTEM, shipped=read("classes"))
    services.ensure_dispatch_table(cast.author, cast.publisher, shipped=read("duty"))
    ensure_shipped_matter(SYSTEM, shipped=read("matter"))
    return cast


def go_on_duty(cast: Cast, name: str, *, lon: float | None, lat: float = 36.012) -> Worker:
    """Will have somebody on duty since an hour, seen just now at a place (or nowhere)."""
    user = cast.people[name]
    unit = user.appointments.get().post.organization
    moment = clock.now()
    worker, _made = Worker.objects.get_or_create(
        user=user,
        defaults={
            "tenant": cast.tenant,
            "unit": unit,
            "area_path": unit.area.path if unit.area else "",
            "kind": "full",
            "since_on": SINCE,
            "created_at": moment,
        },
    )
    session = DutySession.objects.create(
        worker=worker,
        key=uuid.uuid4(),
        started_at=moment - timedelta(hours=1),
        received_at=moment - timedelta(hours=1),
        consent_version="1",
    )
    if lon is not None:
        LastPosition.objects.create(
            worker=worker, session=session, point=point(lon, lat), at=moment, accuracy_m=8
        )
    return worker


def street_picture(seed: int, *, trouble: bool = False, brightness: int = 0) -> StoredFile:
    """Will give a drawn street: one scene per seed; the trouble hardly changes it."""
    rng = random.Random(seed)
    image = Image.new("RGB", (360, 320), (200, 205, 215))
    pen = ImageDraw.Draw(image)
    for column in range(9):
        for row in range(8):
            grey = rng.randrange(40, 220) + brightness
            box = (column * 40, row * 40, column * 40 + 39, row * 40 + 39)
            pen.rectangle(box, fill=(grey, grey, grey))
    if trouble:
        pen.ellipse((90, 210, 230, 290), fill=(20, 15, 10))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return files.store(ContentFile(buffer.getvalue(), name="street.jpg"))


def report(**changes: Any) -> EventReport:
    """Will give a report of litter in a cell of the eastern district."""
    lon, lat = Cast.inside_east()
    values: dict[str, Any] = {
        "kind": "event",
        "class_code": LITTER,
        "title": "路边有暴露垃圾",
        "text": "人行道上堆有几袋垃圾，已有异味。",
        "lon": lon,
        "lat": lat,
        "accuracy_m": 8.0,
        "address": "解放路12号门前",
        "at": clock.now(),
    }
    return EventReport(**(values | changes))


def reported(cast: Cast, *, by: str = "walker_east", key: str = "", **changes: Any) -> GridEvent:
    """Will give an event a worker reported."""
    return services.report_event(
        cast.people[by], key=key or str(uuid.uuid4()), report=report(**changes)
    )


def step(cast: Cast, event: GridEvent, who: str, action: str, data: dict[str, Any]) -> Case:
    case = act(cast.people[who], event.case, action, data)
    event.case = case
    return case


def filed(cast: Cast, **changes: Any) -> GridEvent:
    event = reported(cast, **changes)
    step(cast, event, "acceptor", "accept", FILE)
    return event


def handling(cast: Cast, **changes: Any) -> GridEvent:
    """Will give an event the street of the east handles."""
    event = filed(cast, **changes)
    unit = cast.people["street_east"].appointments.get().post.organization
    data = {"unit": unit.pk, "limit_amount": 4, "limit_unit": "working_hours"}
    step(cast, event, "dispatcher", "dispatch", data)
    step(cast, event, "street_east", "sign", {})
    return event


def answered(cast: Cast, **changes: Any) -> GridEvent:
    """Will give an event that waits to be checked; whoever is on duty is asked."""
    event = handling(cast, **changes)
    step(
        cast,
        event,
        "street_east",
        "feed_back",
        {"resolution": "solved", "result": "垃圾已清运，地面已冲洗。"},
    )
    outbox.drain()
    return event


def answer(
    cast: Cast, task_id: int, *, by: str = "walker_east", key: str = "", **changes: Any
) -> Any:
    """Will answer a look from where the event lies."""
    lon, lat = Cast.inside_east()
    values: dict[str, Any] = {
        "verdict": "pass",
        "result": "现场已清理干净。",
        "at": clock.now(),
        "lon": lon,
        "lat": lat,
        "accuracy_m": 6.0,
        "files": [],
    }
    return services.answer_look(
        cast.people[by], key=key or str(uuid.uuid4()), task_id=task_id, **(values | changes)
    )


def later(**span: float) -> datetime:
    return clock.now() + timedelta(**span)
