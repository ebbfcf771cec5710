"""How fast citizens are answered, and what each line brings and how it ends (GB/T 33358, HL-01)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models import DurationField as Duration

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.hotline.models import Call, Line
from apps.matters.enums import Channel, EvaluationTarget
from apps.matters.models import Case, Evaluation
from apps.messaging.enums import FIRST_ANSWER_SECONDS
from apps.messaging.models import ChannelAccount, Conversation, Turn, Wait
from apps.messaging.permissions import ANSWER, OVERSEE, reach_q

SATISFIED_FROM = 3


@dataclass(frozen=True)
class WaitFigures:
    """Waits that began in a span. in_time: answered within three minutes; average_s: of answers."""

    label: str
    waits: int
    answered: int
    in_time: int
    open_now: int
    average_s: int | None
    flood: int = 0

    @property
    def rate(self) -> str:
        """In-time answers of all waits, with one decimal; a dash without any."""
        return f"{100 * self.in_time / self.waits:.1f}%" if self.waits else "—"


def wait_figures(viewer: User, *, since: datetime, until: datetime) -> list[WaitFigures]:
    """Will give the figures of each channel in the viewer's reach, by channel."""
    answering = Q(answered_at__isnull=False)
    took = ExpressionWrapper(F("answered_at") - F("since"), output_field=Duration())
    reach = reach_q(viewer, ANSWER, OVERSEE, field="conversation__account__unit")
    rows = (
        Wait.objects.filter(reach, since__gte=since, since__lt=until)
        .values(channel=F("conversation__account__channel"))
        .annotate(
            waits=Count("pk"),
            answered=Count("pk", filter=answering),
            in_time=Count(
                "pk",
                filter=Q(answered_at__lte=F("since") + timedelta(seconds=FIRST_ANSWER_SECONDS)),
            ),
            open_now=Count("pk", filter=Q(ended_at=None)),
            average=Avg(took, filter=answering),
        )
        .order_by("channel")
    )
    floods = dict(
        Conversation.objects.filter(reach_q(viewer, ANSWER, OVERSEE, field="account__unit"))
        .filter(refused_at__gte=since, refused_at__lt=until)
        .values_list("account__channel")
        .annotate(n=Count("pk"))
    )
    return [
        WaitFigures(
            str(Channel(row["channel"]).label),
            row["waits"],
            row["answered"],
            row["in_time"],
            row["open_now"],
            int(row["average"].total_seconds()) if row["average"] is not None else None,
            floods.get(row["channel"], 0),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class LineReport:
    """What one line brought in a span. on_time, due: ended in time, and ended or overdue."""

    name: str
    number: str
    calls: int
    missed: int
    demands: int
    ended: int
    on_time: int
    due: int
    satisfied: int
    scored: int

    @property
    def on_time_rate(self) -> str:
        return _rate(self.on_time, self.due)

    @property
    def satisfaction(self) -> str:
        return _rate(self.satisfied, self.scored)


def line_reports(
    viewer: User, *, since: datetime, until: datetime, now: datetime
) -> list[LineReport]:
    """Will give one report per merged line and outside account, by name.

    Demands of a line: told in its calls, or turned from its messages. Lines answered by no desk
    of the viewer are left out.
    """
    accounts = ChannelAccount.objects.filter(reach_q(viewer, OVERSEE)).select_related("line")
    listed = list(accounts.order_by("code"))
    lines = Line.objects.filter(reach_of_line(viewer)).order_by("code")
    joined = {account.line_id: account for account in listed if account.line_id}
    reports = [
        _report(line.name, line.number, line, joined.get(line.pk), since, until, now)
        for line in lines
    ]
    known = {line.pk for line in lines}
    reports += [
        _report(account.name, "", None, account, since, until, now)
        for account in listed
        if account.line_id not in known
    ]
    return reports


def reach_of_line(viewer: User) -> Q:
    """The lines of units the viewer oversees; one of no unit is the reception centre's."""
    scope = scope_for(viewer, OVERSEE)
    if scope.everything:
        return Q()
    centre = Q(unit=None, tenant_id__in=scope.tenant_ids)
    return reach_q(viewer, OVERSEE) | centre


def _report(
    name: str,
    number: str,
    line: Line | None,
    account: ChannelAccount | None,
    since: datetime,
    until: datetime,
    now: datetime,
) -> LineReport:
    mine = Q(pk__in=[])
    calls = Call.objects.none()
    if line is not None:
        mine |= Q(demand__call__line=line)
        calls = Call.objects.filter(line=line, rang_at__gte=since, rang_at__lt=until)
    if account is not None:
        turned = Turn.objects.filter(conversation__account=account).values("source_key")
        mine |= Q(source_key__in=turned, tenant_id=account.tenant_id)
    cases = Case.objects.filter(mine, opened_at__gte=since, opened_at__lt=until)
    score = Evaluation.objects.filter(case=OuterRef("pk"), target=EvaluationTarget.RESULT)
    newest = Subquery(score.order_by("-round", "-id").values("score")[:1])
    counted = cases.annotate(score=newest).aggregate(
        demands=Count("pk", distinct=True),
        ended=Count("pk", filter=Q(category="ended"), distinct=True),
        on_time=Count(
            "pk",
            filter=Q(answered_at__isnull=False)
            & (Q(due_at=None) | Q(answered_at__lte=F("due_at"))),
            distinct=True,
        ),
        due=Count("pk", filter=Q(answered_at__isnull=False) | Q(due_at__lt=now), distinct=True),
        scored=Count("pk", filter=Q(score__isnull=False), distinct=True),
        satisfied=Count("pk", filter=Q(score__gte=SATISFIED_FROM), distinct=True),
    )
    missed = calls.filter(state="missed").count()
    return LineReport(name=name, number=number, calls=calls.count(), missed=missed, **counted)


def _rate(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"
