"""Layers in the register of protected resources. Source: AC-07, GE-04."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.protected.registry import (
    DefaultPolicy,
    ProtectedEntry,
    ResourceKind,
    ResourceSource,
    platform_owner,
    register_source,
)
from apps.accounts.protected.selectors import matching
from apps.onemap.registry import Layer, all_layers
from apps.onemap.selectors import card_of


def _rows(viewer: User, text: str) -> list[ProtectedEntry]:
    """Layers of somebody's data (``seen_by``) are told only to those who see them."""
    told = (one for one in all_layers() if one.seen_by is None or one.seen_by(viewer))
    return matching((_entry_of(layer) for layer in told), text)


def _entry_of(layer: Layer) -> ProtectedEntry:
    card = card_of(layer.code)
    granted = _("或凭图层共享的授予") if layer.shared_rows and not layer.is_public else ""
    if card.is_hidden:
        policy, granted = DefaultPolicy.DENIED, ""
    elif layer.is_public:
        policy = DefaultPolicy.PUBLIC
    elif layer.permission:
        policy = DefaultPolicy.RIGHT
    else:
        policy = DefaultPolicy.SCOPE if layer.seen_by else DefaultPolicy.STAFF
    unit = str(card.owner_unit) if card.owner_unit_id else ""
    return ProtectedEntry(
        ResourceKind.LAYER,
        layer.code,
        layer.label,
        unit or layer.owner or platform_owner(_("一张图")),
        policy,
        rights=(layer.permission,) if policy == DefaultPolicy.RIGHT else (),
        opened_by=granted,
        state=_("已停用") if card.is_hidden else _("使用中"),
        url=reverse("sharing:card-list"),
    )


def register() -> None:
    """Will make the layers known."""
    register_source(ResourceSource("onemap", ResourceKind.LAYER, _rows, lambda entry: entry))
