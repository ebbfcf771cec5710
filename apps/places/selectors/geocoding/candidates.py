"""A place words may mean, and how sure one may be of each kind."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from apps.common.phrases import clauses
from apps.places.enums import GazetteerKind
from apps.places.geometry import Point4326
from apps.places.models import Area, GazetteerEntry

CONFIDENCE: dict[str, float] = {
    GazetteerKind.UNIT: 0.97,
    GazetteerKind.BUILDING: 0.97,
    GazetteerKind.NUMBER: 0.95,
    GazetteerKind.POLE: 0.95,
    GazetteerKind.JUNCTION: 0.92,
    GazetteerKind.POI: 0.9,
    GazetteerKind.STOP: 0.86,
    GazetteerKind.ESTATE: 0.85,
    GazetteerKind.ROAD: 0.5,
}
# How far the thing meant usually is from the point kept for it, in metres.
PRECISION_M: dict[str, float] = {
    GazetteerKind.UNIT: 10,
    GazetteerKind.BUILDING: 20,
    GazetteerKind.NUMBER: 20,
    GazetteerKind.POLE: 5,
    GazetteerKind.JUNCTION: 20,
    GazetteerKind.POI: 50,
    GazetteerKind.STOP: 20,
    GazetteerKind.ESTATE: 100,
    GazetteerKind.ROAD: 1000,
}


@dataclass(frozen=True)
class Candidate:
    """A place the words may mean.

    confidence: 0 to 1. confidence_class: a kind of the gazetteer or the code of an area's
    level. precision_m: how far off it may be if it is the right one. used: positions of the
    parts of the text it rests on. steps: how it was found, each a clause.
    """

    label: str
    point: Point4326
    area: Area | None
    confidence: float
    confidence_class: str
    steps: tuple[str, ...]
    entry_id: int | None = None
    precision_m: float = 50.0
    used: tuple[int, ...] = ()

    @property
    def reason(self) -> str:
        """One sentence that says why."""
        return clauses(self.steps)

    def then(self, step: str, *, times: float = 1.0, used: tuple[int, ...] = ()) -> "Candidate":
        """Will give the candidate with one step more, its confidence changed by a factor."""
        return replace(
            self,
            steps=(*self.steps, step),
            confidence=self.confidence * times,
            used=tuple(sorted({*self.used, *used})),
        )


def of_entry(entry: GazetteerEntry, used: tuple[int, ...] = ()) -> Candidate:
    """Will give an entry of the gazetteer as it stands there."""
    kind = GazetteerKind(entry.kind)
    return Candidate(
        label=entry.name,
        point=entry.point,
        area=entry.area,
        confidence=CONFIDENCE.get(kind, 0.4),
        confidence_class=entry.kind,
        steps=(_("按%(kind)s“%(name)s”匹配") % {"kind": kind.label, "name": entry.name},),
        entry_id=entry.pk,
        precision_m=PRECISION_M.get(kind, 200),
        used=used,
    )
