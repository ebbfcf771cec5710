"""Layers as one viewer may read them. Every channel of the map begins here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.memory import Memory
from apps.onemap import permissions
from apps.onemap.models import LayerCard, LayerGrant
from apps.onemap.registry import Layer, LayerField, Viewer, all_layers, find_layer

#: Before the names of fields in SQL, which must not be those of the model's own columns.
FIELD_PREFIX = "f_"

_cards: Memory[dict[str, LayerCard]] = Memory(of=("onemap.LayerCard",))
_grants: Memory[tuple[LayerGrant, ...]] = Memory(of=("onemap.LayerGrant", "accounts.Organization"))


@dataclass(frozen=True)
class OpenLayer:
    """A layer with the rows and fields one viewer may read.

    rows: the viewer's rows, without order and without the fields. fields: those the viewer
    has, in order. masked: names of those that are shown masked.
    scope_key: the same for two viewers exactly if they read the same rows and fields: tiles
    drawn for one may be shown to the other.
    """

    layer: Layer
    card: LayerCard
    rows: QuerySet[Any]
    fields: tuple[LayerField, ...]
    masked: frozenset[str]

    @property
    def code(self) -> str:
        return self.layer.code

    def expression(self, field: LayerField) -> Combinable:
        """Will give what is read for a field: itself or its mask."""
        if field.name in self.masked and field.mask is not None:
            return field.mask
        return F(field.expression) if isinstance(field.expression, str) else field.expression

    def with_fields(
        self, rows: QuerySet[Any] | None = None, fields: Sequence[LayerField] | None = None
    ) -> QuerySet[Any]:
        """Will give the rows with each field annotated as ``FIELD_PREFIX`` + its name.

        rows: some of ``self.rows``; all of them without. fields: all the viewer has without.
        """
        chosen = self.rows if rows is None else rows
        wanted = self.fields if fields is None else fields
        return chosen.annotate(**{f"{FIELD_PREFIX}{f.name}": self.expression(f) for f in wanted})

    @property
    def scope_key(self) -> str:
        """Sixteen hex digits over what the rows and fields are in SQL, with its values."""
        try:
            said = self.with_fields().order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            said = ("nothing", ())
        names = [f.name for f in self.fields]
        text = f"{said[0]}|{said[1]!r}|{names}|{sorted(self.masked)}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def open_layer(viewer: Viewer, code: str) -> OpenLayer:
    """Will give a layer as this viewer may read it.

    Raises: NotFound (there is none with this code, it is out of use, or the viewer has no
    right to it: the answer is the same, so nobody learns what exists).
    """
    layer = find_layer(code)
    opened = _open(viewer, layer) if layer else None
    if opened is None:
        raise NotFound(_("没有这个图层，或您无权查看"), field="layer")
    return opened


def list_layers(viewer: Viewer) -> list[OpenLayer]:
    """Will give every layer this viewer may read, in the order of the tree."""
    found = (_open(viewer, layer) for layer in all_layers())
    return [opened for opened in found if opened is not None]


def card_of(code: str) -> LayerCard:
    """Will give the card of a layer; a blank, unsaved one if nobody has written it yet."""
    cards = _cards.get("", lambda: {card.code: card for card in _all_cards()})
    return cards.get(code) or LayerCard(code=code)


def grants_to(viewer: Viewer, code: str) -> list[LayerGrant]:
    """Will give the grants of today that open this layer to the viewer's units."""
    if not isinstance(viewer, User):
        return []
    today, scope = clock.today(), scope_of(viewer)
    alive = _grants.get(code, lambda: tuple(_living_grants(code)))
    return [
        grant
        for grant in alive
        if grant.since <= today <= grant.until
        and any(path.startswith(grant.unit.path) for path in scope.organization_paths)
    ]


def _open(viewer: Viewer, layer: Layer) -> OpenLayer | None:
    card = card_of(layer.code)
    if card.is_hidden:
        return None
    own = permissions.may_see(viewer, layer)
    grants = grants_to(viewer, layer.code) if layer.shared_rows else []
    if not own and not grants:
        return None
    masked: set[str] = set()
    fields: list[LayerField] = []
    for field in layer.fields:
        # Rows somebody else opened come with every personal field masked.
        if (grants and field.permission) or not permissions.reads_clear(viewer, field):
            if field.mask is None:
                continue
            masked.add(field.name)
        fields.append(field)
    rows = _rows(viewer, layer, own=own, grants=grants)
    return OpenLayer(layer, card, rows, tuple(fields), frozenset(masked))


def _rows(viewer: Viewer, layer: Layer, *, own: bool, grants: list[LayerGrant]) -> QuerySet[Any]:
    if not grants or layer.shared_rows is None:
        return layer.rows(viewer).order_by()
    opened = Q(pk__in=[])
    for grant in grants:
        limited = Q(**{f"{layer.area_field}__startswith": grant.area_path})
        opened |= limited if layer.area_field and grant.area_path else ~Q(pk__in=[])
    shared = layer.shared_rows().filter(opened).order_by()
    return (layer.rows(viewer).order_by() | shared) if own else shared


def _all_cards() -> QuerySet[LayerCard]:
    return LayerCard.objects.select_related("owner_unit")


def _living_grants(code: str) -> QuerySet[LayerGrant]:
    return LayerGrant.objects.filter(code=code, ended_at=None).select_related("unit")
