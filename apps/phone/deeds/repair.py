"""维修反馈: what was done about a work order, written where there may be no network (OP-10)."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.ops.models import Repair
from apps.ops.services import RepairSpec, feed_back, read_parts
from apps.phone.deeds.base import DeedKind, Outcome, Work, register
from apps.phone.errors import BadDeed

LONGEST_MIN = 30 * 24 * 60
MOST_PHOTOS = 12


#: What the screen calls the fields of the service.
_FIELDS = {"from_at": "done_at", "to_at": "done_at", "before": "files", "after": "files"}


def do(user: User, work: Work) -> Outcome:
    """Writes down a repair. The first pictures, as many as said, are from before the work."""
    try:
        found = _feed_back(user, work)
    except InvalidInput as error:
        error.field = _FIELDS.get(error.field or "", error.field)
        raise
    case = found.order.case
    return Outcome(
        number=case.number, link=f"/ops/orders/{found.order_id}/", message=_("已反馈，待管理员确认")
    )


def _feed_back(user: User, work: Work) -> Repair:
    minutes = work.number("minutes") or 0
    if minutes > LONGEST_MIN:
        raise BadDeed(_("不能超过%(n)d分钟") % {"n": LONGEST_MIN}, field="minutes")
    before = min(work.number("before") or 0, len(work.files))
    done_at = _done_at(work)
    return feed_back(
        user,
        order_id=work.needed("order_id"),
        key=uuid.UUID(work.key),
        said=RepairSpec(
            text=work.text("text", required=True, longest=1000),
            cause=work.text("cause", required=True, longest=10),
            from_at=done_at - timedelta(minutes=minutes),
            to_at=done_at,
            cost=_yuan(work),
            parts=read_parts(work.text("parts", longest=3000)),
            before=work.files[:before],
            after=work.files[before:],
        ),
    )


def _done_at(work: Work) -> datetime:
    """When it worked again, by the clock of the phone put right; else when the deed was done.

    Typed in the city's time. A phone that is ahead finishes nothing in the future.
    """
    text = work.text("done_at", longest=20)
    if not text:
        return work.at
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadDeed(_("请填写时间"), field="done_at") from error
    aware = typed if timezone.is_aware(typed) else timezone.make_aware(typed)
    return min(aware - work.clock_ahead, clock.now())


def _yuan(work: Work) -> Decimal:
    try:
        found = Decimal(work.text("cost", longest=12) or "0")
    except InvalidOperation as error:
        raise BadDeed(_("请填写数字"), field="cost") from error
    if not found.is_finite():
        raise BadDeed(_("请填写数字"), field="cost")
    return found


REPAIR = register(
    DeedKind("repair", gettext_lazy("维修反馈"), do, needs_place=False, most_files=MOST_PHOTOS)
)
