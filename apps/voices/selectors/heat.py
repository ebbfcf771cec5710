"""Hot spots, rising phrases, their trends, and what changed with a policy (TX-03)."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.places.models import Area
from apps.voices.counting import WEEKS, count_days
from apps.voices.models import HeatScan, HotSpot, RisingPhrase, StopPhrase
from apps.voices.permissions import spots_q
from apps.voices.surprise import expected_of, ratio_interval

TREND_DAYS = 7 * (WEEKS + 1)
LONGEST = 180


@dataclass(frozen=True)
class Trend:
    """Reporters per day, oldest first, with the mean of the same weekday in the weeks before."""

    days: list[date]
    counts: list[int]
    expected: list[float]


@dataclass(frozen=True)
class Comparison:
    """Before and after a day, equal spans, beside everything else that was reported.

    ratio, low, high: how many times the change is that of everything else, with the 95 %
    interval; None where a count is nought.
    """

    before: int
    after: int
    other_before: int
    other_after: int
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """Will say in words what the interval means."""
        if self.ratio is None or self.low is None or self.high is None:
            return _("件数太少，不能比较")
        if self.high < 1:
            return _("明显减少：变化为其他诉求的 %.2f 倍") % self.ratio
        if self.low > 1:
            return _("明显增多：变化为其他诉求的 %.2f 倍") % self.ratio
        return _("与其他诉求的变化没有明显差别")


def list_spots(viewer: User, *, since: date, text: str = "", window: int = 0) -> QuerySet[HotSpot]:
    """Will list the hot spots of the viewer's areas since a day, the newest and clearest first."""
    found = HotSpot.objects.filter(spots_q(viewer), day__gte=since)
    if text:
        found = found.filter(Q(class_label__icontains=text) | Q(area__name__icontains=text))
    if window:
        found = found.filter(window=window)
    found = found.select_related("area", "scan").defer("area__boundary")
    return found.order_by("-day", "p_value", "pk")


def get_spot(viewer: User, *, pk: int) -> HotSpot:
    """Raises: NotFound (no such spot, or not in the viewer's areas)."""
    found = HotSpot.objects.filter(spots_q(viewer), pk=pk)
    spot = found.select_related("area", "tenant", "scan").defer("area__boundary").first()
    if spot is None:
        raise NotFound(_("没有这个热点，或您无权查看"))
    return spot


def list_phrases(viewer: User, tenant: Tenant) -> QuerySet[RisingPhrase]:
    """Will list the rising phrases of the last scan, for those whose area is the whole city."""
    scan = last_scan(tenant)
    city = tenant.area.path if tenant.area else ""
    if scan is None or not _covers(viewer, tenant, city):
        return RisingPhrase.objects.none()
    return RisingPhrase.objects.filter(scan=scan).order_by("-strength", "pk")


def _covers(viewer: User, tenant: Tenant, city: str) -> bool:
    scope = scope_of(viewer)
    return scope.covers_tenant(tenant.pk) and scope.covers_area(city)


def last_scan(tenant: Tenant) -> HeatScan | None:
    """Will give the newest scan of a tenant."""
    return HeatScan.objects.filter(tenant=tenant).order_by("-day").first()


def list_stop_phrases(tenant: Tenant) -> QuerySet[StopPhrase]:
    """Will list the words a tenant keeps out, newest first."""
    return StopPhrase.objects.filter(tenant=tenant).order_by("-pk")


def trend_of(tenant: Tenant, *, area_path: str, class_code: str, day: date) -> Trend:
    """Will give nine weeks of reporters per day up to ``day``; one query."""
    counted = count_days(
        tenant, area_path=area_path, class_code=class_code, day=day, days=2 * TREND_DAYS
    )
    numbers = [number for _day, number in counted]
    shown = range(TREND_DAYS, 2 * TREND_DAYS)
    past = {at: [numbers[at - 7 * back] for back in range(1, WEEKS + 1)] for at in shown}
    return Trend(
        [counted[at][0] for at in shown],
        [numbers[at] for at in shown],
        [round(expected_of(past[at]), 2) for at in shown],
    )


def compare(tenant: Tenant, *, area: Area, class_code: str, day: date, days: int) -> Comparison:
    """Will count the same number of days before and from ``day`` on, and all else besides.

    days: 7 to 180, whole weeks are fairest. Everything else: the other classes of the same
    area. The day itself is the first after. Raises: InvalidInput (days; day).
    """
    if days not in range(7, LONGEST + 1):
        raise InvalidInput(_("比较天数须为 7 至 180"), field="days")
    last = day + timedelta(days=days - 1)
    if last > clock.today():
        raise InvalidInput(_("政策实施后的天数还不够，请减少天数"), field="days")
    own = count_days(tenant, area_path=area.path, class_code=class_code, day=last, days=2 * days)
    every = count_days(tenant, area_path=area.path, class_code="", day=last, days=2 * days)
    before, after = _halves(own, days)
    all_before, all_after = _halves(every, days)
    others = max(0, all_before - before), max(0, all_after - after)
    told = ratio_interval(before, after, *others)
    ratio, low, high = told if told else (None, None, None)
    return Comparison(before, after, *others, ratio, low, high)


def _halves(counted: list[tuple[date, int]], days: int) -> tuple[int, int]:
    numbers = [number for _day, number in counted]
    return sum(numbers[:days]), sum(numbers[days:])
