"""What the deeds of this app share: who works, what a phone's clock is worth, what is logged."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import InvalidInput
from apps.fieldwork.enums import WorkerState
from apps.fieldwork.errors import NotAWorker
from apps.fieldwork.models import Worker
from apps.fieldwork.permissions import WORK
from apps.places.geometry import Point4326, point

#: How far a phone's clock may be ahead of ours before its times are refused.
AHEAD = timedelta(seconds=120)
#: How old a deed from the phone's outbox may be.
OLDEST = timedelta(days=7)
#: A smaller difference of clocks is the way through the network.
SKEW_FROM_S = 30
LEAST_ACCURACY_M = 10_000


def working(actor: User, *, lock: bool = True) -> Worker:
    """Will give the actor's own file as an active worker, locked unless said otherwise.

    Raises: NotAWorker (no file, not active, or without the right any more).
    """
    found = Worker.objects.select_related("user", "tenant")
    if lock:
        found = found.select_for_update(of=("self",))
    worker = found.filter(user_id=actor.pk).first()
    if worker is None or worker.state != WorkerState.ACTIVE or not actor.has_perm(WORK):
        raise NotAWorker(_("您不是在岗网格员，不能进行该操作"))
    return worker


def key_of(key: UUID | str) -> UUID:
    """Will read the phone's id of a deed. Raises: InvalidInput (key)."""
    try:
        return key if isinstance(key, UUID) else UUID(str(key))
    except ValueError as error:
        raise InvalidInput(_("操作标识不是有效的 UUID"), field="key") from error


def moment_of(at: datetime, now: datetime) -> datetime:
    """Will give when a deed was done as a phone says, never ahead of ours.

    at: aware. Raises: InvalidInput (at: without zone, in the future, older than a week).
    """
    if at.tzinfo is None:
        raise InvalidInput(_("时间缺少时区"), field="at")
    if at > now + AHEAD:
        raise InvalidInput(_("时间晚于当前时间，请校准手机时钟"), field="at")
    if at < now - OLDEST:
        raise InvalidInput(_("时间早于 7 天前，不能补报"), field="at")
    return min(at, now)


def skew_of(sent_at: datetime | None, now: datetime) -> timedelta:
    """Will give what must be added to a phone's times; nothing where its clock is right.

    Raises: InvalidInput (sent_at without zone).
    """
    if sent_at is None:
        return timedelta()
    if sent_at.tzinfo is None:
        raise InvalidInput(_("时间缺少时区"), field="sent_at")
    behind = now - sent_at
    return behind if abs(behind.total_seconds()) >= SKEW_FROM_S else timedelta()


def place_of(lon: float, lat: float, accuracy_m: float) -> Point4326:
    """Will give a fix as a point. Raises: InvalidInput (lon, lat, accuracy_m)."""
    if not -180 <= lon <= 180:
        raise InvalidInput(_("经度应在 -180 至 180 之间"), field="lon")
    if not -90 <= lat <= 90:
        raise InvalidInput(_("纬度应在 -90 至 90 之间"), field="lat")
    if not 0 <= accuracy_m <= LEAST_ACCURACY_M:
        raise InvalidInput(_("定位精度应在 0 至 10000 米之间"), field="accuracy_m")
    return point(lon, lat)
