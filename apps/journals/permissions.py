"""Who reads the lines of which hosts, who keeps rules, who may send lines."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.places.models import Area

VIEW, KEEP, SEND = "journals.view_lines", "journals.keep_rules", "journals.send_lines"
READERS = (VIEW, KEEP)


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有检索运行日志的权限"))


def ground_q(viewer: User, *rights: str, field: str = "area__path") -> Q:
    """Will give the condition "this area is, or lies in, one the viewer reads logs of"."""
    return area_scope_q(scope_for(viewer, *(rights or READERS)), field)


def can_keep(viewer: User) -> bool:
    """Will tell whether the viewer keeps rules and hosts, somewhere."""
    return bool(viewer.has_perm(KEEP))


def require_keep(actor: Actor, area: Area | None = None) -> None:
    """Raises: NotAllowed (no right, or not over this area)."""
    if not isinstance(actor, User):
        return
    scope = scope_for(actor, KEEP)
    near = area is None or scope.everything or scope.covers_area(area.path)
    if not (can_keep(actor) and near):
        raise NotAllowed(_("您没有维护该区域日志规则的权限"))
