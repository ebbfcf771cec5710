"""Which closed cases a pool draws for a check of quality: a query, so that a day's 15,000 suffice.

The draw is the one of ``filling.is_drawn``, worked out by the database: a case the sample leaves
out is never read, and the same seed shows the same sample again. Source: HL-14, HL-17.
"""

from datetime import timedelta

from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from apps.callbacks.enums import TaskState
from apps.callbacks.models import CallbackTask, Pool
from apps.common import clock
from apps.matters.enums import EvaluationTarget, LinkKind, StateCategory
from apps.matters.models import Case, CaseEvent, CaseLink, Evaluation

HOTLINE = "hotline."


def closed_for(pool: Pool) -> QuerySet[Case]:
    """Will give the closed cases a pool draws and nobody was called about, the oldest first.

    Answered by a unit and closed within the pool's hours; not voided, not merged into another,
    not one the citizen wants done again already, not of those who do not want to be called.
    """
    moment = clock.now()
    return (
        wanted_closed(pool)
        .filter(
            closed_at__gt=moment - timedelta(hours=pool.latest_h),
            closed_at__lte=moment,
        )
        .annotate(lot=_lot(pool))
        .filter(lot__lt=pool.share_percent)
        .order_by("closed_at", "pk")
    )


def wanted_closed(pool: Pool) -> QuerySet[Case]:
    """Will give the closed cases a pool is about, whether drawn or not, however long ago."""
    called = CallbackTask.objects.filter(case=OuterRef("pk")).exclude(state=TaskState.VOID)
    spoken = CaseEvent.objects.filter(case=OuterRef("pk"), action__in=["call_back", "void"])
    merged = CaseLink.objects.filter(source=OuterRef("pk"), kind=LinkKind.DUPLICATE_OF)
    found = Case.objects.filter(
        tenant_id=pool.tenant_id,
        category=StateCategory.ENDED,
        closed_at__isnull=False,
        answered_at__isnull=False,
        pending_request="",
        matter_type__code__startswith=HOTLINE,
        round__gte=pool.first_round,
        demand__wants_callback=True,
        tombstone=None,
    ).exclude(demand__reporter_phone="")
    found = found.exclude(Exists(called)).exclude(Exists(spoken)).exclude(Exists(merged))
    return (
        _narrowed(pool, found)
        .select_related("version", "demand", "unit", "tenant")
        .defer("search", "text", "form_data")
    )


def _narrowed(pool: Pool, found: QuerySet[Case]) -> QuerySet[Case]:
    if pool.channels:
        found = found.filter(channel__in=pool.channels)
    if pool.class_codes:
        classes = Q()
        for code in pool.class_codes:
            classes |= Q(class_code=code) | Q(class_code__startswith=f"{code}.")
        found = found.filter(classes)
    units = [unit.path for unit in pool.units.all()]
    if units:
        below = Q()
        for path in units:
            below |= Q(unit_path__startswith=path)
        found = found.filter(below)
    if pool.score_most is not None:
        scores = Evaluation.objects.filter(case=OuterRef("pk"), target=EvaluationTarget.RESULT)
        last = Subquery(scores.order_by("-round", "-at").values("score")[:1])
        found = found.annotate(last_score=Coalesce(last, 5)).filter(last_score__lte=pool.score_most)
    return found


def _lot(pool: Pool) -> Func:
    """The number from 0 to 99 a round of a case drew; ``filling.is_drawn`` gives the same."""
    return Func(
        Value(f"{pool.seed}:"),
        Cast("pk", CharField()),
        Value(":"),
        Cast("round", CharField()),
        template=(
            "mod(('x' || encode(substring(sha256(convert_to(concat(%(expressions)s), 'UTF8'))"
            " from 1 for 4), 'hex'))::bit(32)::bigint, 100)"
        ),
        output_field=BigIntegerField(),
    )
