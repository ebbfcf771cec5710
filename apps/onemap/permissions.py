"""Who may see which layer, and who keeps them."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import Actor, SystemActor
from apps.common.errors import NotAllowed
from apps.onemap.registry import Layer, LayerField, Viewer

MANAGE = "onemap.manage_layers"


def may_see(viewer: Viewer, layer: Layer) -> bool:
    """Will tell whether the viewer's own rights reach this layer at all."""
    if layer.is_public:
        return True
    if not isinstance(viewer, User) or not viewer.is_active:
        return False
    return not layer.permission or viewer.has_perm(layer.permission)


def reads_clear(viewer: Viewer, field: LayerField) -> bool:
    """Will tell whether the viewer reads this field unmasked."""
    return not field.permission or viewer.has_perm(field.permission)


def can_manage(actor: Actor) -> bool:
    """Will tell whether the actor keeps the cards of layers."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.is_active and actor.has_perm(MANAGE)


def require_manage(actor: Actor) -> None:
    """Raises: NotAllowed."""
    if not can_manage(actor):
        raise NotAllowed(_("需要“管理图层”权限"))
