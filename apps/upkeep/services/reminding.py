"""Who is told what is due: tasks, the drill of a quarter, the review of a half-year."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.common import clock
from apps.notices import services as notices
from apps.upkeep.enums import ExerciseState, ItemState
from apps.upkeep.models import CapacityReview, CycleItem, Exercise, Improvement
from apps.upkeep.permissions import KEEP
from apps.upkeep.selectors import half_of

SOON_DAYS = 3
#: So many days before the end of a quarter or half-year what is missing is told.
BEFORE_END_DAYS = 21


def remind() -> int:
    """Will tell people of what is late, due or missing; gives the number of things.

    Safe to run any number of times: each thing is told once a week. Source: OP-21, OP-24, OP-26.
    """
    with override("zh-hans"):
        return _tasks() + _items() + _drill_of_quarter() + _review_of_half()


def quarter_end(day: date) -> date:
    """Will give the last day of the quarter of a day."""
    month = (day.month - 1) // 3 * 3 + 3
    return (date(day.year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _tasks() -> int:
    today = clock.today()
    due = Improvement.objects.filter(done_at=None, due_on__lte=today + timedelta(days=SOON_DAYS))
    for task in due.select_related("owner"):
        is_late = task.due_on < today
        title = _("改进事项逾期：%s") if is_late else _("改进事项即将到期：%s")
        people = [task.owner, *(_keepers() if is_late else ())]
        _notify(people, title % task.title, _("期限：%s") % task.due_on, "upkeep:improvement-list",
                f"improvement-{task.pk}-{is_late}-{_week()}")  # fmt: skip
    return len(due)


def _items() -> int:
    """Items of a year's plan that should be done by now, or soon."""
    today = clock.today()
    due = CycleItem.objects.filter(
        state=ItemState.PLANNED, due_on__lte=today + timedelta(days=SOON_DAYS)
    )
    for item in due.select_related("owner"):
        is_late = item.due_on < today
        title = _("年度计划事项逾期：%s") if is_late else _("年度计划事项即将到期：%s")
        people = [item.owner, *(_keepers() if is_late else ())]
        _notify(people, title % item.title, _("期限：%s") % item.due_on, "upkeep:cycle-list",
                f"cycle-{item.pk}-{is_late}-{_week()}")  # fmt: skip
    return len(due)


def _drill_of_quarter() -> int:
    today = clock.today()
    end = quarter_end(today)
    begin = end.replace(day=1, month=end.month - 2)
    held = Exercise.objects.filter(started_at__date__range=(begin, end))
    if (end - today).days > BEFORE_END_DAYS or held.exclude(state=ExerciseState.PLANNED).exists():
        return 0
    _notify(_keepers(), _("本季度还没有演练"), _("应于 %s 前完成。") % end, "upkeep:exercise-list",
            f"exercise-{end}-{_week()}")  # fmt: skip
    return 1


def _review_of_half() -> int:
    today = clock.today()
    end = date(today.year, 6, 30) if today.month <= 6 else date(today.year, 12, 31)
    is_held = CapacityReview.objects.filter(half=half_of(today)).exists()
    if (end - today).days > BEFORE_END_DAYS or is_held:
        return 0
    _notify(_keepers(), _("本半年还没有容量评估"), _("应于 %s 前完成。") % end, "upkeep:capacity",
            f"capacity-{end}-{_week()}")  # fmt: skip
    return 1


def _keepers() -> list[User]:
    return list(users_with_permission(KEEP))


def _week() -> int:
    today = clock.today().isocalendar()
    return today.year * 100 + today.week


def _notify(people: Iterable[User], title: str, body: str, page: str, key: str) -> None:
    notices.notify(
        recipients={person.pk: person for person in people}.values(), kind="upkeep", title=title,
        body=body, url=reverse(page), key=f"upkeep-{key}",
    )  # fmt: skip
