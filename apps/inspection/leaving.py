"""What accounts may ask of inspection when an inspector leaves (AC-11).

Who checks is drawn, never named, so a drawn check cannot be given to a chosen colleague: it
stays with the unit and the other drawn inspectors, and whoever plans draws is told.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.reach import administrators
from apps.accounts.registry import (
    Ending,
    OpenWork,
    WorkItem,
    register_ending,
    register_open_work,
    register_use,
)
from apps.audit.models import AuditEntry
from apps.audit.services import Actor, record
from apps.common import clock
from apps.inspection.models import DrawnInspector, Inspector
from apps.matters.enums import StateCategory
from apps.notices import services as notices


def register() -> None:
    """Will make known what an inspector has in hand and what ends."""
    register_ending(
        Ending("inspection.inspector", gettext_lazy("执法检查资格"), 80, _retire, _active)
    )
    register_open_work(
        OpenWork("inspection.checks", gettext_lazy("抽查检查"), _checks_of, _give_back, _why_not)
    )
    register_use("inspection", _last_use)


def _active(user: User) -> int:
    return Inspector.objects.filter(user=user, is_active=True).count()


def _retire(actor: Actor, user: User) -> int:
    """Draws leave the person out from now on."""
    found = Inspector.objects.select_for_update(of=("self",)).filter(user=user, is_active=True)
    inspectors = list(found.order_by("pk"))
    for inspector in inspectors:
        inspector.is_active = False
        inspector.save(update_fields=["is_active"])
        record(
            actor,
            "inspector.retired",
            object_type="inspection.inspector",
            object_id=inspector.pk,
            object_label=user.display_name,
        )
    return len(inspectors)


def _checks_of(person: User) -> list[WorkItem]:
    """Drawn checks without a result, while the person is an inspector."""
    seats = (
        DrawnInspector.objects.filter(
            inspector__user=person, inspector__is_active=True, result__case__isnull=False
        )
        .exclude(result__case__category=StateCategory.ENDED)
        .filter(result__checks__isnull=True)
        .select_related("result__case", "result__draw__plan", "inspector")
        .order_by("result__draw__plan__to_on", "pk")
    )
    return [
        WorkItem(
            key=seat.pk,
            label=seat.result.case.title if seat.result.case else str(seat.result),
            unit_id=seat.inspector.unit_id,
            url=f"/inspection/checks/{seat.result_id}/",
        )
        for seat in seats
    ]


def _why_not(colleague: User, item: WorkItem) -> str:
    return _("检查人员由随机抽取产生，不能指定移交，只能退回单位。")


def _give_back(
    actor: Actor, person: User, to: User | None, keys: Collection[int], reason: str
) -> list[int]:
    if to is not None:
        return []
    seats = DrawnInspector.objects.filter(pk__in=keys, inspector__user=person)
    found = list(seats.select_related("inspector__unit__tenant", "result__case").order_by("pk"))
    for seat in found:
        title = seat.result.case.title if seat.result.case else str(seat.result)
        notices.notify(
            recipients=administrators("inspection.plan_draws", seat.inspector.unit),
            kind="task",
            title=_("检查退回单位：%(title)s") % {"title": title},
            body=_("%(person)s%(reason)s。请由同组检查人员完成，或重新抽取。")
            % {"person": person.full_name, "reason": reason},
            url=f"/inspection/checks/{seat.result_id}/",
            key=f"inspector-left:{seat.pk}:{clock.today().isoformat()}",
        )
    return [seat.pk for seat in found]


def _last_use(user_ids: Collection[int]) -> Mapping[int, datetime]:
    rows = (
        AuditEntry.objects.filter(object_type__startswith="inspection.", actor_id__in=user_ids)
        .order_by()
        .values_list("actor_id")
        .annotate(last=Max("at"))
    )
    return {actor: last for actor, last in rows if actor is not None}
