"""Groups as a viewer may see them, and proposals of who speaks of the same thing (TX-02)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.common.periods import Period
from apps.hotline.models import Demand
from apps.hotline.selectors.duplicates import likely_duplicates
from apps.matters.definition import definition_of
from apps.matters.enums import LinkKind
from apps.matters.models import Case, CaseEvent, CaseLink
from apps.matters.registry import extension_of
from apps.matters.selectors import matching, own_words, visible_cases
from apps.nlp.duplicates import Piece, common_parts, cut_at
from apps.voices.models import Voice, VoiceGroup


@dataclass(frozen=True)
class ShownVoice:
    """A voice as the group's page shows it. reporter: masked, empty when secret or unknown."""

    voice: Voice
    state_label: str
    reporter: str
    scored: list[int]


@dataclass(frozen=True)
class Group:
    """A group for one viewer. hidden: voices of cases the viewer may not see."""

    group: VoiceGroup
    main: Case
    state_label: str
    reporter: str
    voices: list[ShownVoice]
    gone: list[Voice]
    hidden: int


@dataclass(frozen=True)
class Proposal:
    """A case that may be about the same thing, side by side with the one asked about.

    main: what would be merged into: the case itself, or the one it was merged into before.
    answer: what a late reporter could be told; "" while the main case goes on.
    """

    case: Case
    main: Case
    state_label: str
    score: float
    reasons: list[str]
    mine: list[Piece]
    theirs: list[Piece]
    is_same_reporter: bool
    voices: int
    answer: str
    refusal: str


@dataclass(frozen=True)
class BothWays:
    """How many were heard and how many problems there were. Each merged case is one voice."""

    voices: int
    problems: int
    groups: int

    @property
    def per_problem(self) -> float | None:
        """Voices per problem, None where nobody was heard."""
        return round(self.voices / self.problems, 2) if self.problems else None


def list_groups(
    viewer: User, *, text: str = "", state: str = "", least: int = 0
) -> QuerySet[VoiceGroup]:
    """Will list the groups whose main case the viewer sees, those with most voices first.

    text: words or a receipt number of the main case. state: "open", "ended" or "". least: voices
    at least, the main case included. Each row carries ``voice_count``, the main case included.
    """
    found = VoiceGroup.objects.filter(main__in=visible_cases(viewer).values("pk"))
    found = found.select_related("main__unit", "main__area", "main__version").defer(
        "main__search", "main__form_data", "main__text", "main__area__boundary"
    )
    if text:
        found = found.filter(main__in=Case.objects.filter(matching(text)).values("pk"))
    if state:
        ended = Q(main__category="ended")
        found = found.filter(ended if state == "ended" else ~ended)
    living = Count("voices", filter=Q(voices__left_at=None))
    found = found.annotate(voice_count=living + 1)
    return found.filter(voice_count__gte=max(least, 2)).order_by("-voice_count", "-pk")


def get_group(viewer: User, *, pk: int) -> Group:
    """Will give a group with the voices the viewer may see. Raises: NotFound."""
    seen = visible_cases(viewer)
    group = (
        VoiceGroup.objects.filter(pk=pk, main__in=seen.values("pk"))
        .select_related("main__unit", "main__area", "main__version", "main__matter_type")
        .defer("main__search", "main__area__boundary")
        .first()
    )
    if group is None:
        raise NotFound(_("没有这个群组，或您无权查看"))
    voices = group.voices.select_related("case__version", "case__matter_type", "case__area")
    voices = voices.defer("case__search", "case__area__boundary").order_by("joined_at", "pk")
    allowed = set(
        seen.filter(pk__in=voices.order_by().values("case_id")).values_list("pk", flat=True)
    )
    live = [voice for voice in voices if voice.left_at is None]
    shown = [voice for voice in live if voice.case_id in allowed]
    return Group(
        group=group,
        main=group.main,
        state_label=state_label(group.main),
        reporter=_reporter(group.main),
        voices=_with_scores(shown),
        gone=[v for v in voices if v.left_at is not None and v.case_id in allowed],
        hidden=len(live) - len(shown),
    )


def _with_scores(voices: list[Voice]) -> list[ShownVoice]:
    given: dict[int, list[int]] = {}
    scores = Case.objects.filter(pk__in=[v.case_id for v in voices], evaluations__target="result")
    for key, score in scores.values_list("pk", "evaluations__score").order_by("evaluations__id"):
        given.setdefault(key, []).append(score)
    return [
        ShownVoice(v, state_label(v.case), _reporter(v.case), given.get(v.case_id, []))
        for v in voices
    ]


def state_label(case: Case) -> str:
    """Will give the state as the city calls it."""
    return definition_of(case.version_id, case.version.body).state(case.state).label


def _reporter(case: Case) -> str:
    return extension_of(case.matter_type.code).reporter_name(case)


def find_group_of(case: Case) -> VoiceGroup | None:
    """Will give the group a case leads or waits in, if any."""
    own = VoiceGroup.objects.filter(main=case, voices__left_at=None).first()
    if own is not None:
        return own
    voice = Voice.objects.filter(case=case, left_at=None).select_related("group").first()
    return voice.group if voice is not None else None


def count_voices(case_ids: list[int]) -> dict[int, int]:
    """Will count the voices of main cases, the case itself included; others are left out."""
    found = Voice.objects.filter(left_at=None, group__main_id__in=case_ids).order_by()
    counted = found.values("group__main_id").annotate(n=Count("pk"))
    return {row["group__main_id"]: row["n"] + 1 for row in counted}


def timeline_of(group: Group) -> list[dict[str, Any]]:
    """Will give what happened to the main case and who joined or left, newest first.

    Of a confidential main case no words are shown beside other people's reports.
    """
    is_secret = group.main.is_confidential
    told: list[dict[str, Any]] = [
        {
            "at": e.at,
            "title": e.label,
            "actor": e.actor_name,
            "text": "" if is_secret else e.public_text or e.note,
        }
        for e in CaseEvent.objects.filter(case=group.main).exclude(action="merged_in")
    ]
    for voice in [*(s.voice for s in group.voices), *group.gone]:
        number = voice.case.number
        told.append(
            {
                "at": voice.joined_at,
                "title": _("%s 并入") % number,
                "actor": voice.joined_by_name,
                "text": voice.reason,
            }
        )
        if voice.left_at is not None:
            told.append(
                {
                    "at": voice.left_at,
                    "title": _("%s 拆出") % number,
                    "actor": voice.left_by_name,
                    "text": voice.left_reason,
                }
            )
    return sorted(told, key=lambda each: each["at"], reverse=True)


def points_of(group: Group) -> dict[str, Any]:
    """Will give the places of the group's visible cases as GeoJSON (SRID 4326)."""
    cases = [group.main, *(shown.voice.case for shown in group.voices)]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(case.point.coords)},
                "properties": {"label": case.title, "url": f"/cases/{case.pk}/"},
            }
            for case in cases
            if case.point is not None
        ],
    }


# --- Proposals -------------------------------------------------------------------------


def propose_for(viewer: User, case: Case, *, limit: int = 5) -> list[Proposal]:
    """Will give up to five cases that may be about the same thing, the likeliest first.

    By text, place, class and time among what the viewer sees (``likely_duplicates``); the same
    reporter is named only where neither asked to be kept secret. At most six queries beside the
    search.
    """
    found = likely_duplicates(
        viewer,
        tenant=case.tenant,
        text=case.text,
        title=case.title,
        point=case.point,
        cell=case.area,
        class_code=case.class_code,
        limit=limit + 1,
    )
    hits = [hit for hit in found if hit.case.pk != case.pk][:limit]
    keys = [hit.case.pk for hit in hits]
    mains = _mains_of(viewer, keys)
    counted = count_voices(keys + [main.pk for main in mains.values()])
    same = _same_reporter(case, keys)
    whole = f"{case.title}\n{case.text}"
    proposals = []
    for hit in hits:
        main = mains.get(hit.case.pk, hit.case)
        other = f"{hit.case.title}\n{hit.case.text}"
        parts = common_parts(whole, other)
        proposals.append(
            Proposal(
                case=hit.case,
                main=main,
                state_label=hit.state_label,
                score=hit.score,
                reasons=[*hit.reasons, *([_("同一反映人")] if hit.case.pk in same else [])],
                mine=cut_at(whole, parts),
                theirs=cut_at(other, parts),
                is_same_reporter=hit.case.pk in same,
                voices=counted.get(main.pk, 1),
                answer=late_answer(main, twin=case) if main.is_ended else "",
                refusal=_refusal(case, main),
            )
        )
    return proposals


def _refusal(case: Case, main: Case) -> str:
    if main.pk == case.pk:
        return _("已并入本案件")
    if main.is_ended and main.answered_at is None:
        return _("已结束且没有答复，不能并入")
    return ""


def _mains_of(viewer: User, keys: list[int]) -> dict[int, Case]:
    """The case each of them was merged into, as far as the viewer sees it."""
    links = CaseLink.objects.filter(source_id__in=keys, kind=LinkKind.DUPLICATE_OF)
    pairs = dict(links.values_list("source_id", "target_id"))
    found = visible_cases(viewer).select_related("version", "unit").defer("search", "form_data")
    mains = found.in_bulk(list(pairs.values()))
    return {source: mains[target] for source, target in pairs.items() if target in mains}


def _same_reporter(case: Case, keys: list[int]) -> set[int]:
    own = Demand.objects.filter(case=case, is_secret=False).exclude(reporter_phone="").first()
    if own is None:
        return set()
    told = Demand.objects.filter(
        case_id__in=keys, reporter_phone=own.reporter_phone, is_secret=False
    )
    return set(told.values_list("case_id", flat=True))


def late_answer(main: Case, *, twin: Case) -> str:
    """Will give what a reporter who comes after the result could be told; to be read by a person.

    The group's answer; else the main case's last public answer, unless its reporter is
    confidential.
    """
    group = VoiceGroup.objects.filter(main=main).first()
    if group is not None and group.answer:
        return group.answer
    answers = CaseEvent.objects.filter(case=main, action__in=("feed_back", "review", "answer"))
    event = answers.exclude(public_text="").order_by("-seq").first()
    return own_words(event.public_text, main=main, twin=twin)[:1000] if event is not None else ""


# --- Counting both ways ----------------------------------------------------------------


def count_both_ways(cases: QuerySet[Case]) -> BothWays:
    """Will count cases as voices and as problems: a merged case is a voice, not a problem.

    A case merged into one outside ``cases`` still belongs to that problem.
    """
    merged = Exists(CaseLink.objects.filter(source=OuterRef("pk"), kind=LinkKind.DUPLICATE_OF))
    leads = Exists(CaseLink.objects.filter(target=OuterRef("pk"), kind=LinkKind.DUPLICATE_OF))
    counted = (
        cases.order_by()
        .annotate(is_merged=merged, leads=leads)
        .aggregate(
            voices=Count("pk"),
            merged=Count("pk", filter=Q(is_merged=True)),
            groups=Count("pk", filter=Q(leads=True)),
        )
    )
    return BothWays(counted["voices"], counted["voices"] - counted["merged"], counted["groups"])


def demands_since(viewer: User, period: Period) -> QuerySet[Case]:
    """Will give the hotline's cases of a period that the viewer sees."""
    return visible_cases(viewer).filter(
        matter_type__code__startswith="hotline.",
        opened_at__gte=period.start,
        opened_at__lt=period.end,
    )


def last_month(today: date) -> Period:
    """Will give the 30 days up to today."""
    return Period(date.fromordinal(today.toordinal() - 29), today)


def seen_main(viewer: User, group: VoiceGroup) -> Case | None:
    """Will give the main case of a group if the viewer may see it."""
    return visible_cases(viewer).defer("search").filter(pk=group.main_id).first()


def desk_notes(viewer: User, case_ids: list[int]) -> dict[int, str]:
    """Will say of cases that lead a group how many voices they have, and whether all are
    answered with one text; for those the viewer sees."""
    seen = visible_cases(viewer).filter(pk__in=case_ids).values_list("pk", flat=True)
    counted = count_voices(list(seen))
    answered = set(
        VoiceGroup.objects.filter(main_id__in=counted)
        .exclude(answer="")
        .values_list("main_id", flat=True)
    )
    return {
        key: _("已有 %d 件同类诉求，已有统一答复") % number
        if key in answered
        else _("已有 %d 件同类诉求合并办理") % number
        for key, number in counted.items()
    }
