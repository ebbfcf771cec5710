"""The link from a case's page to the idea it was made of."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.matters.models import Case
from apps.opinions.selectors import find_idea_of

MATTER = "opinions.idea"


def link_beside_case(viewer: User, case: Case) -> Sequence[tuple[str, str]]:
    """Will give the address of the idea where the viewer may read it; no question otherwise."""
    if case.matter_type.code != MATTER:
        return []
    idea = find_idea_of(viewer, case.pk)
    if idea is None:
        return []
    return [(_("来源创意"), reverse("opinions:idea-detail", args=[idea.pk]))]
