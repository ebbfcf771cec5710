"""The documents of the service, and the page of each."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request

from apps.common.errors import NotFound
from apps.ogc import documents, links, openapi, schemas
from apps.ogc.selectors import list_opened, open_for_reading, queryables
from apps.ogc.views.base import OgcView


class Landing(OgcView):
    """Where everything else is."""

    template = "ogc/landing.html"

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        return documents.landing(self.at)

    def page(self, request: Request, document: dict[str, Any], **named: str) -> dict[str, Any]:
        return {"address": self.at.of("landing"), "count": len(list_opened(request.user))}


class Conformance(OgcView):
    """Which parts of which standards are kept."""

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        return {"conformsTo": links.CONFORMS_TO, "links": self.at.selves(links.JSON)}

    def page(self, request: Request, document: dict[str, Any], **named: str) -> dict[str, Any]:
        return {"heading": _("符合的标准"), "lines": links.CONFORMS_TO}


class Api(OgcView):
    """The OpenAPI document of the layers this caller has."""

    template = "ogc/api.html"
    media = links.OPENAPI

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        server = self.at.of("landing").rstrip("/")
        return openapi.document(list_opened(request.user), server=server)

    def page(self, request: Request, document: dict[str, Any], **named: str) -> dict[str, Any]:
        operations = [
            (path, operation["get"]["summary"]) for path, operation in document["paths"].items()
        ]
        return {"operations": operations, "server": document["servers"][0]["url"]}


class Collections(OgcView):
    """The layers of this caller."""

    template = "ogc/collections.html"

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        return documents.collections(self.at, list_opened(request.user))


class Collection(OgcView):
    """One layer."""

    template = "ogc/collection.html"

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        return documents.collection(self.at, open_for_reading(request.user, named["code"]))

    def page(self, request: Request, document: dict[str, Any], **named: str) -> dict[str, Any]:
        opened = open_for_reading(request.user, named["code"])
        return {"opened": opened, "queryables": queryables(opened)}


class Queryables(OgcView):
    """What a layer may be filtered by."""

    media = links.SCHEMA

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        opened = open_for_reading(request.user, named["code"])
        address = self.at.of("queryables", named["code"])
        return schemas.queryables(opened, queryables(opened).values(), address)


class Schema(OgcView):
    """What the features of a layer carry."""

    media = links.SCHEMA

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        opened = open_for_reading(request.user, named["code"])
        return schemas.feature(opened, self.at.of("schema", named["code"]))


class MatrixSets(OgcView):
    """The ways tiles are cut."""

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        return documents.matrix_sets(self.at) | {"title": _("瓦片网格")}


class MatrixSet(OgcView):
    """One way tiles are cut."""

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        require_square(named["tms"])
        return documents.matrix_set()


class TileSets(OgcView):
    """The tile sets of a layer."""

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        opened = open_for_reading(request.user, named["code"])
        return documents.tilesets(self.at, opened) | {"title": str(opened.layer.label)}


class TileSet(OgcView):
    """One tile set of a layer."""

    def document(self, request: Request, **named: str) -> dict[str, Any]:
        require_square(named["tms"])
        opened = open_for_reading(request.user, named["code"])
        template = f"{self.at.of('tileset', named['code'], named['tms'])}"
        return documents.tileset(self.at, opened, template + "/{tileMatrix}/{tileRow}/{tileCol}")


def require_square(name: str) -> None:
    """Raises: NotFound (tiles are cut in one way only)."""
    if name != documents.SQUARE:
        raise NotFound(
            _("没有瓦片网格“%(name)s”，可用：%(known)s")
            % {"name": name[:60], "known": documents.SQUARE},
            field="tileMatrixSetId",
        )
