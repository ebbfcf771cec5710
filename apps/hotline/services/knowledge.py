"""Writing, approving and retiring the articles that answers come from (HL-11, HL-19)."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.audit import services as audit
from apps.common import clock, dictionaries
from apps.common.errors import InvalidInput, NotFound
from apps.hotline import permissions
from apps.hotline.enums import ArticleState
from apps.hotline.errors import ArticleNotReady
from apps.hotline.models import Article, ArticleFeedback, ArticleVersion
from apps.nlp import search

TITLE_MAX, BODY_MAX, NOTE_MAX = 120, 8000, 200
CLASS_DICTIONARY = "demand-class"


@dataclass(frozen=True)
class Wording:
    """What an article says. title: 1-120 characters; body: 1-8,000; note: why it changed."""

    title: str
    body: str
    note: str = ""


@dataclass(frozen=True)
class Placing:
    """Where an article belongs and for how long; valid_to: last day, None for no end."""

    class_code: str = ""
    is_public: bool = True
    valid_from: date | None = None
    valid_to: date | None = None


@transaction.atomic
def create_article(
    actor: User, *, unit: Organization, wording: Wording, placing: Placing
) -> Article:
    """Will write the first draft of an article for a unit; it is offered once approved.

    Raises: NotAllowed; InvalidInput (title, body, note, class_code, valid_to).
    """
    permissions.require_edit_knowledge(actor, tenant_id=unit.tenant_id)
    wording = _checked(wording)
    now = clock.now()
    article = Article(
        tenant_id=unit.tenant_id, unit=unit, title=wording.title, body=wording.body, updated_at=now
    )
    _place(article, placing)
    article.save()
    _propose(actor, article, wording, number=1)
    _log(actor, "hotline.create_article", article)
    return article


@transaction.atomic
def edit_article(
    actor: User, *, article_id: int, wording: Wording, placing: Placing
) -> ArticleVersion:
    """Will propose a new wording; the one in force stays until a second person approves.

    An earlier proposal that still waits is superseded and kept in the list of versions.
    Locks the article. Raises: NotFound; NotAllowed; InvalidInput; ArticleNotReady (retired).
    """
    article = _lock(actor, article_id)
    permissions.require_edit_knowledge(actor, tenant_id=article.tenant_id)
    if article.state == ArticleState.RETIRED:
        raise ArticleNotReady(_("已停用的条目不能修改"))
    wording = _checked(wording)
    newest = article.versions.order_by("-number").first()
    version = _propose(actor, article, wording, number=newest.number + 1 if newest else 1)
    _place(article, placing)
    if article.version == 0:
        article.title, article.body = wording.title, wording.body
    article.updated_at = clock.now()
    article.save()
    _log(actor, "hotline.edit_article", article, version=version.number)
    return version


@transaction.atomic
def publish_article(actor: User, *, article_id: int, number: int) -> Article:
    """Will put a proposed wording in force; the approver is never its author.

    Locks the article. Raises: NotFound; NotAllowed; ArticleNotReady (that version is not the
        newest proposal).
    """
    article = _lock(actor, article_id)
    version = article.versions.order_by("-number").first()
    if version is None or version.number != number or number <= article.version:
        raise ArticleNotReady(_("该版本不是待审核的最新版本，请刷新后重试"))
    permissions.require_approve(actor, article, author_id=version.author_id)
    now = clock.now()
    version.approved_at, version.approved_by_id = now, actor.pk
    version.approved_by_name = actor.display_name
    version.save(update_fields=["approved_at", "approved_by_id", "approved_by_name"])
    article.title, article.body, article.version = version.title, version.body, number
    article.state, article.updated_at = ArticleState.PUBLISHED, now
    article.approved_by_name = actor.display_name
    article.search = search.search_vector(version.title, version.body)
    article.save()
    _log(actor, "hotline.publish_article", article, version=number)
    return article


@transaction.atomic
def retire_article(actor: User, *, article_id: int, reason: str) -> Article:
    """Will take an article out of use; it stays readable to editors.

    Locks the article. Raises: NotFound; NotAllowed; InvalidInput (reason); ArticleNotReady.
    """
    article = _lock(actor, article_id)
    permissions.require_edit_knowledge(actor, tenant_id=article.tenant_id)
    if not reason.strip():
        raise InvalidInput(_("请填写停用原因"), field="reason")
    if article.state == ArticleState.RETIRED:
        raise ArticleNotReady(_("此条目已停用"))
    article.state, article.updated_at = ArticleState.RETIRED, clock.now()
    article.save(update_fields=["state", "updated_at"])
    _log(actor, "hotline.retire_article", article, reason=reason.strip()[:NOTE_MAX])
    return article


def record_hit(article_id: int) -> None:
    """Will count that an answer was taken from an article; an unknown one is not an error."""
    Article.objects.filter(pk=article_id).update(hit_count=F("hit_count") + 1)


@transaction.atomic
def give_feedback(*, article_id: int, reader_key: str, useful: bool) -> bool:
    """Will note whether an article helped this reader; False when they said so before.

    reader_key: at most 64 characters: "user:<id>", or a digest for citizens.
    Raises: NotFound (not published).
    """
    if not Article.objects.filter(pk=article_id, state=ArticleState.PUBLISHED).exists():
        raise NotFound(_("没有这个知识条目"))
    try:
        with transaction.atomic():
            ArticleFeedback.objects.create(
                article_id=article_id, reader_key=reader_key, useful=useful, at=clock.now()
            )
    except IntegrityError:
        return False
    counter = "useful_count" if useful else "useless_count"
    Article.objects.filter(pk=article_id).update(**{counter: F(counter) + 1})
    return True


def _lock(actor: User, article_id: int) -> Article:
    found = Article.objects.select_for_update(of=("self",)).filter(pk=article_id)
    article = found.filter(tenant_id__in=permissions.tenant_ids(actor)).first()
    if article is None:
        raise NotFound(_("没有这个知识条目"))
    return article


def _checked(wording: Wording) -> Wording:
    checked = Wording(wording.title.strip(), wording.body.strip(), wording.note.strip())
    for name, label, value, most, required in (
        ("title", _("标题"), checked.title, TITLE_MAX, True),
        ("body", _("正文"), checked.body, BODY_MAX, True),
        ("note", _("修改说明"), checked.note, NOTE_MAX, False),
    ):
        if required and not value:
            raise InvalidInput(_("请填写%s") % label, field=name)
        if len(value) > most:
            raise InvalidInput(
                _("%(label)s不能超过%(most)s个字") % {"label": label, "most": most}, field=name
            )
    return checked


def _place(article: Article, placing: Placing) -> None:
    if placing.class_code and placing.class_code not in dict(
        dictionaries.choices(CLASS_DICTIONARY)
    ):
        raise InvalidInput(_("没有这个诉求分类：%s") % placing.class_code, field="class_code")
    first = placing.valid_from or article.valid_from or clock.today()
    if placing.valid_to is not None and placing.valid_to < first:
        raise InvalidInput(_("失效日期不能早于生效日期"), field="valid_to")
    article.class_code, article.is_public = placing.class_code, placing.is_public
    article.valid_from, article.valid_to = first, placing.valid_to


def _propose(actor: User, article: Article, wording: Wording, *, number: int) -> ArticleVersion:
    return ArticleVersion.objects.create(
        article=article,
        number=number,
        title=wording.title,
        body=wording.body,
        note=wording.note,
        at=clock.now(),
        author_id=actor.pk,
        author_name=actor.display_name,
    )


def _log(actor: User, action: str, article: Article, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="article",
        object_id=article.pk,
        object_label=article.title,
        data=data,
    )
