"""Cases as what an object of a 3D model may be linked with. Source: GE-09."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.geodata.registry import Found, Target
from apps.matters.selectors import visible_cases

KIND = "case"


def _find_cases(viewer: User, numbers: list[str]) -> list[Found]:
    found = visible_cases(viewer).filter(number__in=numbers)
    return [
        Found(number, title, reverse("matters:case-detail", args=[pk]))
        for pk, number, title in found.values_list("pk", "number", "title")
    ]


CASES = Target(KIND, _("案件"), _find_cases)
