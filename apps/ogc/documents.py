"""The documents of the service for machines: landing page, collections, tile sets."""

from typing import Any

from django.utils.translation import gettext as _

from apps.ogc import crs, links
from apps.ogc.links import Addresses, link
from apps.ogc.selectors import extent_of
from apps.onemap.selectors import OpenLayer

SQUARE = "WebMercatorQuad"
_SQUARE_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_WIDEST = 20_037_508.342789244
_ZOOMS = 25
# Metres of a pixel on paper, by the standard. Source: OGC 17-083r4.
_PIXEL_M = 0.00028


def landing(at: Addresses) -> dict[str, Any]:
    """Will give the first document: where everything else is."""
    return {
        "title": _("城市云脑空间数据服务"),
        "description": _("一张图的图层，按调用者的权限给出；要素和矢量瓦片。"),
        "links": [
            *at.selves(links.JSON),
            link(at.of("api", f="json"), "service-desc", links.OPENAPI, _("接口描述")),
            link(at.of("api", f="html"), "service-doc", links.HTML, _("接口说明")),
            link(at.of("conformance"), links.CONFORMANCE, links.JSON, _("符合的标准")),
            link(at.of("collections"), links.DATA, links.JSON, _("图层")),
            link(at.of("matrix-sets"), links.TILING, links.JSON, _("瓦片网格")),
        ],
    }


def collections(at: Addresses, opened: list[OpenLayer]) -> dict[str, Any]:
    """Will give the layers of this caller."""
    return {
        "links": at.selves(links.JSON),
        "crs": [each.uri for each in crs.ALL],
        "collections": [collection(at, each, own_links=False) for each in opened],
    }


def collection(at: Addresses, opened: OpenLayer, *, own_links: bool = True) -> dict[str, Any]:
    """Will give one layer: what it is, how far it reaches, where its parts are."""
    layer, card = opened.layer, opened.card
    code = layer.code
    found: dict[str, Any] = {
        "id": code,
        "title": str(layer.label),
        "description": card.description or str(layer.description),
        "itemType": "feature",
        "crs": [each.uri for each in crs.ALL],
        "storageCrs": crs.STORAGE.uri,
        "links": [
            *(at.selves(links.JSON) if own_links else _selves(at, code)),
            link(at.of("items", code, f="json"), "items", links.GEOJSON, _("要素")),
            link(at.of("items", code, f="html"), "items", links.HTML, _("要素")),
            link(at.of("queryables", code), links.QUERYABLES, links.SCHEMA, _("可查询字段")),
            link(at.of("schema", code), "describedby", links.SCHEMA, _("字段")),
            link(at.of("tilesets", code), links.TILESETS, links.JSON, _("矢量瓦片")),
        ],
    }
    extent = extent_of(opened)
    reach: dict[str, Any] = {}
    if extent.box is not None:
        reach["spatial"] = {"bbox": [list(extent.box)], "crs": crs.CRS84.uri}
    if layer.time_field and extent.begin:
        reach["temporal"] = {"interval": [[extent.begin, extent.end]]}
    if reach:
        found["extent"] = reach
    if owner := str(card.owner_unit or layer.owner):
        found["contacts"] = [{"organization": owner, "roles": ["pointOfContact"]}]
    if card.approval_number:
        found["license"] = _("审图号：%(number)s") % {"number": card.approval_number}
    return found


def tilesets(at: Addresses, opened: OpenLayer) -> dict[str, Any]:
    """Will give the tile sets of a layer: one, in Web Mercator."""
    code = opened.code
    return {
        "links": at.selves(links.JSON),
        "tilesets": [
            {
                "title": str(opened.layer.label),
                "dataType": "vector",
                "crs": crs.MERCATOR.uri,
                "tileMatrixSetURI": _SQUARE_URI,
                "links": [link(at.of("tileset", code, SQUARE), "self", links.JSON)],
            }
        ],
    }


def tileset(at: Addresses, opened: OpenLayer, template: str) -> dict[str, Any]:
    """Will give the one tile set of a layer.

    template: where its tiles are, with ``{tileMatrix}``, ``{tileRow}`` and ``{tileCol}``.
    """
    layer = opened.layer
    names = [field for field in opened.fields if field.in_tiles]
    return {
        "title": str(layer.label),
        "dataType": "vector",
        "crs": crs.MERCATOR.uri,
        "tileMatrixSetURI": _SQUARE_URI,
        "tileMatrixSetLimits": [
            {
                "tileMatrix": str(zoom),
                "minTileRow": 0,
                "maxTileRow": 2**zoom - 1,
                "minTileCol": 0,
                "maxTileCol": 2**zoom - 1,
            }
            for zoom in range(layer.min_zoom, min(layer.max_zoom, _ZOOMS - 1) + 1)
        ],
        "layers": [
            {
                "id": layer.code,
                "dataType": "vector",
                "propertiesSchema": {
                    "type": "object",
                    "properties": {field.name: {"title": str(field.label)} for field in names},
                },
            }
        ],
        "links": [
            *at.selves(links.JSON),
            link(
                at.of("matrix-set", SQUARE),
                "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                links.JSON,
            ),
            link(template, "item", links.MVT, templated=True),
        ],
    }


def matrix_sets(at: Addresses) -> dict[str, Any]:
    """Will give the ways tiles are cut: one."""
    return {
        "links": at.selves(links.JSON),
        "tileMatrixSets": [
            {
                "id": SQUARE,
                "title": SQUARE,
                "uri": _SQUARE_URI,
                "crs": crs.MERCATOR.uri,
                "links": [link(at.of("matrix-set", SQUARE), "self", links.JSON)],
            }
        ],
    }


def matrix_set() -> dict[str, Any]:
    """Will give Web Mercator cut into squares of 256 pixels. Source: OGC 17-083r4 annex D.1."""
    matrices = []
    for zoom in range(_ZOOMS):
        count = 2**zoom
        size = 2 * _WIDEST / (256 * count)
        matrices.append(
            {
                "id": str(zoom),
                "scaleDenominator": size / _PIXEL_M,
                "cellSize": size,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-_WIDEST, _WIDEST],
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": count,
                "matrixHeight": count,
            }
        )
    return {
        "id": SQUARE,
        "title": SQUARE,
        "uri": _SQUARE_URI,
        "crs": crs.MERCATOR.uri,
        "orderedAxes": ["E", "N"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
    }


def _selves(at: Addresses, code: str) -> list[dict[str, Any]]:
    return [
        link(at.of("collection", code, f="json"), "self", links.JSON),
        link(at.of("collection", code, f="html"), "alternate", links.HTML),
    ]
