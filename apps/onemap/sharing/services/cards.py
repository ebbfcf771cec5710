"""The cards of layers and their promise to be kept fresh. Source: GE-01, GE-07."""

import re
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.reach import administrators
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.notices.services import notify
from apps.onemap.models import LayerCard
from apps.onemap.permissions import MANAGE
from apps.onemap.registry import all_layers, find_layer
from apps.onemap.selectors import card_of
from apps.onemap.services import redraw_layer
from apps.onemap.sharing import permissions
from apps.onemap.sharing.freshness import freshness_of

_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class CardData:
    """What people say about a layer."""

    owner_unit: Organization | None
    description: str
    update_days: int | None
    updated_on: date | None
    approval_number: str
    color: str
    is_hidden: bool


@transaction.atomic
def edit_card(actor: User, *, code: str, data: CardData) -> LayerCard:
    """Will write the card of a layer; it is drawn anew. Audited.

    Locks the card. Raises: NotFound (no such layer); NotAllowed (no keeper of a whole body, or
    the owner now or then is of another body); InvalidInput (fields ``color``, ``updated_on``).
    """
    layer = find_layer(code)
    if layer is None:
        raise NotFound(_("没有这个图层"))
    if not any(permissions.can_keep(actor, pk) for pk in scope_of(actor).tenant_ids):
        raise NotAllowed(_("需要在管理全市的机构任职并持有“管理图层”权限"))
    if data.color and not _COLOR.fullmatch(data.color.lower()):
        raise InvalidInput(_("颜色应形如 #1f5eb8"), field="color")
    if data.updated_on and data.updated_on > clock.today():
        raise InvalidInput(_("数据日期不能晚于今天"), field="updated_on")
    LayerCard.objects.get_or_create(code=code)
    card = LayerCard.objects.select_for_update().get(code=code)
    for unit in (card.owner_unit, data.owner_unit):
        if unit is not None:
            permissions.require_keep(actor, unit.tenant_id)
    before = audit.snapshot(card, *vars(data))
    for name, value in vars(data).items():
        setattr(card, name, value)
    card.color = data.color.lower()
    card.save()
    redraw_layer(code)
    audit.record(
        actor,
        "layer_card.edited",
        object_type="onemap.layer_card",
        object_id=card.pk,
        object_label=str(layer.label),
        data=audit.changes(before, audit.snapshot(card, *vars(data))),
    )
    return card


@transaction.atomic
def note_update(
    code: str,
    *,
    owner: Organization,
    updated_on: date | None,
    update_days: int | None,
    approval_number: str = "",
) -> LayerCard:
    """Will write on a layer's card that its data are of this day; for the writers of its rows.

    updated_on: None where the rows are read as they stand.
    What a keeper has written of owner and cycle stays where nothing new is said. Locks the card.
    """
    LayerCard.objects.get_or_create(code=code)
    card = LayerCard.objects.select_for_update().get(code=code)
    card.owner_unit = card.owner_unit or owner
    card.updated_on = updated_on or card.updated_on
    card.update_days = update_days or card.update_days
    card.approval_number = approval_number or card.approval_number
    card.version += 1
    card.save()
    return card


def remind_stale() -> int:
    """Will tell the keepers of layers older than promised, once a week each; gives how many."""
    week = clock.today().strftime("%G-%V")
    told = 0
    for layer in all_layers():
        card = card_of(layer.code)
        fresh = freshness_of(layer, card)
        if card.owner_unit is None or card.is_hidden or not fresh.is_late:
            continue
        notify(
            recipients=administrators(MANAGE, card.owner_unit),
            kind="onemap",
            title=_("图层“%(layer)s”已 %(days)d 天未更新")
            % {"layer": layer.label, "days": fresh.days},
            body=_("承诺每 %(promised)d 天更新一次。") % {"promised": fresh.promised or 0},
            url="/map/cards/",
            key=f"layer-stale-{layer.code}-{week}",
        )
        told += 1
    return told
