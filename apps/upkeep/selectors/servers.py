"""Which servers of the database have served the city."""

from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lag
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.upkeep.models import ServerTerm


def list_servers() -> QuerySet[ServerTerm]:
    """Will list the terms, newest first, with ``seen_before``: when the one before was last seen.

    None of the first; what lies between is how long nobody could write at most.
    """
    before = Window(Lag("seen_at"), order_by=F("pk").asc())
    return ServerTerm.objects.annotate(seen_before=before).order_by("-pk")


def get_server(*, pk: int) -> ServerTerm:
    """Will give a term. Raises: NotFound."""
    term = ServerTerm.objects.filter(pk=pk).first()
    if term is None:
        raise NotFound(_("没有这次切换"))
    return term
