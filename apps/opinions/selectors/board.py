"""The idea board: what everybody reads, what moderators and units have before them."""

from django.contrib.postgres.search import SearchRank
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.common.errors import NotFound
from apps.nlp import search
from apps.nlp.duplicates import DuplicateCandidate, Scored, rank
from apps.opinions import permissions
from apps.opinions.enums import PUBLIC_IDEAS, IdeaState
from apps.opinions.models import Idea

LOOKED_AT, SIMILAR_MOST, MARKS_MOST = 60, 5, 120


def list_ideas(viewer: User, *, text: str = "", state: str = "") -> QuerySet[Idea]:
    """Will give the ideas the viewer may read, newest first. Raises: InvalidInput (text)."""
    found = Idea.objects.filter(permissions.ideas_q(viewer))
    if text:
        found = found.filter(search=search.query(text))
    if state:
        found = found.filter(state=state)
    return found.select_related("unit", "case").defer("search").order_by("-id")


def count_ideas_waiting(viewer: User) -> int:
    """Will count what waits for the viewer: ideas to let through, ideas to answer."""
    found = Idea.objects.filter(permissions.ideas_q(viewer))
    waiting = 0
    if viewer.has_perm(permissions.MODERATE):
        waiting += found.filter(state=IdeaState.SUBMITTED).count()
    if viewer.has_perm(permissions.ANSWER):
        waiting += found.filter(state=IdeaState.RIPE).count()
    return waiting


def get_idea(viewer: User, pk: int) -> Idea:
    """Will give one idea. Raises: NotFound."""
    found = Idea.objects.filter(permissions.ideas_q(viewer), pk=pk)
    row = found.select_related("unit", "case", "moderated_by", "answered_by").first()
    if row is None:
        raise NotFound(_("没有这个创意，或您无权查看"))
    return row


def find_idea_of(viewer: User, case_id: int) -> Idea | None:
    """Will give the idea a case was made of, if the viewer may read it."""
    return Idea.objects.filter(permissions.ideas_q(viewer), case_id=case_id).first()


def list_public_ideas(tenant: Tenant, *, state: str = "", words: str = "") -> QuerySet[Idea]:
    """Will give what stands on the board, the most supported first.

    Raises: InvalidInput (words: a single character).
    """
    found = Idea.objects.filter(tenant=tenant, state__in=PUBLIC_IDEAS)
    if state in PUBLIC_IDEAS:
        found = found.filter(state=state)
    if words:
        found = found.filter(search=search.query(words))
    return found.select_related("unit").defer("search").order_by("-votes", "-id")


def get_public_idea(tenant: Tenant, pk: int, *, key: str = "") -> Idea:
    """Will give an idea of the board, or the reader's own at any state. Raises: NotFound.

    key: of the reader, where a telephone is confirmed.
    """
    row = Idea.objects.filter(tenant=tenant, pk=pk).select_related("unit", "case__version").first()
    is_own = row is not None and key != "" and row.person == key
    if row is None or not (row.state in PUBLIC_IDEAS or is_own):
        raise NotFound(_("没有这个创意"))
    return row


def find_similar(tenant: Tenant, text: str) -> list[tuple[Idea, Scored]]:
    """Will give ideas of the board like a text, best first: at most five, none for a few words."""
    marks = list(dict.fromkeys(token for token, _at in search.document_tokens(text)))[:MARKS_MOST]
    if len(marks) < 3:
        return []
    asked = search.PhraseQuery(search.any_mark(marks), search_type="raw")
    found = Idea.objects.filter(tenant=tenant, state__in=PUBLIC_IDEAS, search=asked)
    near = {
        idea.pk: idea
        for idea in found.annotate(fit=SearchRank(F("search"), asked)).order_by("-fit")[:LOOKED_AT]
    }
    candidates = [
        DuplicateCandidate(idea.pk, idea.title, idea.text, idea.created_at)
        for idea in near.values()
    ]
    ranked = rank(text, candidates, clock.now(), limit=SIMILAR_MOST)
    return [(near[scored.id], scored) for scored in ranked]
