"""Plans and draws for colleagues and for the public; checks and their results."""

from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.common import masking
from apps.common.errors import NotFound
from apps.inspection import drawing
from apps.inspection.enums import DrawState
from apps.inspection.models import CheckResult, Draw, DrawnInspector, DrawPlan, DrawResult
from apps.inspection.permissions import READERS, within_reach

_SEATS = Prefetch(
    "inspectors", DrawnInspector.objects.select_related("inspector__user", "inspector__unit")
)


def list_plans(viewer: User) -> QuerySet[DrawPlan]:
    """Will give the plans of the viewer's areas, newest first, with their draws."""
    return (
        DrawPlan.objects.filter(within_reach(viewer, *READERS))
        .select_related("matter_type", "area", "saved_by")
        .defer("area__boundary")
        .prefetch_related("draws")
        .order_by("-saved_at", "-pk")
    )


def get_plan(viewer: User, plan_id: int) -> DrawPlan:
    """Will give one plan. Raises: NotFound."""
    found = list_plans(viewer).filter(pk=plan_id).first()
    if found is None:
        raise NotFound(_("没有这个抽查计划，或您无权查看"))
    return found


def list_draws(viewer: User) -> QuerySet[Draw]:
    """Will give the draws of the viewer's areas, newest first."""
    found = Draw.objects.filter(within_reach(viewer, *READERS, prefix="plan__"))
    return found.select_related("plan__matter_type", "plan__area", "frozen_by", "drawn_by").defer(
        "plan__area__boundary"
    )


def get_draw(viewer: User, number: str) -> Draw:
    """Will give one draw by its number. Raises: NotFound."""
    found = list_draws(viewer).filter(number=number).first()
    if found is None:
        raise NotFound(_("没有这次抽取，或您无权查看"))
    return found


def results_of(draw: Draw) -> QuerySet[DrawResult]:
    """Will give what was drawn, in order, with inspectors, cases and results."""
    return draw.results.select_related("supervised", "case", "check_result").prefetch_related(
        _SEATS
    )


def proof_of(draw: Draw) -> dict[str, Any]:
    """Will give the proof of a draw that was made. Raises: NotFound (not drawn yet)."""
    if draw.state != DrawState.DRAWN:
        raise NotFound(_("抽取还没有完成，暂无证明文件"))
    rows = [
        {
            "object": result.supervised.ref,
            "grade": result.grade,
            "inspectors": [seat.inspector.ref for seat in result.inspectors.all()],
        }
        for result in results_of(draw)
    ]
    proof = drawing.make_proof(
        draw.frozen, secret=draw.secret, public=draw.public_seed, results=rows
    )
    # What was stored then, not computed now: a changed row must show as a difference.
    return {
        **proof,
        "algorithm": draw.algorithm,
        "number": draw.number,
        "list_digest": draw.list_digest,
        "secret_digest": draw.secret_digest,
        "results_digest": draw.results_digest,
        "frozen_at": draw.frozen_at.isoformat(),
        "drawn_at": draw.drawn_at.isoformat() if draw.drawn_at else "",
        "witness": masking.mask_name(draw.witness),
    }


def list_public_draws(tenant: Tenant) -> QuerySet[Draw]:
    """Will give every draw of a body, abandoned ones too, with counts: the public may count."""
    return (
        Draw.objects.filter(plan__tenant=tenant)
        .select_related("plan__matter_type")
        .annotate(drawn=Count("results"), published=Count("results__check_result__published_at"))
        .order_by("-frozen_at", "-pk")
    )


def get_public_draw(tenant: Tenant, number: str) -> Draw:
    """Will give one draw as the public sees it. Raises: NotFound."""
    found = list_public_draws(tenant).filter(number=number).first()
    if found is None:
        raise NotFound(_("没有这次抽取"))
    return found


def is_published(tenant: Tenant, proof: Any) -> bool | None:
    """Will tell whether the digests of a proof are those published; None: no draw of its number.

    proof: whatever a stranger handed in.
    """
    number = proof.get("number") if isinstance(proof, dict) else None
    if not isinstance(number, str):
        return None
    known = list_public_draws(tenant).filter(number=number[:20]).first()
    if known is None:
        return None
    digests = ("list_digest", "secret_digest", "results_digest")
    return all(proof.get(name) == getattr(known, name) for name in digests)


def list_published(tenant: Tenant) -> QuerySet[CheckResult]:
    """Will give the published results of a body, newest first."""
    return (
        CheckResult.objects.filter(result__draw__plan__tenant=tenant, published_at__isnull=False)
        .select_related("result__supervised", "result__draw__plan__matter_type")
        .order_by("-published_at", "-pk")
    )


def list_checks_of(user: User) -> QuerySet[DrawResult]:
    """Will give the checks a colleague was drawn for, open ones first."""
    return (
        DrawResult.objects.filter(inspectors__inspector__user=user)
        .select_related("supervised", "draw__plan", "case", "check_result")
        .prefetch_related(_SEATS)
        .order_by("check_result__id", "draw__plan__to_on", "pk")
    )


def list_unpublished(viewer: User) -> QuerySet[CheckResult]:
    """Will give the recorded results of the viewer's areas that wait for publication."""
    return (
        CheckResult.objects.filter(
            within_reach(viewer, *READERS, prefix="result__draw__plan__"),
            published_at=None,
            live_of__isnull=False,
        )
        .select_related("result__supervised", "result__draw__plan", "recorded_by")
        .order_by("recorded_at")
    )


def find_result(viewer: User, result_id: int) -> DrawResult | None:
    """Will find one drawn check: for its inspectors, and for readers of its area."""
    found = (
        DrawResult.objects.filter(pk=result_id)
        .select_related(
            "supervised__area", "draw__plan__matter_type", "case__version", "check_result"
        )
        .defer("supervised__area__boundary")
        .prefetch_related(_SEATS)
    )
    own = found.filter(inspectors__inspector__user=viewer).first()
    return own or found.filter(within_reach(viewer, *READERS, prefix="draw__plan__")).first()


def get_result(viewer: User, result_id: int) -> DrawResult:
    """Will give one drawn check. Raises: NotFound (none, or not for this viewer)."""
    result = find_result(viewer, result_id)
    if result is None:
        raise NotFound(_("没有这项检查，或您无权查看"))
    return result


def returned_of(result: DrawResult) -> QuerySet[CheckResult]:
    """Will give the versions of a result that were sent back, newest first."""
    return (
        result.checks.filter(returned_at__isnull=False)
        .select_related("recorded_by", "returned_by", "file")
        .order_by("-version")
    )


def checks_of_object(supervised_id: int) -> QuerySet[DrawResult]:
    """Will give the checks of an object, newest first."""
    return (
        DrawResult.objects.filter(supervised_id=supervised_id)
        .select_related("draw__plan", "case", "check_result")
        .prefetch_related(_SEATS)
        .order_by("-draw__drawn_at", "-pk")
    )
