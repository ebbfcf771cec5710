"""Features of a layer: a page of them, and one."""

import json
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, QueryDict
from rest_framework.request import Request

from apps.ogc import links, questions, services
from apps.ogc.crs import CRS84
from apps.ogc.links import link
from apps.ogc.selectors import (
    Feature,
    Page,
    get_feature,
    open_for_reading,
    queryables,
    read_page,
)
from apps.ogc.views.base import OgcView
from apps.onemap.selectors import OpenLayer

#: Rows of a page for people, unless they say otherwise.
_SHOWN = 25


class Items(OgcView):
    """A page of features."""

    template = "ogc/items.html"
    media = links.GEOJSON

    def get(self, request: Request, **named: str) -> HttpResponse:
        shown = self.shown
        opened = open_for_reading(request.user, named["code"])
        fields = queryables(opened)
        asked = request.query_params if shown == "json" else _filled(request.query_params)
        question = questions.read(asked, fields, opened.layer.geometry_field)
        if shown == "html" and "limit" not in asked:
            question = replace(question, limit=_SHOWN)
        page = read_page(opened, question)
        services.note_bulk_read(
            self.actor, opened, matched=page.matched, asked=self.plain.GET.urlencode()
        )
        if shown == "html":
            return self._page(opened, page, is_narrowed=question.is_narrowed)
        linked = self._links(opened, page)
        return self.as_json(
            _collection_text(page, linked),
            **{"Content-Crs": f"<{question.crs.uri}>", "Link": links.header(linked)},
        )

    def _links(self, opened: OpenLayer, page: Page) -> list[dict[str, Any]]:
        found = [
            *self.at.selves(links.GEOJSON),
            link(self.at.of("collection", opened.code, f="json"), "collection", links.JSON),
        ]
        if page.cursor:
            address = self.at.here(cursor=page.cursor, before="")
            found.append(link(address, "next", links.GEOJSON))
        if page.before:
            address = self.at.here(before=page.before, cursor="")
            found.append(link(address, "prev", links.GEOJSON))
        return found

    def _page(self, opened: OpenLayer, page: Page, *, is_narrowed: bool) -> HttpResponse:
        given = self.plain.GET
        return self.as_page(
            None,
            opened=opened,
            heading=str(opened.layer.label),
            fields=opened.fields,
            rows=[(each.id, _shown(opened, each)) for each in page.features],
            matched=page.matched,
            is_narrowed=is_narrowed,
            filters=[(f, given.get(f.name, "")) for f in queryables(opened).values()],
            given={"bbox": given.get("bbox", ""), "filter": given.get("filter", "")},
            first_url=self.at.here(cursor="", before="") if page.before else "",
            previous_url=self.at.here(before=page.before, cursor="") if page.before else "",
            next_url=self.at.here(cursor=page.cursor, before="") if page.cursor else "",
            # The map is drawn in degrees, whatever the table shows, and of this very page.
            map_url=self.at.here(f="json", crs="", limit=str(len(page.features) or 1)),
        )


class Item(OgcView):
    """One feature."""

    template = "ogc/item.html"
    media = links.GEOJSON

    def get(self, request: Request, **named: str) -> HttpResponse:
        shown = self.shown
        opened = open_for_reading(request.user, named["code"])
        system = questions.read_one(request.query_params)
        found = get_feature(opened, named["feature_id"], CRS84 if shown == "html" else system)
        if shown == "html":
            detail = opened.layer.detail_url
            return self.as_page(
                None,
                opened=opened,
                heading=f"{opened.layer.label} {found.id}",
                rows=_shown(opened, found),
                has_place=found.geometry is not None,
                detail_url=_detail(detail, found) if request.user.is_authenticated else "",
                map_url=self.at.here(f="json", crs=""),
            )
        linked = [
            *self.at.selves(links.GEOJSON),
            link(self.at.of("collection", opened.code, f="json"), "collection", links.JSON),
        ]
        text = f'{found.text[:-1]},"links":{json.dumps(linked, ensure_ascii=False)}}}'
        return self.as_json(
            text, **{"Content-Crs": f"<{system.uri}>", "Link": links.header(linked)}
        )


def _filled(query: QueryDict) -> QueryDict:
    """Gives what a form sent, without the inputs nobody filled in."""
    found = query.copy()
    for name in [name for name, said in query.items() if not said]:
        del found[name]
    return found


def _collection_text(page: Page, linked: list[dict[str, Any]]) -> str:
    """Gives the collection as text: geometries come from the database as they are written."""
    matched = "" if page.matched is None else f'"numberMatched":{page.matched},'
    return (
        f'{{"type":"FeatureCollection",{matched}"numberReturned":{len(page.features)},'
        f'"links":{json.dumps(linked, ensure_ascii=False)},'
        f'"features":[{",".join(each.text for each in page.features)}]}}'
    )


def _shown(opened: OpenLayer, feature: Feature) -> list[tuple[str, Any]]:
    """Gives label and value of every field, coded values in words."""
    found = []
    for field in opened.fields:
        value = feature.properties[field.name]
        words = field.choices.get(value, value) if isinstance(value, str) else value
        found.append((str(field.label), words))
    return found


def _detail(pattern: str, feature: Feature) -> str:
    if not pattern:
        return ""
    known = {"id": feature.id, **feature.properties}
    try:
        return pattern.format_map(known)
    except KeyError:  # the field it names is not among those this reader has
        return ""
