"""What the search box finds besides cases: one kind after another, each as its own list finds it.

A kind is offered to whoever may open its list, and finds what that list would: the scope of the
viewer and the exact part of a name are its selector's. Persons are not found here: their files
are asked for by the whole name or number on a page of their own, which writes down who asked.
Source: TX-04.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.assets.selectors import list_assets
from apps.common.paging import CappedCount, count_capped
from apps.common.patience import OutOfTime, answered_within
from apps.gateway.selectors import list_services
from apps.geodata.selectors import list_datasets
from apps.hotline.selectors.knowledge import list_articles
from apps.matters.selectors import search_cases
from apps.nlp.search import query_literal
from apps.places.selectors import search_gazetteer
from apps.portal.menu_items import (
    SEE_ASSETS,
    SEE_CAMERAS,
    SEE_CASES,
    SEE_DEVICES,
    SEE_FILES,
)
from apps.products.permissions import READERS as SEE_PRODUCTS
from apps.products.selectors import list_products
from apps.registry.enums import FileKind
from apps.registry.selectors import list_files
from apps.sensing.selectors import list_devices
from apps.video.selectors import list_cameras

CASES = "case"
COUNTED_WITHIN = 3  # seconds


@dataclass(frozen=True)
class Hit:
    """One line of what was found."""

    title: str
    note: str
    place: str
    url: str


@dataclass(frozen=True)
class Kind:
    """One kind of thing. permissions: any of them opens it; none: everybody signed in.

    rows: what the viewer may see that has the text, in the order of its list. hit: a row as a
    line; None: drawn by a template of its own.
    """

    code: str
    label: Promise | str
    icon: str
    permissions: tuple[str, ...]
    rows: Callable[[User, str], QuerySet[Any]]
    hit: Callable[[Any], Hit] | None

    def is_open(self, viewer: User) -> bool:
        return not self.permissions or any(viewer.has_perm(name) for name in self.permissions)


def kinds_for(viewer: User, wanted: str = "") -> tuple[list[Kind], Kind]:
    """Will give the kinds somebody may look for, cases first, and the one that is wanted.

    wanted: its code; the first where they may not look for it.
    """
    kinds = [kind for kind in KINDS if kind.is_open(viewer)]
    return kinds, next((kind for kind in kinds if kind.code == wanted), kinds[0])


def find(viewer: User, kind: Kind, text: str) -> QuerySet[Any]:
    """Will give the rows of a kind. Raises: InvalidInput (field "q": one character, too long)."""
    query_literal(text)  # the same words are asked of every kind
    return kind.rows(viewer, text)


def count(viewer: User, kind: Kind, text: str) -> CappedCount | None:
    """Will count what a kind has, up to the cap; None where that takes too long.

    Raises: InvalidInput, as ``find``.
    """
    rows = find(viewer, kind, text)
    try:
        with answered_within(COUNTED_WITHIN):
            return count_capped(rows)
    except OutOfTime:
        return None


def _articles(viewer: User, text: str) -> QuerySet[Any]:
    return list_articles(viewer, words=text)


def _files(viewer: User, text: str) -> QuerySet[Any]:
    return list_files(viewer, text=text).exclude(kind=FileKind.PERSON)


def _assets(viewer: User, text: str) -> QuerySet[Any]:
    return list_assets(viewer, text=text)


def _devices(viewer: User, text: str) -> QuerySet[Any]:
    return list_devices(viewer, text=text)


def _cameras(viewer: User, text: str) -> QuerySet[Any]:
    return list_cameras(viewer, text=text)


def _datasets(viewer: User, text: str) -> QuerySet[Any]:
    return list_datasets(viewer, text=text).order_by("name", "pk")


def _places(viewer: User, text: str) -> QuerySet[Any]:
    return search_gazetteer(text)


def _services(viewer: User, text: str) -> QuerySet[Any]:
    return list_services(viewer, query=text)


def _article(row: Any) -> Hit:
    address = reverse("hotline:knowledge-detail", args=[row.pk])
    return Hit(row.title, row.get_state_display(), row.unit.name, address)


def _file(row: Any) -> Hit:
    address = reverse("registry:file-detail", args=[row.pk])
    return Hit(row.title, row.get_kind_display(), row.area.name if row.area else "", address)


def _asset(row: Any) -> Hit:
    address = reverse("assets:asset-detail", args=[row.pk])
    return Hit(row.name or row.code, f"{row.kind.name} · {row.code}", row.area.name, address)


def _device(row: Any) -> Hit:
    address = reverse("sensing:device-detail", args=[row.pk])
    note = f"{row.profile.name} · {row.node}"
    return Hit(row.asset.name, note, row.asset.area.name, address)


def _camera(row: Any) -> Hit:
    address = reverse("video:camera-detail", args=[row.pk])
    return Hit(row.asset.name, row.gb_code, row.asset.area.name, address)


def _place(row: Any) -> Hit:
    address = reverse("places:entry-detail", args=[row.pk])
    return Hit(row.name, row.get_kind_display(), row.area.name if row.area else "", address)


def _service(row: Any) -> Hit:
    address = reverse("services:service-detail", args=[row.pk])
    return Hit(row.name, row.description, row.owner.name if row.owner else "", address)


def _products(viewer: User, text: str) -> QuerySet[Any]:
    return list_products(viewer, text=text)


def _product(row: Any) -> Hit:
    address = reverse("products:product-detail", args=[row.code])
    return Hit(row.name, row.field_name, row.unit.name, address)


def _dataset(row: Any) -> Hit:
    address = reverse("geodata:dataset-detail", args=[row.pk])
    return Hit(row.name, row.source, row.unit.name, address)


KINDS = (
    Kind(CASES, _("案件"), "clipboard-list", SEE_CASES, search_cases, None),
    Kind("article", _("知识"), "book", (), _articles, _article),
    Kind("file", _("档案"), "id", SEE_FILES, _files, _file),
    Kind("asset", _("部件"), "box", SEE_ASSETS, _assets, _asset),
    Kind("device", _("感知设备"), "radar", SEE_DEVICES, _devices, _device),
    Kind("camera", _("摄像机"), "camera", SEE_CAMERAS, _cameras, _camera),
    Kind("place", _("地名地址"), "map-search", (), _places, _place),
    Kind("service", _("服务目录"), "world", (), _services, _service),
    Kind("product", _("数据产品"), "package", SEE_PRODUCTS, _products, _product),
    Kind("dataset", _("地图数据"), "database", (), _datasets, _dataset),
)
