"""Lines as their readers search them, each within the viewer's areas. Source: OP-07."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Trunc, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.journals.enums import Severity
from apps.journals.models import Deviation, Host, HourCount, Line, LineRule
from apps.journals.permissions import KEEP, ground_q
from apps.nlp.search import query
from apps.places.models import Area

BARS = 48


def list_hosts(viewer: User) -> QuerySet[Host]:
    """Will list the hosts whose lines the viewer reads."""
    return Host.objects.filter(ground_q(viewer)).select_related("area", "asset").order_by("name")


def get_host(viewer: User, *, pk: int) -> Host:
    """Raises: NotFound."""
    found = list_hosts(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这台主机"))
    return found


def lines_matching(
    lines: QuerySet[Line], *, words: str, program: str, level: int, hosts: Collection[int]
) -> QuerySet[Line]:
    """Will narrow lines: words that all occur ("" any), a program, this level or graver, hosts.

    Raises: InvalidInput (field "q", as ``nlp.search.query``).
    """
    found = lines.filter(host_id__in=hosts)
    if level < Severity.DEBUG:
        found = found.filter(level__lte=level)
    if program:
        found = found.filter(program=program)
    return found.filter(search=query(words)) if words else found


def search_lines(
    viewer: User,
    *,
    since: datetime,
    until: datetime,
    words: str = "",
    host: str = "",
    program: str = "",
    level: int = Severity.DEBUG,
) -> QuerySet[Line]:
    """Will list the lines of a span the viewer reads, newest first. since in it, until not.

    host: a name. Raises: InvalidInput (field "q").
    """
    hosts = list_hosts(viewer)
    if host:
        hosts = hosts.filter(name=host)
    ids = list(hosts.values_list("pk", flat=True))
    span = Line.objects.filter(at__gte=since, at__lt=until).defer("search")
    found = lines_matching(span, words=words, program=program, level=level, hosts=ids)
    return found.order_by("-at", "-key")


def names_of(lines: Collection[Line]) -> dict[int, str]:
    """Will give the names of the hosts of lines by key."""
    ids = {line.host_id for line in lines}
    return dict(Host.objects.filter(pk__in=ids).values_list("pk", "name"))


def histogram(lines: QuerySet[Line], *, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Will count lines by minute, hour or day of the city, so that at most 48 or 31 bars come.

    Gives {"at": moment, "grave": errors and graver, "rest": others}, empty bars too.
    """
    length = until - since
    kind = "minute" if length <= timedelta(minutes=BARS) else (
        "hour" if length <= timedelta(hours=BARS) else "day"
    )  # fmt: skip
    rows = (
        lines.order_by()
        .annotate(bar=Trunc("at", kind, tzinfo=timezone.get_current_timezone()))
        .values("bar")
        .annotate(grave=Count("key", filter=Q(level__lte=Severity.ERROR)), all=Count("key"))
    )
    found = {row["bar"]: row for row in rows}
    bars = []
    at = _floor(timezone.localtime(since), kind)
    step = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
    while at < until:
        row = found.get(at, {"grave": 0, "all": 0})
        bars.append({"at": at, "grave": row["grave"], "rest": row["all"] - row["grave"]})
        at += step[kind]
    return bars


def _floor(at: datetime, kind: str) -> datetime:
    at = at.replace(second=0, microsecond=0)
    if kind != "minute":
        at = at.replace(minute=0)
    return at.replace(hour=0) if kind == "day" else at


def programs_of(viewer: User, *, since: datetime) -> list[str]:
    """Will list the programs that wrote since a moment, by name; 200 at most."""
    found = HourCount.objects.filter(ground_q(viewer, field="host__area__path"), hour__gte=since)
    return list(found.order_by("program").values_list("program", flat=True).distinct()[:200])


def list_rules(viewer: User) -> QuerySet[LineRule]:
    """Will list the rules over areas the viewer reads logs of."""
    return LineRule.objects.filter(ground_q(viewer)).select_related("area", "host")


def get_rule(viewer: User, *, pk: int) -> LineRule:
    """Raises: NotFound."""
    found = list_rules(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条日志规则"))
    return found


def list_deviations(viewer: User) -> QuerySet[Deviation]:
    """Will list hours that departed from the usual, newest first."""
    found = Deviation.objects.filter(ground_q(viewer, field="host__area__path"))
    return found.select_related("host").order_by("-hour", "-pk")


def kept_areas(viewer: User) -> QuerySet[Area]:
    """Will list the areas the viewer keeps rules and hosts of, the largest first."""
    return Area.objects.filter(
        ground_q(viewer, KEEP, field="path"), valid_to__isnull=True, level__is_cell=False
    ).order_by("path")


def report(viewer: User, *, first: date, last: date) -> list[dict[str, Any]]:
    """Will count a span of days (both included) by host and program: lines by level, deviations.

    Gives rows {"host", "program", "grave", "warnings", "rest", "total", "deviations"}, most
    errors first.
    """
    mine = ground_q(viewer, field="host__area__path")
    days = {"hour__date__gte": first, "hour__date__lte": last}
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: {"grave": 0, "warnings": 0, "rest": 0, "deviations": 0}
    )
    rows = HourCount.objects.filter(mine, **days).order_by()
    for host, program, level, count in rows.values_list("host__name", "program", "level").annotate(
        n=Sum("count")
    ):
        name = "grave" if level <= Severity.ERROR else (
            "warnings" if level == Severity.WARNING else "rest"
        )  # fmt: skip
        counts[host, program][name] += count
    odd = Deviation.objects.filter(mine, **days).order_by()
    for host, program, count in odd.values_list("host__name", "program").annotate(n=Count("pk")):
        counts[host, program]["deviations"] += count
    found = [
        {"host": host, "program": program, **told,
         "total": told["grave"] + told["warnings"] + told["rest"]}
        for (host, program), told in counts.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["grave"], -row["total"], row["host"]))


def count_by_day(viewer: User, *, first: date, last: date) -> list[tuple[date, int, int]]:
    """Will give (day, errors and graver, all lines) of a span of days."""
    mine = ground_q(viewer, field="host__area__path")
    rows = HourCount.objects.filter(mine, hour__date__gte=first, hour__date__lte=last).order_by()
    told = rows.annotate(day=TruncDate("hour")).values_list("day").annotate(
        grave=Sum("count", filter=Q(level__lte=Severity.ERROR)), all=Sum("count")
    )  # fmt: skip
    return [(day, grave or 0, total or 0) for day, grave, total in told.order_by("day")]
