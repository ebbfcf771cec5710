"""Scripts in use at the desk, and all of them for who writes and approves."""

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.callcentre.enums import ScriptState
from apps.callcentre.models import Script, ScriptVersion
from apps.callcentre.permissions import APPROVE_SCRIPTS, TAKE, WRITE_SCRIPTS, within
from apps.common.errors import NotFound

DESK_MOST = 6


def list_scripts(viewer: User) -> QuerySet[Script]:
    """Will give the scripts of the viewer's bodies with their versions and votes."""
    versions = (
        ScriptVersion.objects.select_related("author", "ruled_by")
        .annotate(
            useful=Count("votes", filter=Q(votes__is_useful=True)),
            useless=Count("votes", filter=Q(votes__is_useful=False)),
        )
        .order_by("-number")
    )
    return (
        Script.objects.filter(within(viewer, WRITE_SCRIPTS, APPROVE_SCRIPTS))
        .select_related("line")
        .prefetch_related(Prefetch("versions", versions))
    )


def get_script(viewer: User, *, pk: int) -> Script:
    """Will give a script the viewer may see. Raises: NotFound."""
    script = list_scripts(viewer).filter(pk=pk).first()
    if script is None:
        raise NotFound(_("没有这条话术"))
    return script


def desk_scripts(viewer: User, *, line_id: int | None) -> list[ScriptVersion]:
    """Will give the wordings in use for a line, those written for it first."""
    found = ScriptVersion.objects.filter(
        within(viewer, TAKE, field="script__tenant_id"), state=ScriptState.APPROVED
    ).select_related("script__line")
    fitting = found.filter(Q(script__line=None) | Q(script__line=line_id))
    return sorted(
        fitting.order_by("script__title")[: 5 * DESK_MOST],
        key=lambda version: version.script.line_id is None,
    )[:DESK_MOST]
