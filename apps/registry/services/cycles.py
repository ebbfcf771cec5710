"""How often a firm, place or goods is visited, and when next. Source: GR-06."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.registry import permissions
from apps.registry.care_bodies import LONGEST_CYCLE_DAYS
from apps.registry.models import FileCycle, RegistryFile, Visit
from apps.registry.selectors.cycles import CYCLED


@transaction.atomic
def set_cycle(actor: User, *, file_id: int, days: int | None) -> FileCycle | None:
    """Will have a file visited every so many days, or no longer (None). Locks the file.

    The next visit counts from the last one, or from today.
    Raises: NotFound; NotAllowed; InvalidInput (days; kind: of people by their group only).
    """
    file = RegistryFile.objects.select_for_update().filter(pk=file_id, to_on=None).first()
    if file is None:
        raise NotFound(_("没有这份档案，或您无权查看"))
    permissions.require(actor, permissions.KEEP, tenant_id=file.tenant_id, area_path=file.area_path)
    if file.kind not in CYCLED:
        raise InvalidInput(_("只有企业、场所和物品可以设走访周期"), field="kind")
    if days is not None and not 1 <= days <= LONGEST_CYCLE_DAYS:
        raise InvalidInput(_("周期应为1至366天"), field="days")
    known = FileCycle.objects.filter(file=file).first()
    made = _write(actor, file, days)
    audit.record(
        actor,
        "registry_cycle.set",
        object_type="registry_file",
        object_id=file.pk,
        object_label=file.ref,
        data={"before": {"days": known and known.days}, "after": {"days": days}},
    )
    return made


def move_on(visit: Visit) -> None:
    """Will put the next visit of a file off after this one, unless a later one was made.

    The caller is in a transaction. Files without a cycle are left alone.
    """
    cycle = FileCycle.objects.select_for_update().filter(file_id=visit.file_id).first()
    if cycle is None or _last_visit(cycle.file) != visit:
        return
    made_on = timezone.localdate(visit.happened_at)
    cycle.due_on = visit.next_on or made_on + timedelta(days=cycle.days)
    cycle.save(update_fields=["due_on"])


def _write(actor: User, file: RegistryFile, days: int | None) -> FileCycle | None:
    if days is None:
        FileCycle.objects.filter(file=file).delete()
        return None
    last = _last_visit(file)
    since = timezone.localdate(last.happened_at) if last else clock.today()
    stated = {
        "days": days,
        "due_on": since + timedelta(days=days),
        "set_at": clock.now(),
        "set_by_name": actor.display_name,
    }
    made, _is_new = FileCycle.objects.update_or_create(file=file, defaults=stated)
    return made


def _last_visit(file: RegistryFile) -> Visit | None:
    return file.visits.filter(enrolment=None).order_by("-happened_at", "-pk").first()
