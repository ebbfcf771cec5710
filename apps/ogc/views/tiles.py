"""Tiles of a layer for clients of the standard; drawn by ``onemap.tiles`` as for the map."""

from django.http import HttpResponse
from rest_framework.request import Request

from apps.ogc.views.base import OgcView
from apps.ogc.views.documents import require_square
from apps.onemap.tiles.views import answer_tile


class TileView(OgcView):
    """One vector tile. The address has the row before the column, as the standard does."""

    def get(self, request: Request, **named: str) -> HttpResponse:
        require_square(named["tms"])
        return answer_tile(
            self.plain, request.user, named["code"], named["zoom"], named["column"], named["row"]
        )

    def _wants_page(self) -> bool:
        return False
