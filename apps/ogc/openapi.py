"""The OpenAPI 3.0 document: whole in itself, for this caller's layers.

The items of each layer stand under their own path with their queryables as parameters:
clients such as GDAL hand a condition on to the server only if they find it declared here.
Nothing in it refers to another document: a closed network could not load it.
Source: OGC 17-069r4 chapter 9.
"""

from typing import Any

from django.utils.translation import gettext as _

from apps.gateway.schema import PROBLEM_SCHEMA
from apps.ogc import crs, links, schemas
from apps.ogc.cql import JSON, TEXT
from apps.ogc.questions import DEFAULT_LIMIT, MOST_LIMIT
from apps.ogc.selectors import queryables
from apps.onemap.selectors import OpenLayer

_ITEM_PARAMETERS = (
    "limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs",
    "cursor", "before", "f",
)  # fmt: skip


def document(opened: list[OpenLayer], *, server: str) -> dict[str, Any]:
    """Will give the document. server: the address of the landing page, without the last slash."""
    paths = _plain_paths()
    for each in opened:
        paths |= _layer_paths(each)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": _("城市云脑空间数据服务"),
            "version": "1.0.0",
            "description": _("一张图的图层，按调用者的权限给出；要素和矢量瓦片。"),
        },
        "servers": [{"url": server}],
        "tags": [
            {"name": "service", "description": _("服务")},
            *({"name": each.code, "description": str(each.layer.label)} for each in opened),
        ],
        "security": [{}, {"ApiKey": []}, {"Session": []}],
        "paths": paths,
        "components": _components(),
    }


def _plain_paths() -> dict[str, Any]:
    return {
        "/": _get("landing", _("首页"), "service", _answer("Landing")),
        "/conformance": _get("conformance", _("符合的标准"), "service", _answer("Conformance")),
        "/api": _get("api", _("接口描述"), "service", _answer("Object", links.OPENAPI)),
        "/collections": _get("collections", _("图层列表"), "service", _answer("Collections")),
        "/tileMatrixSets": _get("matrixSets", _("瓦片网格列表"), "service", _answer("Object")),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            "matrixSet", _("瓦片网格"), "service", _answer("Object"), ["tileMatrixSetId"]
        ),
    }


def _layer_paths(opened: OpenLayer) -> dict[str, Any]:
    code = opened.code
    base, name = f"/collections/{code}", code.replace("-", "_")
    declared = [
        {
            "name": each.name,
            "in": "query",
            "required": False,
            "description": str(each.label),
            "schema": schemas.of_parameter(each),
            "style": "form",
            "explode": False,
        }
        for each in queryables(opened).values()
    ]
    items = _get(
        f"{name}.items", _("要素"), code, _answer("Features", links.GEOJSON), _ITEM_PARAMETERS
    )
    items["get"]["parameters"] += declared
    schema = _answer("Object", links.SCHEMA)
    tile = {"description": _("矢量瓦片"), "content": {links.MVT: {"schema": _BINARY}}}
    square = f"{base}/tiles/{{tileMatrixSetId}}"
    return {
        base: _get(f"{name}.collection", str(opened.layer.label), code, _answer("Collection")),
        f"{base}/queryables": _get(f"{name}.queryables", _("可查询字段"), code, schema),
        f"{base}/schema": _get(f"{name}.schema", _("字段"), code, schema),
        f"{base}/items": items,
        f"{base}/items/{{featureId}}": _get(
            f"{name}.item",
            _("一个要素"),
            code,
            _answer("Feature", links.GEOJSON),
            ["featureId", "crs", "f"],
        ),
        f"{base}/tiles": _get(f"{name}.tilesets", _("瓦片集列表"), code, _answer("Object")),
        square: _get(f"{name}.tileset", _("瓦片集"), code, _answer("Object"), ["tileMatrixSetId"]),
        f"{square}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _get(
            f"{name}.tile",
            _("瓦片"),
            code,
            tile,
            ["tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"],
        ),
    }


def _get(
    name: str, summary: str, tag: str, answer: dict[str, Any], parameters: Any = ("f",)
) -> dict[str, Any]:
    refused = {"$ref": "#/components/responses/Problem"}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": [tag],
            "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in parameters],
            "responses": {"200": answer, "400": refused, "404": refused, "default": refused},
        }
    }


def _answer(schema: str, media: str = links.JSON) -> dict[str, Any]:
    return {
        "description": schema,
        "content": {
            media: {"schema": {"$ref": f"#/components/schemas/{schema}"}},
            links.HTML: {"schema": {"type": "string"}},
        },
    }


_BINARY = {"type": "string", "format": "binary"}
_TEXT = {"type": "string"}
_OBJECT = {"type": "object", "additionalProperties": True}
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}


def _components() -> dict[str, Any]:
    return {
        "parameters": _parameters(),
        "schemas": _schemas(),
        "responses": {
            "Problem": {
                "description": _("拒绝及原因"),
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
        },
        "securitySchemes": {
            "ApiKey": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "Api-Key <prefix>.<secret>",
            },
            "Session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        },
    }


def _parameters() -> dict[str, Any]:
    systems = [each.uri for each in crs.ALL]
    system = {"type": "string", "format": "uri", "enum": systems, "default": crs.CRS84.uri}
    number = {"type": "integer", "minimum": 0}
    limit = {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_LIMIT,
        "default": DEFAULT_LIMIT,
    }
    corners = {
        "oneOf": [
            {"type": "array", "minItems": count, "maxItems": count, "items": {"type": "number"}}
            for count in (4, 6)
        ]
    }
    languages = {"type": "string", "enum": [TEXT, JSON], "default": TEXT}
    return {
        "f": _query("f", {"type": "string", "enum": ["json", "html"]}, _("答复格式")),
        "limit": _query("limit", limit, _("每页要素数")),
        "bbox": _query("bbox", corners, _("范围：西、南、东、北，按 bbox-crs 的坐标轴次序")),
        "bbox-crs": _query("bbox-crs", system, _("bbox 的坐标系")),
        "crs": _query("crs", system, _("答复的坐标系")),
        "datetime": _query("datetime", _TEXT, _("时刻、日期或时间段，RFC 3339")),
        "filter": _query("filter", _TEXT, _("CQL2 条件")),
        "filter-lang": _query("filter-lang", languages, _("条件的写法")),
        "filter-crs": _query("filter-crs", system, _("条件中几何的坐标系")),
        "cursor": _query("cursor", _TEXT, _("下一页的起点，取自 next 链接")),
        "before": _query("before", _TEXT, _("上一页的终点，取自 prev 链接")),
        "featureId": _path("featureId", _TEXT, _("要素编号")),
        "tileMatrixSetId": _path("tileMatrixSetId", _TEXT, _("瓦片网格")),
        "tileMatrix": _path("tileMatrix", number, _("级别")),
        "tileRow": _path("tileRow", number, _("行")),
        "tileCol": _path("tileCol", number, _("列")),
    }


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": text,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _path(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _schemas() -> dict[str, Any]:
    geometry = {
        "type": "object",
        "nullable": True,
        "required": ["type"],
        "properties": {"type": _TEXT, "coordinates": {"type": "array", "items": {}}},
    }
    feature = {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"oneOf": [_TEXT, {"type": "integer"}]},
            "geometry": geometry,
            "properties": {"type": "object", "nullable": True},
            "links": _LINKS,
        },
    }
    count = {"type": "integer", "minimum": 0}
    return {
        "Problem": PROBLEM_SCHEMA,
        "Object": _OBJECT,
        "Link": {
            "type": "object",
            "required": ["href", "rel"],
            "properties": dict.fromkeys(("href", "rel", "type", "title"), _TEXT),
        },
        "Landing": {
            "type": "object",
            "required": ["links"],
            "properties": {"title": _TEXT, "description": _TEXT, "links": _LINKS},
        },
        "Conformance": {
            "type": "object",
            "required": ["conformsTo"],
            "properties": {"conformsTo": {"type": "array", "items": _TEXT}},
        },
        "Collections": {
            "type": "object",
            "required": ["links", "collections"],
            "properties": {
                "links": _LINKS,
                "crs": {"type": "array", "items": _TEXT},
                "collections": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/Collection"},
                },
            },
        },
        "Collection": {
            "type": "object",
            "required": ["id", "links"],
            "properties": {
                **dict.fromkeys(("id", "title", "description", "itemType", "storageCrs"), _TEXT),
                "crs": {"type": "array", "items": _TEXT},
                "extent": _OBJECT,
                "links": _LINKS,
            },
        },
        "Features": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": {"type": "string", "enum": ["FeatureCollection"]},
                "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
                "links": _LINKS,
                "numberReturned": count,
                "numberMatched": count,
            },
        },
        "Feature": feature,
    }
