"""How the areas named, the caller's area and rival readings change how sure one may be."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.places.geometry import distance_m, point
from apps.places.models import Area
from apps.places.selectors.geocoding.candidates import Candidate

AREA_CONFIDENCE = {1: 0.05, 2: 0.15, 3: 0.25, 4: 0.4}  # by depth of the level
CELL_CONFIDENCE = 0.9
CONTRADICTED = 0.5
OFF_PRIOR = 0.85
BESIDE_STRANGE = 0.8
SAME_PLACE_M = 30.0
AS_LIKELY = 0.02
NamedArea = tuple[int, Area]


def area_candidates(areas: Sequence[NamedArea]) -> list[Candidate]:
    """Will give the areas named in the text as places of their own, for want of better ones."""
    found = []
    for index, area in areas:
        depth = area.level.depth
        confidence = CELL_CONFIDENCE if area.level.is_cell else AREA_CONFIDENCE.get(depth, 0.1)
        reason = _("只认出%(level)s“%(name)s”") % {"level": area.level.name, "name": area.name}
        found.append(
            Candidate(
                area.name,
                area.center or point(0, 0),
                area,
                confidence,
                area.level.code,
                (reason,),
                precision_m=60 if area.level.is_cell else 12_000 / 2**depth,
                used=(index,),
            )
        )
    return found


def weighed(
    candidate: Candidate, areas: Sequence[NamedArea], prior: list[str], strange: Sequence[int]
) -> Candidate:
    """Will lower what contradicts the areas named, lies off the prior, leaves names unread."""
    path = candidate.area.path if candidate.area else ""
    agreeing: list[NamedArea] = []
    against: list[NamedArea] = []
    for index, area in areas:
        if area.level.depth < 2 or index in candidate.used:
            continue
        agrees = path.startswith(area.path) or area.path.startswith(path)
        if not agrees:
            against.append((index, area))
        elif path:
            agreeing.append((index, area))
    if against:
        names = {"area": against[0][1].name}
        step = _("但不在文中所说的“%(area)s”") % names
        candidate = candidate.then(step, times=CONTRADICTED)
    elif agreeing:
        names = {"area": agreeing[0][1].name}
        step = _("与文中的“%(area)s”一致") % names
        candidate = candidate.then(step, used=tuple(index for index, _area in agreeing))
    if prior and not any(path.startswith(p) for p in prior):
        candidate = candidate.then(_("不在所选区域内"), times=OFF_PRIOR)
    if strange:
        candidate = candidate.then(_("文中另有未识别的名称"), times=BESIDE_STRANGE)
    return candidate


def distinct(ranked: Sequence[Candidate]) -> list[Candidate]:
    """One candidate per label and place; equals of different places share their confidence."""
    kept: list[Candidate] = []
    for candidate in ranked:
        twin = any(
            k.label == candidate.label and distance_m(k.point, candidate.point) < SAME_PLACE_M
            for k in kept
        )
        if not twin:
            kept.append(candidate)
    if not kept:
        return kept
    best = kept[0]
    rivals = [
        c
        for c in kept
        if c.confidence > best.confidence - AS_LIKELY
        and distance_m(c.point, best.point) >= SAME_PLACE_M
    ]
    if not rivals:
        return kept
    # Two equally good readings: at most one is right, and nobody may be sure of either.
    share = 1 / (len(rivals) + 1)
    note = _("另有同样可能的地点")
    return [
        c.then(note, times=share) if c.confidence > best.confidence - AS_LIKELY else c for c in kept
    ]
