"""The rates of a month as a viewer may see them, and the cases behind each figure."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import Scope, scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.hotline.enums import FormulaState
from apps.hotline.models import AppraisalLine, AppraisalMonth, Exclusion, RateFormula
from apps.hotline.rates.facts import read_facts
from apps.hotline.rates.formula import DEFAULT, Formula, parse
from apps.hotline.rates.judging import Tally, judge
from apps.hotline.statistics.selectors import MATTERS, PERMISSION, reach_of
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.registry import extension_of
from apps.places.models import Area

K = TypeVar("K", int, str)
RATE_PERMISSIONS = (
    PERMISSION,
    "hotline.draft_rates",
    "hotline.approve_rates",
    "hotline.rule_exclusions",
)
SLOW_S, KEEP_S, RECENT_MOST = 1.0, 60.0, 4
#: Months that took long to count, per process: until when, entries, when counted.
_recent: dict[tuple[int, date, str], tuple[float, list["Entry"], datetime]] = {}


class Entry(NamedTuple):
    """How one case counts, with where it belongs."""

    case_id: int
    unit_id: int | None
    area_id: int
    area_path: str
    response: bool | None
    solved: bool | None
    satisfied: bool | None
    reason: str
    channel: str = ""
    class_code: str = ""


@dataclass(frozen=True)
class MonthView:
    """A month in a viewer's reach. formula: None while the tenant has published none.

    closed: the closed month the entries come from; None: counted just now.
    """

    tenant: Tenant
    month: date
    formula: RateFormula | None
    rules: Formula
    closed: AppraisalMonth | None
    entries: list[Entry]
    computed_at: datetime

    @property
    def total(self) -> Tally:
        return add_up(self.entries)


@dataclass(frozen=True)
class Standing:
    """One line of a ranking. place: 1 is best; equal scores share a place."""

    place: int
    id: int | str
    name: str
    tally: Tally
    score: object


@dataclass(frozen=True)
class Asked:
    """Which cases behind a figure. part: num, missed, den or excluded; rate: "" for all.

    class_code: of a class and those below it.
    """

    rate: str = ""
    part: str = "den"
    unit_id: int | None = None
    area_id: int | None = None
    reason: str = ""
    channel: str = ""
    class_code: str = ""


def tenant_for(viewer: User, tenant_id: int | None = None) -> Tenant:
    """Will give the tenant whose rates the viewer looks at: the one asked for, or the first.

    Raises: NotFound (none in reach).
    """
    scope = scope_for(viewer, *RATE_PERMISSIONS)
    found = Tenant.objects.order_by("pk")
    if not scope.everything:
        found = found.filter(pk__in=scope.tenant_ids)
    if tenant_id is not None:
        found = found.filter(pk=tenant_id)
    tenant = found.first()
    if tenant is None:
        raise NotFound(_("没有可查看的三率"))
    return tenant


def find_formula(tenant: Tenant, month: date) -> RateFormula | None:
    """Will give the published version in force in a month."""
    return (
        RateFormula.objects.filter(
            tenant=tenant, state=FormulaState.PUBLISHED, effective_from__lte=month
        )
        .order_by("-effective_from")
        .first()
    )


def read_month(viewer: User, month: date, *, tenant_id: int | None = None) -> MonthView:
    """Will give a month by the formula of its time, in the viewer's reach.

    month: its first day. A closed month is read as it was closed. Raises: NotFound.
    """
    tenant = tenant_for(viewer, tenant_id)
    scope = scope_for(viewer, *RATE_PERMISSIONS)
    closed = (
        AppraisalMonth.objects.filter(tenant=tenant, month=month).select_related("formula").first()
    )
    formula = closed.formula if closed else find_formula(tenant, month)
    rules = parse(formula.body) if formula else DEFAULT
    if closed:
        entries, moment = lines_of(closed), closed.closed_at
    else:
        entries, moment = _counted(tenant, month, rules)
    return MonthView(
        tenant=tenant,
        month=month,
        formula=formula,
        rules=rules,
        closed=closed,
        entries=within(scope, entries),
        computed_at=moment,
    )


def try_formula(viewer: User, month: date, formula: RateFormula) -> MonthView:
    """Will count a month as another version would have: what would change (试算)."""
    rules = parse(formula.body)
    scope = scope_for(viewer, *RATE_PERMISSIONS)
    entries = within(scope, count_month(formula.tenant, month, rules))
    return MonthView(formula.tenant, month, formula, rules, None, entries, clock.now())


def _counted(tenant: Tenant, month: date, rules: Formula) -> tuple[list[Entry], datetime]:
    """A running month as counted now, or within the last minute where counting takes long."""
    key = (tenant.pk, month, json.dumps(rules.as_body(), sort_keys=True))
    kept = _recent.get(key)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1], kept[2]
    begun, moment = time.monotonic(), clock.now()
    entries = count_month(tenant, month, rules)
    if time.monotonic() - begun > SLOW_S:
        if len(_recent) >= RECENT_MOST:
            _recent.clear()
        _recent[key] = (time.monotonic() + KEEP_S, entries, moment)
    return entries, moment


def count_month(tenant: Tenant, month: date, rules: Formula) -> list[Entry]:
    """Will judge every case of a tenant's month now."""
    return [
        Entry(
            v.facts.case_id,
            v.facts.unit_id,
            v.facts.area_id,
            v.facts.area_path,
            v.response,
            v.solved,
            v.satisfied,
            v.reason,
            v.facts.channel,
            v.facts.class_code,
        )
        for v in judge(read_facts(tenant, month, rules), rules)
    ]


def lines_of(closed: AppraisalMonth) -> list[Entry]:
    """Will give the lines of a closed month, in order of the case."""
    rows = AppraisalLine.objects.filter(month=closed).order_by("case_id")
    return [
        Entry(case_id, unit_id, area_id, path, _flag(r), _flag(s), _flag(t), *about)
        for case_id, unit_id, area_id, path, r, s, t, *about in rows.values_list(
            "case_id",
            "unit_id",
            "area_id",
            "area_path",
            "response",
            "solved",
            "satisfied",
            "reason",
            "channel",
            "class_code",
        ).iterator(chunk_size=5000)
    ]


def within(scope: Scope, entries: list[Entry]) -> list[Entry]:
    """Will give the entries whose place lies in a duty area of the viewer."""
    if scope.everything:
        return entries
    return [entry for entry in entries if scope.covers_area(entry.area_path)]


def add_up(entries: Iterable[Entry]) -> Tally:
    """Will add entries up."""
    found = Tally()
    for entry in entries:
        found.add(entry.response, entry.solved, entry.satisfied, entry.reason)
    return found


def rank_units(view: MonthView) -> list[Standing]:
    """Will rank the units by composite score, the best first."""
    return _rank(view, lambda entry: entry.unit_id, lambda ids: _names(Organization, ids))


def rank_areas(viewer: User, view: MonthView, *, below: int = 1) -> list[Standing]:
    """Will rank areas so many levels below the city: 1 districts, 2 streets."""
    depth = reach_of(viewer).depth + below - 1

    def part(entry: Entry) -> int | None:
        parts = entry.area_path.strip("/").split("/")
        return int(parts[depth]) if len(parts) > depth else None

    return _rank(view, part, lambda ids: _names(Area, ids))


def rank_channels(view: MonthView) -> list[Standing]:
    """Will rank the channels the cases came by."""
    return _rank(
        view,
        lambda e: e.channel or None,
        lambda codes: {code: str(Channel(code).label) for code in codes},
    )


def rank_classes(view: MonthView) -> list[Standing]:
    """Will rank the first-level classes of the demands."""

    def names(codes: set[str]) -> dict[str, str]:
        of_hotline = extension_of(MATTERS.rstrip("."))
        return {code: of_hotline.class_label(code) or code for code in codes}

    return _rank(view, lambda e: e.class_code.split(".")[0] or None, names)


def compare(
    before: list[Standing], after: list[Standing]
) -> list[tuple[Standing, Standing | None]]:
    """Will pair each line of a new ranking with its line in the old one, None where it is new."""
    known = {standing.id: standing for standing in before}
    return [(standing, known.get(standing.id)) for standing in after]


def what_if(viewer: User, view: MonthView, body: Mapping[str, Any]) -> MonthView:
    """Will count a month by other weights and switches; nothing is kept (试算).

    view: the month as it stands. Raises: InvalidInput (as ``formula.parse``).
    """
    rules = parse(body)
    scope = scope_for(viewer, *RATE_PERMISSIONS)
    entries = within(scope, count_month(view.tenant, view.month, rules))
    return MonthView(view.tenant, view.month, None, rules, None, entries, clock.now())


def entries_behind(view: MonthView, asked: Asked) -> list[Entry]:
    """Will give the entries a figure was added up from."""
    return [entry for entry in view.entries if _is_asked(entry, asked)]


def load_cases(entries: list[Entry]) -> list[tuple[Case, Entry]]:
    """Will load the cases of a page of entries, in their order."""
    found = (
        Case.objects.filter(pk__in=[entry.case_id for entry in entries])
        .select_related("unit", "area", "version", "matter_type")
        .defer("search", "form_data", "text", "area__boundary")
        .in_bulk()
    )
    return [(found[entry.case_id], entry) for entry in entries if entry.case_id in found]


def digest_of(formula: RateFormula, entries: Iterable[Entry]) -> str:
    """Will give the digest of a month: SHA-256 over formula and lines in order of the case."""
    chain = hashlib.sha256(
        json.dumps([formula.pk, formula.body], sort_keys=True, ensure_ascii=False).encode()
    )
    for entry in sorted(entries, key=lambda e: e.case_id):
        values = (entry.response, entry.solved, entry.satisfied)
        counts = ["" if value is None else str(int(value)) for value in values]
        line = [str(entry.case_id), str(entry.unit_id or ""), entry.area_path, *counts]
        # Lines of months closed before channel and class were kept digest as they did then.
        about = [entry.channel, entry.class_code] if entry.channel else []
        chain.update(("|".join([*line, entry.reason, *about]) + "\n").encode())
    return chain.hexdigest()


def is_untouched(closed: AppraisalMonth) -> bool:
    """Will recompute the digest of a closed month and tell whether it still holds."""
    return digest_of(closed.formula, lines_of(closed)) == closed.digest


def list_formulas(tenant: Tenant) -> QuerySet[RateFormula]:
    """Will give every version of a tenant, the newest first."""
    return RateFormula.objects.filter(tenant=tenant).order_by("-number")


def get_formula(viewer: User, number: int, *, tenant_id: int | None = None) -> RateFormula:
    """Will give one version of the viewer's tenant. Raises: NotFound."""
    found = list_formulas(tenant_for(viewer, tenant_id)).filter(number=number).first()
    if found is None:
        raise NotFound(_("没有这个版本的公式"))
    return found


def list_exclusions(viewer: User, *, state: str = "") -> QuerySet[Exclusion]:
    """Will give the applications the viewer may rule on, or their own unit's; newest first."""
    ruling = scope_for(viewer, "hotline.rule_exclusions", PERMISSION)
    filing = scope_for(viewer, "hotline.file_exclusions")
    if ruling.everything:
        mine = Q()
    else:
        mine = Q(tenant_id__in=ruling.tenant_ids) | Q(filed_by_id=viewer.pk)
        for path in filing.organization_paths:
            mine |= Q(unit__path__startswith=path)
    found = Exclusion.objects.filter(mine)
    if state:
        found = found.filter(state=state)
    return found.select_related("case", "unit").order_by("-id")


def get_exclusion(viewer: User, exclusion_id: int) -> Exclusion:
    """Will give one application the viewer may see. Raises: NotFound."""
    found = list_exclusions(viewer).filter(pk=exclusion_id).prefetch_related("files__file").first()
    if found is None:
        raise NotFound(_("没有这份剔除申请"))
    return found


def _rank(
    view: MonthView,
    key: Callable[[Entry], K | None],
    name: Callable[[set[K]], dict[K, str]],
) -> list[Standing]:
    tallies: dict[K, Tally] = {}
    for entry in view.entries:
        belongs = key(entry)
        if belongs is not None:
            tallies.setdefault(belongs, Tally()).add(
                entry.response, entry.solved, entry.satisfied, entry.reason
            )
    names = name(set(tallies))
    weights = view.rules.weights
    scored = [(found.score(weights), pk, found) for pk, found in tallies.items() if pk in names]
    scored.sort(key=lambda s: (s[0] is None, -(s[0] or 0), -s[2].counted, names[s[1]]))
    standings: list[Standing] = []
    for number, (score, pk, found) in enumerate(scored, 1):
        shares = bool(standings) and standings[-1].score == score
        place = standings[-1].place if shares else number
        standings.append(Standing(place, pk, names[pk], found, score))
    return standings


def _names(model: type[Organization] | type[Area], ids: set[int]) -> dict[int, str]:
    return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name"))


def _is_asked(entry: Entry, asked: Asked) -> bool:
    if asked.unit_id is not None and entry.unit_id != asked.unit_id:
        return False
    if asked.area_id is not None and f"/{asked.area_id}/" not in entry.area_path:
        return False
    if asked.channel and entry.channel != asked.channel:
        return False
    if asked.class_code and not f"{entry.class_code}.".startswith(f"{asked.class_code}."):
        return False
    if asked.part == "excluded":
        return bool(entry.reason) and asked.reason in {"", entry.reason}
    if entry.reason:
        return False
    if not asked.rate:
        return True
    value = getattr(entry, asked.rate)
    if asked.part == "den":
        return value is not None
    return value is (asked.part == "num")


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)
