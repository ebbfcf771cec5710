"""Links between the documents of the service, and what it conforms to."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

JSON, HTML, GEOJSON = "application/json", "text/html", "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
MVT = "application/vnd.mapbox-vector-tile"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
QUERYABLES, DATA, CONFORMANCE = f"{_REL}queryables", "data", "conformance"
TILING, TILESETS = f"{_REL}tiling-schemes", f"{_REL}tilesets-vector"
_SPEC = "http://www.opengis.net/spec/"

CONFORMS_TO = [
    f"{_SPEC}{name}"
    for name in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-1/1.0/conf/html",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-3/1.0/conf/queryables",
        "ogcapi-features-3/1.0/conf/queryables-query-parameters",
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/features-filter",
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/cql2-json",
        "cql2/1.0/conf/basic-cql2",
        "cql2/1.0/conf/advanced-comparison-operators",
        "cql2/1.0/conf/case-insensitive-comparison",
        "cql2/1.0/conf/basic-spatial-functions",
        "cql2/1.0/conf/spatial-functions",
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-tiles-1/1.0/conf/tileset",
        "ogcapi-tiles-1/1.0/conf/tilesets-list",
        "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
        "ogcapi-tiles-1/1.0/conf/mvt",
        "ogcapi-tiles-1/1.0/conf/oas30",
        "tms/2.0/conf/tilematrixset",
        "tms/2.0/conf/json-tilematrixset",
    )
]


class Addresses:
    """The addresses of the service as this caller reaches it, written out whole."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def of(self, name: str, *args: Any, **query: str) -> str:
        """Will give the address of a document by its name in ``ogc.urls``."""
        path = reverse(f"ogc:{name}", args=args)
        return self._request.build_absolute_uri(f"{path}?{urlencode(query)}" if query else path)

    def here(self, **changes: str) -> str:
        """Will give the address of this request with some parameters set; "" takes one out."""
        query = self._request.GET.copy()
        for name, value in changes.items():
            if value:
                query[name] = value
            else:
                query.pop(name, None)
        path = self._request.path
        return self._request.build_absolute_uri(f"{path}?{query.urlencode()}" if query else path)

    def selves(self, kind: str, *, shown: str = "json") -> list[dict[str, str]]:
        """Will link this document to itself and to its other format.

        kind: the media type of what machines read; shown: the format being answered.
        """
        found = []
        for form, media in (("json", kind), ("html", HTML)):
            rel = "self" if form == shown else "alternate"
            found.append(link(self.here(f=form), rel, media, form.upper()))
        return found


def link(href: str, rel: str, media: str, title: object = "", **more: Any) -> dict[str, Any]:
    """Will give one link as documents carry it."""
    named = {"title": str(title)} if title else {}
    return {"href": href, "rel": rel, "type": media} | named | more


def header(links: list[dict[str, Any]]) -> str:
    """Will give links as the ``Link`` header carries them. Source: RFC 8288."""
    return ", ".join(
        f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"'
        for each in links
        if "{" not in each["href"]
    )
