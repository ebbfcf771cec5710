"""What the platform needs, day by day; reviews of half a year; load tests. Source: OP-21."""

import re
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.upkeep import permissions
from apps.upkeep.models import CapacityReview, CapacitySample, LoadTest, RequestMinute
from apps.upkeep.selectors import all_figures, count_city, half_of, trend_of

KEPT_FIGURES = {
    "database_bytes", "disk_free_bytes", "disk_total_bytes", "outbox_waiting",
    "outbox_oldest_seconds", "database_connections",
}  # fmt: skip
#: How a benchmark ends: its verdict, then every figure beside its target.
_LAST_LINE = re.compile(r"(OK|MISSED): \S.*")


def take_sample() -> CapacitySample:
    """Will keep today's figures; taken again on the same day it is written anew."""
    today = clock.today()
    figures: dict[str, float] = {}
    for figure in all_figures():
        if figure.name in KEPT_FIGURES:
            name = ".".join([figure.name, *figure.labels.values()])
            figures[name] = round(float(figure.value), 3)
    figures |= {f"rows.{label}": count for label, count in count_city().items()}
    since = clock.now() - timedelta(days=1)
    busy = RequestMinute.objects.filter(minute_at__gte=since)
    peak = busy.aggregate(most=Max("requests"), all=Sum("requests"), ms=Sum("total_ms"))
    if peak["all"]:
        figures["requests_per_second_peak"] = round(peak["most"] / 60, 3)
        figures["request_mean_ms"] = round(peak["ms"] / peak["all"], 3)
        slow = busy.filter(total_ms__gt=F("requests") * 1000).count()
        figures["slow_minutes"] = slow
    sample, _made = CapacitySample.objects.update_or_create(on=today, defaults={"figures": figures})
    return sample


@transaction.atomic
def hold_review(actor: Actor, *, conclusion: str) -> CapacityReview:
    """Will conclude the running half-year with the trend as it is measured now; audited.

    Raises: NotAllowed; Refused (this half-year has its review); InvalidInput ("conclusion").
    """
    permissions.require_keep(actor)
    if not conclusion.strip():
        raise InvalidInput(_("请填写结论"), field="conclusion")
    half = half_of(clock.today())
    trend = [line.__dict__ | {"full_on": str(line.full_on or "")} for line in trend_of()]
    review, is_new = CapacityReview.objects.get_or_create(
        half=half,
        defaults={
            "trend": trend, "conclusion": conclusion.strip()[:2000],
            "by_name": actor.display_name[:100], "at": clock.now(),
        },
    )  # fmt: skip
    if not is_new:
        raise Refused(_("%s 的容量评估已经登记") % half)
    audit.record(actor, "capacity.reviewed", object_type="upkeep.capacity_review",
                 object_id=review.pk, object_label=half,
                 data={"conclusion": review.conclusion})  # fmt: skip
    return review


@transaction.atomic
def note_load_test(actor: Actor, *, name: str, line: str) -> LoadTest:
    """Will keep the last line a benchmark printed; audited.

    Raises: NotAllowed; InvalidInput (field "line": it is no such line).
    """
    permissions.require_keep(actor)
    found = _LAST_LINE.fullmatch(line.strip())
    if found is None:
        raise InvalidInput(_("请粘贴压测输出的最后一行，以 OK: 或 MISSED: 开头"), field="line")
    test = LoadTest.objects.create(
        name=name, line=line.strip()[:5000], holds=found[1] == "OK",
        by_name=actor.display_name[:100], at=clock.now(),
    )  # fmt: skip
    audit.record(actor, "load_test.noted", object_type="upkeep.load_test", object_id=test.pk,
                 object_label=name, data={"holds": test.holds})  # fmt: skip
    return test
