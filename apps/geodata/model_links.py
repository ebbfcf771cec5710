"""Links from things here to the objects of 3D models that show them. Source: GE-09."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.assets.selectors import list_assets
from apps.geodata.registry import Found, Target
from apps.geodata.selectors import objects_of
from apps.onemap.registry import Viewer

ASSET = "asset"


def _find_assets(viewer: User, codes: list[str]) -> list[Found]:
    found = list_assets(viewer).filter(code__in=codes).select_related(None)
    return [Found(code, name) for code, name in found.values_list("code", "name")]


ASSETS = Target(ASSET, gettext_lazy("部件"), _find_assets)


def links_on_map(viewer: Viewer, pks: Sequence[Any]) -> Mapping[Any, Sequence[tuple[str, str]]]:
    """Will give the links beside assets on the map; the viewer has been found to see them."""
    if not isinstance(viewer, User):
        return {}
    codes = dict(Asset.objects.filter(pk__in=pks).values_list("pk", "code"))
    found = links_by_code(viewer, list(codes.values()))
    return {pk: found[code] for pk, code in codes.items() if code in found}


def links_by_code(viewer: User, codes: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Will give the links beside assets in the console."""
    return {
        code: [(_("三维模型：%(name)s") % {"name": one.model}, one.url) for one in objects]
        for code, objects in objects_of(viewer, ASSET, codes).items()
    }
