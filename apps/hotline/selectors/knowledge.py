"""Reads of knowledge articles (HL-11, HL-19)."""

import difflib
import re
from dataclasses import dataclass

from django.contrib.postgres.search import SearchRank
from django.db.models import Case as SqlCase
from django.db.models import Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Log
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.hotline.enums import ArticleState
from apps.hotline.models import Article, ArticleFeedback, ArticleVersion
from apps.hotline.selectors.words import any_word
from apps.nlp import search

_SENTENCE = re.compile(r"(?<=[。！？；\n])")
#: What a matching class is worth beside the words, in units of the text rank.
CLASS_BONUS = 0.3


@dataclass(frozen=True)
class Change:
    """One piece of text between two wordings. kind: same, added or removed."""

    kind: str
    text: str


def find_articles(
    *, tenant: Tenant, text: str, class_code: str = "", limit: int = 5, public_only: bool = False
) -> list[Article]:
    """Will give published articles in force that share words or the class, best first.

    Ranked by shared words, class, then how often an answer was taken from them.
    """
    wanted = Q(class_code=class_code) if class_code else Q(pk=None)
    rank = Value(0.0, output_field=FloatField())
    words = any_word(text)
    if words:
        query = search.PhraseQuery(words, search_type="raw")
        wanted |= Q(search=query)
        rank = SearchRank(F("search"), query)  # type: ignore[assignment]
    bonus = SqlCase(
        When(class_code=class_code or "-", then=Value(CLASS_BONUS)),
        default=Value(0.0),
        output_field=FloatField(),
    )
    found = in_force(Article.objects.filter(tenant=tenant)).filter(wanted)
    if public_only:
        found = found.filter(is_public=True)
    score = rank + bonus + Log(10, F("hit_count") + 1.0) * 0.02
    return list(found.select_related("unit").annotate(score=score).order_by("-score", "pk")[:limit])


def list_articles(
    viewer: User, *, words: str = "", class_code: str = "", state: str = ""
) -> QuerySet[Article]:
    """Will list the articles the viewer may read: editors all, others those in force.

    state: of ``ArticleState``, or "pending": a wording waits for approval.
    Raises: InvalidInput (a single character of words).
    """
    scope = scope_of(viewer)
    found = Article.objects.select_related("unit")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    if not reads_drafts(viewer):
        found = in_force(found)
    if class_code:
        found = found.filter(class_code=class_code)
    if state == "pending":
        newer = ArticleVersion.objects.filter(
            article=OuterRef("pk"), number__gt=OuterRef("version")
        )
        found = found.filter(Exists(newer)).exclude(state=ArticleState.RETIRED)
    elif state in ArticleState.values:
        found = found.filter(state=state)
    if words.strip():
        query = search.query(words.strip())
        found = found.filter(Q(search=query) | Q(title__icontains=words.strip()))
    return found.order_by("-updated_at", "-pk")


def get_article(viewer: User, article_id: int) -> Article:
    """Will give an article the viewer may read. Raises: NotFound."""
    article = list_articles(viewer).filter(pk=article_id).first()
    if article is None:
        raise NotFound(_("没有这个知识条目"))
    return article


def in_force(articles: QuerySet[Article]) -> QuerySet[Article]:
    """Will keep what is published and valid today."""
    today = clock.today()
    return articles.filter(state=ArticleState.PUBLISHED, valid_from__lte=today).filter(
        Q(valid_to=None) | Q(valid_to__gte=today)
    )


def reads_drafts(viewer: User) -> bool:
    """Will tell whether the viewer writes or approves, and so sees every state."""
    return viewer.has_perm("hotline.edit_knowledge") or viewer.has_perm("hotline.approve_knowledge")


def list_versions(article: Article) -> QuerySet[ArticleVersion]:
    """Will give the wordings of an article, newest first."""
    return ArticleVersion.objects.filter(article=article).order_by("-number")


def pending_version(article: Article) -> ArticleVersion | None:
    """Will find the newest wording that waits for approval."""
    if article.state == ArticleState.RETIRED:
        return None
    return list_versions(article).filter(number__gt=article.version).first()


def changes(article: Article, version: ArticleVersion) -> list[Change]:
    """Will compare a wording with the one in force, sentence by sentence."""
    if article.version == 0:
        return [Change("added", version.body)]
    before, after = _SENTENCE.split(article.body), _SENTENCE.split(version.body)
    found: list[Change] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            found.append(Change("same", "".join(before[a:b])))
            continue
        if b > a:
            found.append(Change("removed", "".join(before[a:b])))
        if d > c:
            found.append(Change("added", "".join(after[c:d])))
    return [change for change in found if change.text]


def has_feedback(article: Article, reader_key: str) -> bool:
    """Will tell whether this reader has said if the article helped."""
    return ArticleFeedback.objects.filter(article=article, reader_key=reader_key).exists()
