"""The register of layers: what can be drawn, who may see which rows and fields of it.

An app says in ``AppConfig.ready`` what it has to show (``register_layer``), or how its layers
are found where they are rows themselves, such as imported data (``register_source``). Every
channel (list, tile, feature service, identify, export) reads through
``onemap.selectors.open_layer``, so one right holds in all of them. Source: GE-02, GE-04.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from apps.accounts.models import User
from apps.onemap.enums import FieldKind, Geometry, LayerGroup

Viewer = User | AnonymousUser
Text = Promise | str


@dataclass(frozen=True)
class LayerField:
    """One attribute of the features.

    name: as it goes out, ASCII. expression: a path or an expression over the layer's rows.
    permission: needed to read it as it is; without it ``mask`` is shown in its place, and
    without a mask the field is not there at all. filterable: a declared queryable.
    in_tiles: travels in tiles; leave out what only a detail needs.
    choices: value -> words, for legends and tables.
    """

    name: str
    label: Text
    expression: str | Combinable
    kind: FieldKind = FieldKind.TEXT
    permission: str = ""
    mask: Combinable | None = None
    filterable: bool = True
    in_tiles: bool = True
    choices: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """How a layer is drawn unless its card says otherwise.

    color: "#rrggbb". radius: of a point, width: of a line or an outline, in pixels.
    opacity: of a filled polygon. by: a field whose values have colours of their own in
    ``colors``. label: a field written beside the feature from ``label_zoom``.
    icon: name of a line icon in the legend.
    """

    color: str = "#1f5eb8"
    radius: float = 5
    width: float = 1.5
    opacity: float = 0.15
    by: str = ""
    colors: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    label_zoom: int = 16
    icon: str = "map-pin"


@dataclass(frozen=True)
class Layer:
    """One thing the map can show.

    code: stable, unique, ``[a-z0-9-]``. rows: what this viewer may see by their own rights,
    any order; nobody signed in is an ``AnonymousUser``. The primary key of the rows is the
    feature id.
    shared_rows: what may be opened to another department by a grant; None: nothing ever.
    permission: needed to see the layer at all; without one everybody on the staff may, each
    with the rows ``rows`` gives them. is_public: also without signing in. seen_by: asked
    besides where it hangs on whose data it is that somebody on the staff learns of it.
    export_permission: needed to take its rows along as a file; "": whoever sees them may.
    geometry_field: SRID 4326. mercator_field: the same, stored in SRID 3857 with a spatial
    index; without one it is transformed while it is read. area_field: path of the area a row
    lies in, for grants and statistics by area.
    min_zoom .. max_zoom: where it is drawn. aggregate_below: the zoom under which points are
    counted per grid cell rather than drawn; 0: never. zoom_field: a number on the rows, the
    zoom from which each is drawn. kept_first: the order in which rows stay where a tile cannot
    hold all; best one an index gives.
    time_field: the moment a row is about, for the time slider; end_field: until when it holds.
    fresh_seconds: how long a drawn tile may go on being shown; version: grows with the data
    where the layer knows it (then tiles are kept until it does).
    update_days: the promised cycle; owner: whose data it is.
    detail_url: page of one feature with "{id}" or a field in braces.
    """

    code: str
    label: Text
    group: LayerGroup
    geometry: Geometry
    rows: Callable[[Viewer], QuerySet[Any]]
    fields: tuple[LayerField, ...]
    description: Text = ""
    owner: Text = ""
    permission: str = ""
    export_permission: str = ""
    is_public: bool = False
    seen_by: Callable[[User], bool] | None = None
    shared_rows: Callable[[], QuerySet[Any]] | None = None
    geometry_field: str = "point"
    mercator_field: str = ""
    area_field: str = ""
    min_zoom: int = 0
    max_zoom: int = 22
    aggregate_below: int = 0
    zoom_field: str = ""
    kept_first: tuple[str, ...] = ("-pk",)
    time_field: str = ""
    end_field: str = ""
    fresh_seconds: int = 10
    version: Callable[[], str] | None = None
    update_days: int | None = None
    detail_url: str = ""
    look: Look = field(default_factory=Look)

    def field_named(self, name: str) -> LayerField | None:
        """Will give the field of this name."""
        return next((f for f in self.fields if f.name == name), None)


class LayerSource:
    """Layers that are rows themselves. ``prefix`` begins their codes and nobody else's."""

    prefix = ""

    def find(self, code: str) -> Layer | None:
        """Will give the layer with this code, whoever asks."""
        return next((layer for layer in self.all() if layer.code == code), None)

    def all(self) -> Iterable[Layer]:
        """Will give every layer of the source."""
        return ()


#: What other apps know of features: viewer, keys of the rows -> (label, address) by key.
Links = Callable[[Viewer, Sequence[Any]], Mapping[Any, Sequence[tuple[str, str]]]]

_layers: dict[str, Layer] = {}
_links: dict[str, Links] = {}
_sources: dict[str, LayerSource] = {}


def register_layer(layer: Layer) -> None:
    """Will make a layer known. Raises: ValueError (the code is taken)."""
    if layer.code in _layers or _source_of(layer.code):
        raise ValueError(f"layer {layer.code} is already registered")
    _layers[layer.code] = layer


def register_source(source: LayerSource) -> None:
    """Will make layers known that are found when they are asked for.

    Raises: ValueError (codes that begin like this are taken).
    """
    if any(code.startswith(source.prefix) for code in (*_layers, *_sources)):
        raise ValueError(f"layers {source.prefix}* are already registered")
    _sources[source.prefix] = source


def register_links(prefix: str, links: Links) -> None:
    """Will show more links with the features of layers whose codes begin like this.

    Raises: ValueError (the prefix is taken).
    """
    if prefix in _links:
        raise ValueError(f"links of {prefix}* are already registered")
    _links[prefix] = links


def links_of(code: str) -> Links | None:
    """Will give what knows links of a layer's features."""
    return next((links for prefix, links in _links.items() if code.startswith(prefix)), None)


def find_layer(code: str) -> Layer | None:
    """Will give a layer by code, whoever asks."""
    source = _source_of(code)
    return source.find(code) if source else _layers.get(code)


def all_layers() -> list[Layer]:
    """Will give every layer, in the order of the tree: group, then as registered."""
    found = [*_layers.values(), *(layer for s in _sources.values() for layer in s.all())]
    order = list(LayerGroup)
    return sorted(found, key=lambda layer: order.index(layer.group))


@contextmanager
def temporarily(*layers: Layer) -> Iterator[None]:
    """Will make layers known within the block; for tests."""
    for layer in layers:
        register_layer(layer)
    try:
        yield
    finally:
        for layer in layers:
            del _layers[layer.code]


def _source_of(code: str) -> LayerSource | None:
    return next((s for prefix, s in _sources.items() if code.startswith(prefix)), None)
