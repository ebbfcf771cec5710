"""The list of texts nobody could place, as far as the viewer keeps names."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.places import permissions
from apps.places.enums import UnplacedState
from apps.places.models import UnplacedText
from apps.places.text import address_key


def list_unplaced(
    viewer: Any, *, state: str = UnplacedState.OPEN, text: str = ""
) -> QuerySet[UnplacedText]:
    """Will list the texts within the viewer's areas, the most frequent first."""
    found = UnplacedText.objects.filter(_in_reach(viewer)).select_related("area", "entry")
    if state:
        found = found.filter(state=state)
    if key := address_key(text):
        found = found.filter(Q(stem__contains=key) | Q(sample__contains=text.strip()))
    return found.defer("area__boundary", "entry__geometry").order_by("-times", "-last_at", "-pk")


def get_unplaced(viewer: Any, *, pk: int) -> UnplacedText:
    """Raises: NotFound (also outside the viewer's areas)."""
    found = list_unplaced(viewer, state="").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("未匹配地址不存在"))
    return found


def count_unplaced(viewer: Any) -> int:
    """Will give how many texts wait for the viewer."""
    return list_unplaced(viewer).order_by().count()


def sum_up_unplaced(viewer: Any) -> dict[str, int]:
    """Will count texts by state, and how often the open ones were reported. One query."""
    found = UnplacedText.objects.filter(_in_reach(viewer)).aggregate(
        open=Count("pk", filter=Q(state=UnplacedState.OPEN)),
        solved=Count("pk", filter=Q(state=UnplacedState.SOLVED)),
        ignored=Count("pk", filter=Q(state=UnplacedState.IGNORED)),
        times=Sum("times", filter=Q(state=UnplacedState.OPEN), default=0),
    )
    return {name: int(value) for name, value in found.items()}


def _in_reach(viewer: Any) -> Q:
    paths = permissions.managed_paths(viewer)
    if paths is None:
        return Q()
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(area_path__startswith=path)
    return condition
