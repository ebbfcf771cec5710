"""Workers and their cells."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.fieldwork.enums import DutyPart, LeaveState, WorkerState
from apps.fieldwork.models import CellDuty, DutySession, Leave, Worker
from apps.fieldwork.permissions import LEAD, READERS, within_reach
from apps.places.models import Area


def worker_of(user: User) -> Worker | None:
    """Will give the file of somebody as a grid worker, whatever its state."""
    found = Worker.objects.select_related("user", "unit", "tenant").filter(user_id=user.pk)
    return found.first()


def away_q(day: date, worker: str = "worker") -> Exists:
    """Will give the condition "this worker is on approved leave that day"."""
    away = Leave.objects.filter(worker=OuterRef(worker), state=LeaveState.APPROVED)
    return Exists(away.filter(from_on__lte=day, to_on__gte=day))


def duties_on(day: date) -> QuerySet[CellDuty]:
    """Will give who really answers for which cell on a day: deputies for those on leave."""
    within = Q(to_on__isnull=True) | Q(to_on__gte=day)
    return CellDuty.objects.filter(
        within,
        ~away_q(day),
        from_on__lte=day,
        is_cancelled=False,
        worker__state=WorkerState.ACTIVE,
    )


def cells_of(user: User, day: date) -> QuerySet[Area]:
    """Will give the cells somebody answers for on a day, as a deputy too, by code."""
    mine = duties_on(day).filter(worker__user_id=user.pk)
    return Area.objects.valid_on(day).filter(pk__in=mine.values("cell")).order_by("code")


def cells_by_worker(worker_ids: Collection[int], day: date) -> dict[int, list[Area]]:
    """Will give the cells of many workers on a day, by worker. One query."""
    found: dict[int, list[Area]] = defaultdict(list)
    duties = duties_on(day).filter(worker__in=worker_ids).select_related("cell")
    for duty in duties.defer("cell__boundary").order_by("cell__code"):
        if duty.cell not in found[duty.worker_id]:
            found[duty.worker_id].append(duty.cell)
    return found


def list_workers(
    viewer: User,
    *,
    text: str = "",
    area_path: str = "",
    kind: str = "",
    state: str = "",
    skill: str = "",
    cells_in: str = "",
) -> QuerySet[Worker]:
    """Will give the workers in the viewer's areas, by name, with their duties of today.

    Each carries ``duties_today`` and ``is_on_duty``. cells_in: path of an area in which they
    answer for a cell today. text: part of name, pinyin or number.
    """
    found = Worker.objects.filter(within_reach(viewer, *READERS))
    if text := text.strip():
        latin = text.lower().replace(" ", "")
        found = found.filter(
            Q(user__full_name__contains=text)
            | Q(user__name_pinyin__startswith=latin)
            | Q(user__name_pinyin__contains=f" {latin}")
            | Q(user__employee_number__iexact=text)
        )
    if area_path:
        found = found.filter(area_path__startswith=area_path)
    if cells_in:
        held = duties_on(clock.today()).filter(cell__path__startswith=cells_in)
        found = found.filter(pk__in=held.values("worker_id"))
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    if skill:
        found = found.filter(skills__contains=[skill])
    today = duties_on(clock.today()).select_related("cell").defer("cell__boundary")
    running = DutySession.objects.filter(worker=OuterRef("pk"), ended_at__isnull=True)
    return (
        found.select_related("user", "unit")
        .annotate(is_on_duty=Exists(running))
        .prefetch_related(Prefetch("duties", today.order_by("cell__code"), to_attr="duties_today"))
        .order_by("user__name_pinyin", "pk")
    )


def get_worker(viewer: User, worker_id: int) -> Worker:
    """Will give a worker of the viewer's areas, or the viewer's own file.

    Raises: NotFound.
    """
    mine = Q(user_id=viewer.pk)
    found = Worker.objects.select_related("user", "unit", "tenant", "photo")
    worker = found.filter(mine | within_reach(viewer, *READERS), pk=worker_id).first()
    if worker is None:
        raise NotFound(_("没有这名网格员，或您无权查看"))
    return worker


def led_cells(viewer: User) -> QuerySet[Area]:
    """Will give the cells in force the viewer may give to workers, by code."""
    scope = scope_for(viewer, LEAD)
    cells = Area.objects.valid_on(clock.today()).filter(level__is_cell=True)
    if not scope.everything:
        cells = cells.below([*scope.area_paths])
    return cells.defer("boundary").order_by("code")


def cells_without_worker(viewer: User, day: date) -> QuerySet[Area]:
    """Will give the cells of the viewer's areas nobody answers for on a day, by code.

    A cell whose worker is on leave without a deputy is one of them.
    """
    scope = scope_for(viewer, *READERS)
    cells = Area.objects.valid_on(day).filter(level__is_cell=True)
    if not scope.everything:
        cells = cells.below([*scope.area_paths])
    held = duties_on(day).filter(cell=OuterRef("pk"))
    return cells.filter(~Exists(held)).select_related("parent").defer("boundary").order_by("code")


def last_main_workers(cell_ids: Collection[int]) -> dict[int, CellDuty]:
    """Will give who last was the main worker of these cells, by cell."""
    duties = CellDuty.objects.filter(
        cell__in=cell_ids, part=DutyPart.MAIN, is_cancelled=False
    ).select_related("worker__user")
    return {duty.cell_id: duty for duty in duties.order_by("from_on", "pk")}


def tenant_of(viewer: User) -> Tenant:
    """Will give the body whose workers the viewer arranges; the first, where there are more.

    Raises: NotFound.
    """
    scope = scope_for(viewer, *READERS)
    wanted = Tenant.objects.order_by("pk")
    found = wanted.first() if scope.everything else wanted.filter(pk__in=scope.tenant_ids).first()
    if found is None:
        raise NotFound(_("您不在任何单位任职"))
    return found
