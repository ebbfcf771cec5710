"""The page that shows how a text about a place is understood, step by step."""

from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.places import selectors
from apps.places.address import Reading
from apps.places.enums import PartKind
from apps.places.forms import TryForm
from apps.places.geometry import point


@login_required
@require_GET
def address_try(request: HttpRequest) -> HttpResponse:
    """Understand a text: its parts, the places it may mean and why; or describe a point."""
    form = TryForm(request.GET or None)
    top = selectors.list_areas().first()
    center = f"{top.center.x:.6f},{top.center.y:.6f}" if top and top.center else ""
    context: dict[str, object] = {"form": form, "center": center}
    if form.is_valid():
        data = form.cleaned_data
        if text := data["q"].strip():
            found = selectors.understand(text)
            best = found.candidates[0] if found.candidates else None
            used = best.used if best is not None else ()
            context |= {
                "asked": text,
                "asked_query": quote(text),
                "pieces": pieces(found.reading, used),
                "candidates": found.candidates,
                "is_sure": found.is_sure,
                "first_point": f"{best.point.x:.7f},{best.point.y:.7f}" if best else "",
            }
        if data["lon"] is not None and data["lat"] is not None:
            here = selectors.describe(point(data["lon"], data["lat"]))
            context |= {"here": here}
    return render(request, "places/address_try.html", context)


@login_required
@require_GET
def address_points(request: HttpRequest) -> JsonResponse:
    """The places a text may mean as GeoJSON, for the map of the page."""
    form = TryForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [c.point.x, c.point.y]},
            "properties": {"label": f"{number}. {c.label}"},
        }
        for number, c in enumerate(selectors.geocode(text), start=1)
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def pieces(reading: Reading, used: tuple[int, ...]) -> list[dict[str, object]]:
    """Will give the text piece by piece, what no part stands for included, in order."""
    found: list[dict[str, object]] = []
    done = 0
    for index, part in enumerate(reading.parts):
        if part.start > done:
            found.append({"text": reading.text[done : part.start], "kind": "gap"})
        label = PartKind(part.kind).label
        is_used = index in used
        found.append(
            {"text": part.text, "kind": part.kind.value, "label": label, "is_used": is_used}
        )
        done = max(done, part.end)
    if done < len(reading.text):
        found.append({"text": reading.text[done:], "kind": "gap"})
    return found
