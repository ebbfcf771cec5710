"""The link from a case's page to its call-backs."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.callbacks import selectors
from apps.matters.models import Case


def link_beside_case(viewer: User, case: Case) -> Sequence[tuple[str, str]]:
    """Will give the address of the case's call-backs where the viewer may read any."""
    if not selectors.history_of(viewer, case.pk).exists():
        return []
    return [(_("回访记录"), reverse("callbacks:case-history", args=[case.pk]))]
