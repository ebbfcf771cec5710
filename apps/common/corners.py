"""Lines and outlines in a form: put on a map by static/places/js/corners.js, or typed."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib.gis.geos import GEOSException, LineString, MultiPolygon, Polygon
from django.utils.translation import gettext_lazy as _


class CornersField(forms.CharField):
    """A line or an outline as a list of corners, a "lon,lat" per line; the map fills it too.

    is_closed: the corners go around a surface. Gives a LineString or Polygon of SRID 4326,
    None where nothing need be given and nothing is.
    """

    default_error_messages = {
        "corners": _("每行写一个点：经度,纬度"),
        "few": _("至少需要 %(least)d 个点"),
        "many": _("点数不能超过 %(most)d 个"),
    }
    MOST = 2000

    def __init__(self, *, is_closed: bool = False, **given: Any) -> None:
        self.is_closed = is_closed
        given.setdefault("widget", forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}))
        given.setdefault("help_text", _("在地图上点选，或每行写一个点：经度,纬度"))
        super().__init__(**given)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        corners = [self._corner(line) for line in text.splitlines() if line.strip()]
        if not corners and not self.required:
            return None
        least = 3 if self.is_closed else 2
        if len(corners) < least:
            raise forms.ValidationError(self.error_messages["few"] % {"least": least})
        if len(corners) > self.MOST:
            raise forms.ValidationError(self.error_messages["many"] % {"most": self.MOST})
        if self.is_closed and corners[0] != corners[-1]:
            corners.append(corners[0])
        try:
            return Polygon(corners, srid=4326) if self.is_closed else LineString(corners, srid=4326)
        except (GEOSException, ValueError) as error:
            raise forms.ValidationError(self.error_messages["corners"]) from error

    def _corner(self, line: str) -> tuple[float, float]:
        try:
            lon, lat = (float(part) for part in line.replace("，", ",").split(","))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["corners"]) from error
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise forms.ValidationError(self.error_messages["corners"])
        return lon, lat


def corners_of(shape: MultiPolygon | None) -> str:
    """Will give the outer corners of the largest part as ``CornersField`` takes them."""
    if shape is None:
        return ""
    rings = max(shape.coords, key=lambda part: Polygon(part[0]).area)
    return _written(rings[0][:-1])


def corners_along(line: LineString | None) -> str:
    """Will give the corners of a line as ``CornersField`` takes them."""
    return _written(line.coords) if line is not None else ""


def _written(corners: Iterable[Sequence[float]]) -> str:
    return "\n".join(f"{corner[0]:.7f},{corner[1]:.7f}" for corner in corners)
