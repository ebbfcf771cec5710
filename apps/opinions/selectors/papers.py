"""Collections and surveys as staff and as everybody read them."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.opinions import permissions
from apps.opinions.enums import COUNTED, Adoption, PaperState
from apps.opinions.models import Collection, Opinion, Survey, SurveyVersion

OUT = (PaperState.PUBLISHED, PaperState.CONCLUDED)
DONE = Q(answers__is_done=True)  # of a survey


def draft_units(viewer: User) -> QuerySet[Organization]:
    """Will give the units the viewer drafts for: those of their posts, not those below."""
    scope = scope_for(viewer, permissions.DRAFT)
    found = Organization.objects.filter(is_active=True).order_by("path")
    return found if scope.everything else found.filter(pk__in=scope.organization_ids)


def list_collections(viewer: User, *, text: str = "", state: str = "") -> QuerySet[Collection]:
    """Will give the collections the viewer may read, newest first, with their opinions counted.

    Each has ``opinions_n`` and ``pending_n``.
    """
    found = Collection.objects.filter(permissions.papers_q(viewer))
    if text:
        found = found.filter(title__icontains=text)
    if state:
        found = found.filter(state=state)
    waiting = Q(opinions__adoption=Adoption.PENDING)
    return (
        found.select_related("unit")
        .annotate(opinions_n=Count("opinions"), pending_n=Count("opinions", filter=waiting))
        .order_by("-id")
    )


def get_collection(viewer: User, pk: int) -> Collection:
    """Will give one collection. Raises: NotFound."""
    found = Collection.objects.filter(permissions.papers_q(viewer), pk=pk)
    row = found.select_related("unit", "area", "author", "published_by", "summary_by").first()
    if row is None:
        raise NotFound(_("没有这个意见征集，或您无权查看"))
    return row


def list_opinions(
    collection: Collection, *, text: str = "", theme: str = "", adoption: str = ""
) -> QuerySet[Opinion]:
    """Will give the opinions of a collection the viewer was given, newest first."""
    found = collection.opinions.all()
    if text:
        found = found.filter(text__icontains=text)
    if theme:
        found = found.filter(theme=theme)
    if adoption:
        found = found.filter(adoption=adoption)
    return found.order_by("-id")


@dataclass(frozen=True)
class Tally:
    """How many opinions came, and what became of them. void: empty words and abuse."""

    received: int
    adopted: int
    partly: int
    declined: int
    pending: int
    void: int


def tally_of(collection: Collection) -> Tally:
    """Will count the opinions of a collection by what became of them."""
    counted = dict(collection.opinions.order_by().values_list("adoption").annotate(n=Count("pk")))
    return Tally(
        received=sum(counted.values()),
        adopted=counted.get(Adoption.ADOPTED, 0),
        partly=counted.get(Adoption.PARTLY, 0),
        declined=counted.get(Adoption.DECLINED, 0),
        pending=counted.get(Adoption.PENDING, 0),
        void=counted.get(Adoption.VOID, 0),
    )


@dataclass(frozen=True)
class Theme:
    """A theme of the published summary. lines: (what became, how many, the reasons)."""

    name: str
    count: int
    lines: list[tuple[str, int, list[str]]]


def themes_of(collection: Collection) -> list[Theme]:
    """Will give the themes with what became of them and why, the biggest first.

    Staff's own words only: nothing the writers wrote, and nothing of who they are.
    """
    grouped: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    decided = collection.opinions.filter(adoption__in=COUNTED)
    for theme, adoption, reason in decided.values_list("theme", "adoption", "reason"):
        grouped[theme][adoption].append(reason)
    themes = [
        Theme(
            name,
            sum(len(reasons) for reasons in kinds.values()),
            [
                (str(kind.label), len(kinds[kind]), sorted({r for r in kinds[kind] if r}))
                for kind in COUNTED
                if kind in kinds
            ],
        )
        for name, kinds in grouped.items()
    ]
    return sorted(themes, key=lambda theme: (-theme.count, theme.name))


def list_surveys(viewer: User, *, text: str = "", state: str = "") -> QuerySet[SurveyVersion]:
    """Will give the last version of each survey the viewer may read, newest first.

    Each has ``answers_n``: answers to all versions of the survey.
    """
    mine = Survey.objects.filter(permissions.papers_q(viewer))
    later = SurveyVersion.objects.filter(survey=OuterRef("survey"), number__gt=OuterRef("number"))
    given = (
        Survey.objects.filter(pk=OuterRef("survey"))
        .annotate(n=Count("answers", filter=DONE))
        .values("n")
    )
    found = SurveyVersion.objects.filter(~Exists(later), survey__in=mine)
    if text:
        found = found.filter(title__icontains=text)
    if state:
        found = found.filter(state=state)
    return found.select_related("survey__unit").annotate(answers_n=Subquery(given)).order_by("-id")


def get_survey(viewer: User, pk: int) -> Survey:
    """Will give one survey. Raises: NotFound."""
    found = Survey.objects.filter(permissions.papers_q(viewer), pk=pk).select_related("unit")
    row = found.first()
    if row is None:
        raise NotFound(_("没有这个问卷，或您无权查看"))
    return row


def list_public_collections(tenant: Tenant) -> QuerySet[Collection]:
    """Will give what everybody may read: open ones first by their last day, then the others."""
    found = Collection.objects.filter(tenant=tenant, state__in=OUT, opens_on__lte=clock.today())
    is_over = Q(closes_on__lt=clock.today())
    return (
        found.select_related("unit", "area")
        .annotate(is_over=Exists(Collection.objects.filter(is_over, pk=OuterRef("pk"))))
        .order_by("is_over", F("closes_on").desc(), "-id")
    )


def get_public_collection(tenant: Tenant, pk: int) -> Collection:
    """Will give one published collection, before its first day too. Raises: NotFound."""
    found = Collection.objects.filter(tenant=tenant, state__in=OUT, pk=pk)
    row = found.select_related("unit", "area").first()
    if row is None:
        raise NotFound(_("没有这个意见征集"))
    return row
