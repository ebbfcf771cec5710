"""How cases belong together, as one viewer may see it: the graph, and the strip of a case."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.matters.definition import definition_of
from apps.matters.enums import LinkKind, PartState
from apps.matters.joining import ENDED
from apps.matters.models import Case, CaseLink, Split, SplitPart
from apps.matters.selectors.visible import visible_cases
from apps.matters.splitting import SOURCE_PREFIX

MAX_CASES = 120
#: From the left to the right of the picture: a parent stands before its parts.
_BACKWARD = (LinkKind.PARENT, LinkKind.TRIGGERED_BY)


@dataclass(frozen=True)
class Relative:
    """One case of the graph. column: 0 for the case asked about, less is nearer the beginning."""

    case: Case
    state_label: str
    column: int
    part: SplitPart | None


@dataclass(frozen=True)
class Family:
    """hidden: linked cases the viewer may not see. is_cut: more than fit in one picture."""

    relatives: list[Relative]
    links: list[CaseLink]
    hidden: int
    is_cut: bool


@dataclass(frozen=True)
class RollUp:
    """How the parts of one split stand.

    counts: by ``PartState``. labels: the states of the opened parts as their matters call
    them, by case; for those the viewer may see.
    """

    split: Split
    parts: list[SplitPart]
    counts: dict[str, int]
    labels: dict[int, str]

    @property
    def total(self) -> int:
        return len(self.parts)

    @property
    def ended(self) -> int:
        return sum(self.counts.get(state, 0) for state in ENDED)

    @property
    def done(self) -> int:
        return self.counts.get(PartState.DONE, 0)


@dataclass(frozen=True)
class Strip:
    """What a case page says of parent and parts. seen: keys of the cases the viewer may open."""

    part: SplitPart | None
    splits: list[RollUp]
    seen: frozenset[int] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return self.part is not None or bool(self.splits)


def strip_of(viewer: User, case: Case) -> Strip:
    """Will give parent and parts of a case; no query for a case that has neither."""
    part = None
    if (case.source_key or "").startswith(SOURCE_PREFIX):
        part = (
            SplitPart.objects.select_related("split__parent", "unit")
            .defer("split__parent__search")
            .filter(case=case)
            .first()
        )
    definition = definition_of(case.version_id, case.version.body)
    splits = roll_up(case) if definition.splits else []
    wanted = [p.case_id for found in splits for p in found.parts if p.case_id]
    wanted += [part.split.parent_id] if part is not None else []
    if not wanted:
        return Strip(part, splits)
    seen = visible_cases(viewer).filter(pk__in=wanted).values_list("pk", flat=True)
    return Strip(part, splits, frozenset(seen))


def roll_up(case: Case) -> list[RollUp]:
    """Will give the splits of a case, newest first, with how their parts stand."""
    found = []
    for split in Split.objects.filter(parent=case).order_by("-id"):
        parts = list(_parts().filter(split=split).order_by("order", "number"))
        labels = {part.case.pk: _state_label(part.case) for part in parts if part.case}
        found.append(RollUp(split, parts, dict(Counter(part.state for part in parts)), labels))
    return found


def _state_label(case: Case) -> str:
    return definition_of(case.version_id, case.version.body).state(case.state).label


def family_of(viewer: User, case: Case) -> Family:
    """Will give every case linked to this one, over any number of links, as far as visible.

    Goes on from visible cases only, so that nothing shows through a case one may not see; at
    most 120 cases, one small set of queries per step.
    """
    columns, frontier = {case.pk: 0}, [case.pk]
    links: dict[int, CaseLink] = {}
    hidden: set[int] = set()
    is_cut = False
    while frontier and not is_cut:
        found = list(
            CaseLink.objects.filter(Q(source_id__in=frontier) | Q(target_id__in=frontier)).order_by(
                "id"
            )
        )
        links |= {link.pk: link for link in found}
        reached = _reached(found, columns)
        room = MAX_CASES - len(columns)
        is_cut = len(reached) > room
        asked = [key for key in reached if key not in hidden][:room]
        seen = set(visible_cases(viewer).filter(pk__in=asked).values_list("pk", flat=True))
        hidden |= set(asked) - seen
        columns |= {key: reached[key] for key in asked if key in seen}
        frontier = [key for key in asked if key in seen]
    return Family(
        relatives=_relatives(columns),
        links=[x for x in links.values() if x.source_id in columns and x.target_id in columns],
        hidden=len(hidden),
        is_cut=is_cut,
    )


def _reached(links: list[CaseLink], columns: dict[int, int]) -> dict[int, int]:
    reached: dict[int, int] = {}
    for link in links:
        step = 1 if link.kind in _BACKWARD else -1
        for here, there, way in (
            (link.source_id, link.target_id, -step),
            (link.target_id, link.source_id, step),
        ):
            if here in columns and there not in columns:
                reached.setdefault(there, columns[here] + way)
    return reached


def _relatives(columns: dict[int, int]) -> list[Relative]:
    cases = (
        Case.objects.filter(pk__in=columns)
        .select_related("version", "unit", "matter_type")
        .defer("search", "text", "form_data")
    )
    parts = {part.case_id: part for part in _parts().filter(case_id__in=columns)}
    found = [
        Relative(
            case,
            _state_label(case),
            columns[case.pk],
            parts.get(case.pk),
        )
        for case in cases
    ]
    return sorted(found, key=lambda r: (r.column, *_place(r), r.case.pk))


def _place(relative: Relative) -> tuple[int, int, int]:
    part = relative.part
    return (0, 0, 0) if part is None else (part.split_id, part.order, part.number)


def _parts() -> QuerySet[SplitPart]:
    found = SplitPart.objects.select_related("unit", "case__unit", "case__version", "split")
    return found.defer("case__search", "case__text", "case__form_data")
