"""Disputes as a viewer sees them, what links them, and how they end. GR-16."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.common.periods import Period
from apps.governance import permissions
from apps.governance.enums import DisputeKind, DisputeResult
from apps.governance.models import Agreement, Centre, Dispute, Party

TABS = ("open", "mine", "visits", "closed", "all")


@dataclass(frozen=True)
class Linked:
    """Another dispute with one of the same parties. shown: whether the viewer may open it."""

    dispute: Dispute
    party: str
    shown: bool


@dataclass(frozen=True)
class ResultLine:
    """How the disputes of one kind ended. share: settled of concluded, percent, or None."""

    kind: str
    label: str
    opened: int
    concluded: int
    settled: int
    failed: int
    share: float | None


def visible_disputes(viewer: User) -> QuerySet[Dispute]:
    """Will give the disputes that lie, or once lay, in a centre the viewer sees; unordered."""
    centres = Centre.objects.filter(permissions.centres_q(viewer)).values("pk")
    return Dispute.objects.filter(
        Q(centre_id__in=centres) | Q(passings__source_id__in=centres)
    ).distinct()


def list_disputes(
    viewer: User, *, tab: str = "open", kind: str = "", text: str = "", centre_id: int | None = None
) -> QuerySet[Dispute]:
    """Will give one of the lists, the most urgent or newest first.

    tab: "open", "mine" (the viewer mediates), "visits" (follow-ups waiting), "closed", "all".
    text: part of the title or the case's number.
    """
    found = Dispute.objects.filter(pk__in=visible_disputes(viewer).values("pk"))
    if tab in {"open", "mine"}:
        found = found.exclude(case__category="ended")
    if tab == "mine":
        found = found.filter(mediators__user=viewer, mediators__ended_at__isnull=True)
    elif tab == "visits":
        found = found.filter(follow_ups__done_at__isnull=True, follow_ups__isnull=False).distinct()
    elif tab == "closed":
        found = found.filter(case__category="ended")
    if kind in DisputeKind.values:
        found = found.filter(kind=kind)
    if centre_id is not None:
        found = found.filter(centre_id=centre_id)
    if words := text.strip():
        found = found.filter(Q(case__title__icontains=words) | Q(case__number__startswith=words))
    order = ["case__due_at", "-id"] if tab in {"open", "mine"} else ["-id"]
    return (
        found.select_related("case__version", "centre")
        .defer("case__search")
        .prefetch_related("parties")
        .order_by(*order)
    )


def get_dispute(viewer: User, dispute_id: int) -> Dispute:
    """Will give one dispute with all that belongs to it. Raises: NotFound."""
    found = (
        Dispute.objects.filter(pk__in=visible_disputes(viewer).values("pk"), pk=dispute_id)
        .select_related("case__version", "case__area", "centre__unit", "centre__parent", "tenant")
        .defer("case__search", "case__area__boundary")
        .prefetch_related(
            "parties",
            "mediators__user",
            "sessions__present",
            "agreements__consents__party",
            "follow_ups",
            "passings__source",
            "passings__target",
        )
        .first()
    )
    if found is None:
        raise NotFound(_("没有这件矛盾纠纷，或您无权查看"))
    return found


def find_by_case(viewer: User, case_id: int) -> Dispute | None:
    """Will give the dispute of a case, None where there is none the viewer may see."""
    return (
        Dispute.objects.filter(pk__in=visible_disputes(viewer).values("pk"), case_id=case_id)
        .select_related("centre")
        .prefetch_related("parties")
        .first()
    )


def get_agreement(viewer: User, agreement_id: int) -> Agreement:
    """Will give an agreement of a dispute the viewer may see. Raises: NotFound."""
    found = (
        Agreement.objects.filter(
            pk=agreement_id, dispute_id__in=visible_disputes(viewer).values("pk")
        )
        .select_related("dispute__case", "dispute__centre__unit", "tenant")
        .prefetch_related("consents__party", "dispute__parties", "dispute__mediators__user")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份协议"))
    return found


def linked_disputes(viewer: User, dispute: Dispute) -> list[Linked]:
    """Will give other disputes of the body with a party of the same number, newest first.

    Same telephone or same identity number. What the viewer may not open is counted, not told.
    """
    parties = list(dispute.parties.all())
    phones = {p.phone_digest for p in parties if p.phone_digest}
    numbers = {p.identity_digest for p in parties if p.identity_digest}
    if not phones | numbers:
        return []
    matching = (
        Party.objects.filter(Q(phone_digest__in=phones) | Q(identity_digest__in=numbers))
        .filter(dispute__tenant_id=dispute.tenant_id)
        .exclude(dispute_id=dispute.pk)
        .select_related("dispute__case", "dispute__centre")
        .order_by("-dispute_id")[:50]
    )
    found: dict[int, Party] = {}
    for party in matching:
        found.setdefault(party.dispute_id, party)
    visible = set(visible_disputes(viewer).filter(pk__in=found).values_list("pk", flat=True))
    return [Linked(p.dispute, p.shown_name, pk in visible) for pk, p in found.items()]


def results(viewer: User, period: Period) -> tuple[list[ResultLine], dict[str, Any]]:
    """Will tell by kind how the disputes opened in a period ended, and of all together.

    total: the same sums and ``mean_days`` from the report to the end of the mediation.
    """
    base = Dispute.objects.filter(pk__in=visible_disputes(viewer).values("pk")).filter(
        created_at__gte=period.start, created_at__lt=period.end
    )
    settled = Q(result__in=[DisputeResult.AGREED, DisputeResult.SPOKEN])
    sums = {
        "opened": Count("pk"),
        "concluded": Count("pk", filter=Q(concluded_at__isnull=False)),
        "settled": Count("pk", filter=settled),
        "failed": Count("pk", filter=Q(result=DisputeResult.FAILED)),
    }
    rows = base.order_by().values("kind").annotate(**sums)
    labels = dict(DisputeKind.choices)
    lines = [
        ResultLine(
            row["kind"],
            str(labels[row["kind"]]),
            row["opened"],
            row["concluded"],
            row["settled"],
            row["failed"],
            _share(row["settled"], row["concluded"]),
        )
        for row in rows
    ]
    took = ExpressionWrapper(F("concluded_at") - F("created_at"), output_field=DurationField())
    total = base.aggregate(mean=Avg(took), **sums)
    mean = total.pop("mean")
    total["mean_days"] = round(mean.total_seconds() / 86400, 1) if mean else None
    total["share"] = _share(total["settled"], total["concluded"])
    return sorted(lines, key=lambda line: (-line.opened, line.label)), total


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def is_late(dispute: Dispute, now: datetime) -> bool:
    """Will tell whether the mediation ran past its limit."""
    due = dispute.case.due_at
    return dispute.concluded_at is None and due is not None and due < now
