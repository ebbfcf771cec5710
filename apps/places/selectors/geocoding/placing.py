"""From a phrase to candidates: which things of the gazetteer, and where beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.places.address import (
    Between,
    Building,
    Crossing,
    Mark,
    Named,
    OnRoad,
    Part,
    Phrase,
)
from apps.places.enums import GazetteerKind
from apps.places.geometry import Point4326, distance_m, point
from apps.places.models import GazetteerEntry
from apps.places.selectors.areas import locate
from apps.places.selectors.geocoding.candidates import CONFIDENCE, Candidate, of_entry
from apps.places.selectors.geocoding.lines import RoadLine, road_line
from apps.places.selectors.geocoding.names import Meant

JUNCTION_REACH_M = 60
FARTHEST_NEIGHBOURS_M = 400  # between which an unregistered door number is computed
MOST_MEANT = 6
COMPUTED = 0.8  # confidence of a door number computed from its neighbours


@dataclass
class Placer:
    """Places the phrases of one text. meant: entries by position of the part naming them.

    plates: of the text's full door plates, by road and number. Roads' lines are read once.
    """

    parts: Sequence[Part]
    meant: dict[int, list[Meant]]
    plates: dict[tuple[int | None, int | None], GazetteerEntry] = field(default_factory=dict)
    _lines: dict[int, RoadLine | None] = field(default_factory=dict)

    @singledispatchmethod
    def place(self, phrase: Phrase) -> list[Candidate]:
        """Will give the candidates of a phrase; none if nothing of the kind is known."""
        raise TypeError(type(phrase).__name__)

    def line_of(self, entry_id: int) -> RoadLine | None:
        """Will give the line of a road; None where it has none."""
        if entry_id not in self._lines:
            # Whoever asks for one road will ask for the others of the text.
            roads = {i for index in self.meant for i in self._road_ids(index)} | {entry_id}
            shapes = GazetteerEntry.objects.filter(pk__in=roads).values_list("pk", "geometry")
            self._lines |= {pk: road_line(shape) for pk, shape in shapes}
        return self._lines.get(entry_id)

    def _road_ids(self, index: int) -> list[int]:
        return [m.entry.pk for m in self._of(index, GazetteerKind.ROAD)]

    def roads_of(self, phrase: Phrase) -> list[GazetteerEntry]:
        """Will give the roads a phrase stands on, for walks along them."""
        match phrase:
            case OnRoad(road=road) | Mark(road=road) | Named(name=road):
                named = [road]
            case Crossing(one=one, other=other):
                named = [one, other]
            case _:
                named = []
        return [m.entry for index in named for m in self._of(index, GazetteerKind.ROAD)]

    def _of(self, index: int, *kinds: GazetteerKind) -> list[Meant]:
        found = self.meant.get(index, [])
        return [m for m in found if not kinds or m.entry.kind in kinds][:MOST_MEANT]

    def _shade(self, candidate: Candidate, index: int, meant: Meant) -> Candidate:
        """Will lower what rests on a name spelt otherwise."""
        if meant.likeness == 1:
            return candidate
        step = _("“%(said)s”按相近的“%(name)s”理解") % {
            "said": self.parts[index].text,
            "name": meant.entry.name,
        }
        return candidate.then(step, times=meant.likeness)

    @place.register
    def _named(self, phrase: Named) -> list[Candidate]:
        return [
            self._shade(of_entry(m.entry, phrase.used), phrase.name, m)
            for m in self._of(phrase.name)
        ]

    @place.register
    def _on_road(self, phrase: OnRoad) -> list[Candidate]:
        part = self.parts[phrase.number]
        number, found = int(part.number or 0), []
        for m in self._of(phrase.road, GazetteerKind.ROAD, GazetteerKind.ESTATE):
            candidate = self._door(m.entry, number)
            if candidate is not None and part.until is not None:
                candidate = self._row(m.entry, candidate, part.until)
            if candidate is not None:
                if len(phrase.used) > 2:
                    candidate = candidate.then(
                        _("附号“%(extra)s”未单独登记，取主门牌")
                        % {"extra": self.parts[phrase.used[2]].text},
                        times=0.98,
                    )
                found.append(self._shade(replace(candidate, used=phrase.used), phrase.road, m))
        return found

    def _door(self, road: GazetteerEntry, number: int) -> Candidate | None:
        """The place of a door number: its plate, or between the nearest plates of its side."""
        if (plate := self.plates.get((road.pk, number))) is not None:
            return of_entry(plate)
        below, above = neighbours(road.pk, number)
        if below is not None and below.house_number == number:
            return of_entry(below)
        if below is None or above is None or below.house_number is None:
            return None
        gap_m = distance_m(below.point, above.point)
        if gap_m > FARTHEST_NEIGHBOURS_M or above.house_number is None:
            return None
        share = (number - below.house_number) / (above.house_number - below.house_number)
        here = point(
            below.point.x + share * (above.point.x - below.point.x),
            below.point.y + share * (above.point.y - below.point.y),
        )
        step = _("门牌未登记，按%(below)d号与%(above)d号之间推算") % {
            "below": below.house_number,
            "above": above.house_number,
        }
        return Candidate(
            f"{road.name}{number}号",
            here,
            locate(here),
            COMPUTED,
            GazetteerKind.NUMBER.value,
            (step,),
            precision_m=max(20.0, gap_m / 3),
        )

    def _row(self, road: GazetteerEntry, first: Candidate, until: int) -> Candidate:
        last = self._door(road, until)
        if last is None or distance_m(first.point, last.point) > FARTHEST_NEIGHBOURS_M:
            return first.then(_("号段末尾%(number)d号未登记") % {"number": until}, times=0.9)
        here = _middle(first.point, last.point)
        return replace(
            first,
            label=f"{first.label.removesuffix('号')}-{until}号",
            point=here,
            area=locate(here),
            entry_id=None,
            precision_m=20 + distance_m(first.point, last.point) / 2,
        ).then(_("取号段中点"), times=0.97)

    @place.register
    def _building(self, phrase: Building) -> list[Candidate]:
        number, found = int(self.parts[phrase.building].number or 0), []
        for m in self._of(phrase.place):
            held = GazetteerEntry.objects.filter(
                parent=m.entry,
                kind=GazetteerKind.BUILDING,
                house_number=number,
                closed_at=None,
            ).select_related("area__level")
            for entry in held[:3]:
                exact = self._unit(phrase, entry) or entry
                found.append(self._shade(of_entry(exact, phrase.used), phrase.place, m))
        return found

    def _unit(self, phrase: Building, building: GazetteerEntry) -> GazetteerEntry | None:
        if phrase.unit is None:
            return None
        return (
            GazetteerEntry.objects.filter(
                parent=building,
                kind=GazetteerKind.UNIT,
                house_number=int(self.parts[phrase.unit].number or 0),
                closed_at=None,
            )
            .select_related("area__level")
            .first()
        )

    @place.register
    def _crossing(self, phrase: Crossing) -> list[Candidate]:
        found = []
        for a in self._of(phrase.one, GazetteerKind.ROAD):
            for b in self._of(phrase.other, GazetteerKind.ROAD):
                here = self._meeting(a.entry, b.entry)
                if here is None:
                    continue
                candidate = Candidate(
                    _("%(one)s与%(other)s路口") % {"one": a.entry.name, "other": b.entry.name},
                    here,
                    locate(here),
                    CONFIDENCE[GazetteerKind.JUNCTION],
                    GazetteerKind.JUNCTION.value,
                    (_("按两条道路的交点推算"),),
                    precision_m=20,
                    used=phrase.used,
                )
                shaded = self._shade(candidate, phrase.one, a)
                found.append(self._shade(shaded, phrase.other, b))
        return found

    def _meeting(self, a: GazetteerEntry, b: GazetteerEntry) -> Point4326 | None:
        """Where two roads cross; or where they all but do, as careless maps have it."""
        one, other = self.line_of(a.pk), self.line_of(b.pk)
        if one is None or other is None or a.pk == b.pk:
            return None
        return one.meeting(other, JUNCTION_REACH_M)

    @place.register
    def _between(self, phrase: Between) -> list[Candidate]:
        if phrase.road is not None:
            return list(self._stretches(phrase))
        return [
            self._middle_of(a, b, phrase)
            for a in self._of(phrase.one)[:2]
            for b in self._of(phrase.other)[:2]
            if 0 < distance_m(a.entry.point, b.entry.point) < 2000
        ]

    def _stretches(self, phrase: Between) -> Iterator[Candidate]:
        assert phrase.road is not None
        for m in self._of(phrase.road, GazetteerKind.ROAD):
            line = self.line_of(m.entry.pk)
            ends = [self._foot(m.entry, line, i) for i in (phrase.one, phrase.other)]
            if line is None or ends[0] is None or ends[1] is None:
                continue
            long = abs(ends[0] - ends[1])
            here = line.at((ends[0] + ends[1]) / 2)
            names = [self.parts[i].text for i in (phrase.one, phrase.other)]
            step = _("取%(road)s上“%(one)s”与“%(other)s”之间约 %(long)d 米路段的中点") % {
                "road": m.entry.name,
                "one": names[0],
                "other": names[1],
                "long": round(long),
            }
            label = _("%(road)s（%(one)s至%(other)s段）") % {
                "road": m.entry.name,
                "one": names[0],
                "other": names[1],
            }
            candidate = Candidate(
                label,
                here,
                locate(here),
                0.88 if long < 600 else 0.7,
                GazetteerKind.ROAD.value,
                (step,),
                precision_m=max(30.0, long / 2),
                used=phrase.used,
            )
            yield self._shade(candidate, phrase.road, m)

    def _foot(self, road: GazetteerEntry, line: RoadLine | None, index: int) -> float | None:
        """Where on a road the thing named lies: its crossing, or the foot of a place."""
        if line is None:
            return None
        for m in self._of(index):
            if m.entry.kind != GazetteerKind.ROAD:
                near = line.distance_m(m.entry.point) < FARTHEST_NEIGHBOURS_M
                if near:
                    return line.position(m.entry.point)
                continue
            here = self._meeting(road, m.entry)
            if here is not None:
                return line.position(here)
        return None

    def _middle_of(self, a: Meant, b: Meant, phrase: Between) -> Candidate:
        here = _middle(a.entry.point, b.entry.point)
        long = distance_m(a.entry.point, b.entry.point)
        names = {"one": a.entry.name, "other": b.entry.name}
        are_roads = GazetteerKind.ROAD in {a.entry.kind, b.entry.kind}
        candidate = Candidate(
            _("%(one)s与%(other)s之间") % names,
            here,
            locate(here),
            0.3 if are_roads else (0.85 if long < 400 else 0.6),
            GazetteerKind.POI.value,
            (
                _("取“%(one)s”与“%(other)s”的中点，两处相距约 %(long)d 米")
                % (names | {"long": round(long)}),
            ),
            precision_m=max(50.0, long / 2),
            used=phrase.used,
        )
        return self._shade(self._shade(candidate, phrase.one, a), phrase.other, b)

    @place.register
    def _mark(self, phrase: Mark) -> list[Candidate]:
        metres, found = self.parts[phrase.mark].number or 0.0, []
        for m in self._of(phrase.road, GazetteerKind.ROAD):
            line = self.line_of(m.entry.pk)
            if line is None or metres > line.length_m:
                continue
            here = line.at(metres)
            mark = f"K{int(metres) // 1000}+{int(metres) % 1000:03d}"
            candidate = Candidate(
                f"{m.entry.name} {mark}",
                here,
                locate(here),
                0.75,
                GazetteerKind.ROAD.value,
                (_("从道路登记的起点起算 %(metres)d 米") % {"metres": round(metres)},),
                precision_m=100,
                used=phrase.used,
            )
            found.append(self._shade(candidate, phrase.road, m))
        return found

    def pole(self, index: int) -> list[Candidate]:
        """Will place a lamp post by its number, on the roads named before it if any are."""
        number = self.parts[index].number
        roads = [m.entry for i in range(index) for m in self._of(i, GazetteerKind.ROAD)]
        if number is None:
            return []
        on = Q(parent__in=roads) if roads else Q(name=self.parts[index].text)
        held = GazetteerEntry.objects.filter(
            on, kind=GazetteerKind.POLE, house_number=int(number), closed_at=None
        ).select_related("area__level")
        return [of_entry(entry, (index,)) for entry in held[:3]]


def neighbours(road_id: int, number: int) -> tuple[GazetteerEntry | None, GazetteerEntry | None]:
    """Will give the plates at or next to a number, below and above, on its side of the road."""
    plates = (
        GazetteerEntry.objects.filter(parent_id=road_id, kind=GazetteerKind.NUMBER, closed_at=None)
        .extra(where=["house_number %% 2 = %s"], params=[number % 2])
        .select_related("area__level")
        .defer("geometry", "area__boundary")
    )
    below = plates.filter(house_number__lte=number).order_by("-house_number").first()
    if below is not None and below.house_number == number:
        return below, None
    return below, plates.filter(house_number__gt=number).order_by("house_number").first()


def _middle(a: Point4326, b: Point4326) -> Point4326:
    return point((a.x + b.x) / 2, (a.y + b.y) / 2)
