"""The card of a thing: amended by a keeper, shown by pictures. Source: IO-02, OP-08."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.assets import own_fields, permissions
from apps.assets.models import Asset, AssetPicture
from apps.audit import services as audit
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotFound, Refused

PICTURES_MAX = 9


@dataclass(frozen=True)
class Card:
    """What a keeper states of a thing; its place and state are the surveys' business.

    details: what it answers to the fields of its class; None: as it stands.
    """

    name: str
    owner_unit: Organization | None = None
    maintainer: Organization | None = None
    since: date | None = None
    maker: str = ""
    model: str = ""
    vendor: str = ""
    contract: str = ""
    installed_on: date | None = None
    expires_on: date | None = None
    details: Mapping[str, Any] | None = None


CARD = tuple(Card.__dataclass_fields__)
_STATED = tuple(name for name in CARD if name != "details")


@transaction.atomic
def amend_asset(actor: User, *, asset_id: int, card: Card) -> Asset:
    """Will write the card of a thing anew; the same again changes nothing. Locks it.

    What it said before stays readable by date (``AssetPast``).
    Raises: NotFound; NotAllowed (not a duty area); InvalidInput ("name", "expires_on", or a
        field of its class).
    """
    asset = _lock(actor, asset_id)
    name = card.name.strip()
    if not 1 <= len(name) <= 80:
        raise InvalidInput(_("请填写名称，最多80个字"), field="name")
    if card.installed_on and card.expires_on and card.expires_on < card.installed_on:
        raise InvalidInput(_("到期日期不能早于安装日期"), field="expires_on")
    before = audit.snapshot(asset, *CARD)
    for field in _STATED:
        value = getattr(card, field)
        setattr(asset, field, value.strip() if isinstance(value, str) else value)
    if card.details is not None:
        asset.details = _details(asset, card.details)
    changed = audit.changes(before, audit.snapshot(asset, *CARD))
    if changed.get("before") or changed.get("after"):
        asset.save(update_fields=CARD)
        _note(actor, "asset.amended", asset, changed)
    return asset


@transaction.atomic
def add_picture(actor: User, *, asset_id: int, upload: File) -> AssetPicture:
    """Will keep a picture of a thing, at most nine; the same picture again is the same.

    Raises: NotFound; NotAllowed; InvalidInput (field "file": no picture); Refused (nine there).
    """
    asset = _lock(actor, asset_id)
    stored = files.store(upload, allow=frozenset({"image"}))
    there = asset.pictures.filter(removed_at=None)
    found = there.filter(file=stored).first()
    if found is not None:
        return found
    if there.count() >= PICTURES_MAX:
        raise Refused(_("每个部件最多%d张照片") % PICTURES_MAX, field="file")
    made = AssetPicture.objects.create(
        asset=asset, file=stored, added_by_name=actor.display_name[:100], added_at=clock.now()
    )
    _note(actor, "asset.picture_added", asset, {"picture": made.pk})
    return made


@transaction.atomic
def remove_picture(actor: User, *, asset_id: int, picture_id: int) -> None:
    """Will take a picture off a thing; twice is harmless. Raises: NotFound; NotAllowed."""
    asset = _lock(actor, asset_id)
    picture = asset.pictures.filter(pk=picture_id).first()
    if picture is None:
        raise NotFound(_("没有这张照片"))
    if picture.removed_at is None:
        picture.removed_at = clock.now()
        picture.save(update_fields=["removed_at"])
        _note(actor, "asset.picture_removed", asset, {"picture": picture.pk})


def _details(asset: Asset, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered to fields the class no longer has stays, unseen."""
    asked = {entry["name"] for entry in own_fields.entries_of(asset.kind)}
    kept = {name: value for name, value in asset.details.items() if name not in asked}
    return kept | own_fields.answers(asset.kind, given)


def _lock(actor: User, asset_id: int) -> Asset:
    found = Asset.objects.select_for_update(of=("self",)).select_related(
        "area", "owner_unit", "maintainer", "kind"
    )
    asset = found.filter(pk=asset_id).first()
    if asset is None:
        raise NotFound(_("台账中没有这个部件"))
    permissions.require_register_in(actor, asset.area)
    return asset


def _note(actor: User, action: str, asset: Asset, data: Mapping[str, Any]) -> None:
    audit.record(
        actor, action, object_type="assets.asset", object_id=asset.pk, object_label=asset.code,
        data=dict(data),
    )  # fmt: skip
