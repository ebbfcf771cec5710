"""What is known of a caller, masked unless the viewer is on the telephone with them."""

from dataclasses import dataclass
from datetime import timedelta

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common import clock, masking, rows
from apps.common.journeys import Statement
from apps.common.questions import Question
from apps.hotline.models import Caller, Demand
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.selectors import visible_cases

_DEMAND = Question(lambda case: Demand.objects.filter(case_id=case))
_RECENT_FROM = (
    "select count(*) from hotline_demand d join matters_case c on c.id = d.case_id"
    " where d.reporter_phone = %s and c.tenant_id = %s and c.opened_at >= %s"
)
RECENT = timedelta(days=30)
HISTORY_MAX = 20


@dataclass(frozen=True)
class MaskedReporter:
    """A reporter as a viewer may see them. is_hidden: secret, not even masked is shown."""

    name: str
    phone: str
    is_hidden: bool = False


def caller_by_phone(viewer: User, phone: str) -> Caller | None:
    """Will find the caller of the viewer's tenant with this stored phone number."""
    if not phone:
        return None
    scope = scope_of(viewer)
    return Caller.objects.filter(phone=phone, tenant_id__in=scope.tenant_ids).first()


@dataclass(frozen=True)
class EarlierCase:
    """A case the caller reported before, with its state as the city calls it."""

    case: Case
    state_label: str


def caller_history(
    viewer: User, phone: str, *, without: int | None = None, limit: int = HISTORY_MAX
) -> list[EarlierCase]:
    """Will give the cases reported from this phone that the viewer may see, newest first."""
    if not phone:
        return []
    told = Demand.objects.filter(reporter_phone=phone, is_secret=False).order_by("-id")
    case_ids = list(told.values_list("case_id", flat=True)[:100])
    found = visible_cases(viewer).filter(pk__in=[pk for pk in case_ids if pk != without])
    found = found.select_related("unit", "version").defer("search", "form_data")
    return [
        EarlierCase(case, definition_of(case.version_id, case.version.body).state(case.state).label)
        for case in found.order_by("-id")[:limit]
    ]


def demand_of(case: Case) -> Demand | None:
    """Will give what the hotline knows of a case; None for a case of another origin.

    Read once for a case in hand.
    """
    reverse = Case._meta.get_field("demand")
    if not reverse.is_cached(case):
        found = _DEMAND.first(case.pk)
        if found is None:
            return None
        found.case = case  # and the case knows its demand
    return case.demand


def demand_question(case_id: int) -> Statement:
    """Will give what ``demand_of`` asks, for a caller who foresees that it will."""
    return _DEMAND.statement([case_id])


def count_recent_demands(*, tenant_id: int, phone: str) -> int:
    """Will count the demands from this phone in the last 30 days; 0 for anonymous."""
    if not phone:
        return 0
    since = (clock.now() - RECENT).isoformat()
    [[(count,)]] = rows.ask((_RECENT_FROM, [phone, str(tenant_id), since]))
    return int(count)


def masked_reporter(viewer: User, demand: Demand) -> MaskedReporter:
    """Will give name and phone masked; for a secret reporter nothing but "hidden".

    Those who call citizens back or may reveal see at least the mask of a secret one.
    """
    if demand.is_secret and not _may_know_of_secret(viewer):
        return MaskedReporter("", "", is_hidden=True)
    return MaskedReporter(
        masking.mask_name(demand.reporter_name), masking.mask_phone(demand.reporter_phone)
    )


def _may_know_of_secret(viewer: User) -> bool:
    scope = scope_of(viewer)
    return scope.everything or "matters.reveal_reporter" in scope.permissions


def some_caller_phone(tenant: Tenant) -> str:
    """Will give the number of the citizen who called last; empty when nobody did."""
    newest = Caller.objects.filter(tenant=tenant).order_by("-id").first()
    return newest.phone if newest else ""
