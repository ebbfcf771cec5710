"""Knowledge: search, read, write, approve, retire."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput, NotAllowed
from apps.hotline import permissions, services
from apps.hotline.enums import ArticleState
from apps.hotline.forms import ArticleForm
from apps.hotline.models import Article
from apps.hotline.selectors import knowledge, vocabulary
from apps.hotline.views.access import number_or_none

PAGE_SIZE = 20


@login_required
@require_GET
def article_list(request: HttpRequest) -> HttpResponse:
    """Will list articles by words, class and state; what waits for approval is one tab."""
    viewer, asked = actor_of(request), request.GET
    problem, filters = "", {k: asked.get(k, "") for k in ("q", "class_code", "state")}
    try:
        found = knowledge.list_articles(
            viewer, words=filters["q"], class_code=filters["class_code"], state=filters["state"]
        )
    except InvalidInput as error:
        problem, found = str(error), knowledge.list_articles(viewer)
    page_number = number_or_none(asked.get("page")) or 1
    start = (page_number - 1) * PAGE_SIZE
    rows = list(found[start : start + PAGE_SIZE + 1])
    context = filters | {
        "articles": rows[:PAGE_SIZE],
        "has_next": len(rows) > PAGE_SIZE,
        "page_number": page_number,
        "problem": problem,
        "states": [("pending", _("待审核")), *ArticleState.choices],
        "classes": vocabulary.class_choices(),
        "can_edit": permissions.can_edit_knowledge(viewer),
    }
    return render(request, "hotline/knowledge_list.html", context)


@login_required
@require_GET
def article_detail(request: HttpRequest, article_id: int) -> HttpResponse:
    """Will show an article, its versions, what waits for approval and what changed."""
    viewer = actor_of(request)
    article = knowledge.get_article(viewer, article_id)
    return _detail(request, viewer, article)


def _detail(
    request: HttpRequest, viewer: User, article: Article, *, problem: str = "", status: int = 200
) -> HttpResponse:
    pending = knowledge.pending_version(article)
    context = {
        "article": article,
        "versions": knowledge.list_versions(article),
        "pending": pending,
        "changes": knowledge.changes(article, pending) if pending else [],
        "can_edit": permissions.can_edit_knowledge(viewer),
        "can_approve": pending is not None
        and permissions.can_approve(viewer, article, author_id=pending.author_id),
        "is_own": pending is not None and pending.author_id == viewer.pk,
        "said": knowledge.has_feedback(article, f"user:{viewer.pk}"),
        "problem": problem,
    }
    return render(request, "hotline/knowledge_detail.html", context, status=status)


@login_required
def article_edit(request: HttpRequest, article_id: int | None = None) -> HttpResponse:
    """Will write a new article or a new wording of one."""
    viewer = actor_of(request)
    if not permissions.can_edit_knowledge(viewer):
        raise NotAllowed(_("您没有编写知识的权限"))
    article = knowledge.get_article(viewer, article_id) if article_id else None
    if request.method != "POST":
        form = ArticleForm(initial=_wording_of(article) if article else None)
        return render(request, "hotline/knowledge_edit.html", {"form": form, "article": article})
    form = ArticleForm(request.POST)
    if form.is_valid():
        try:
            saved = _save(viewer, article, form)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("已提交，待另一人审核后生效"))
            return redirect("hotline:knowledge-detail", article_id=saved)
    context = {"form": form, "article": article}
    return render(request, "hotline/knowledge_edit.html", context, status=422)


def _save(viewer: User, article: Article | None, form: ArticleForm) -> int:
    if article is not None:
        version = services.edit_article(
            viewer, article_id=article.pk, wording=form.wording(), placing=form.placing()
        )
        return version.article_id
    held = appointments_in_force(viewer).first()
    if held is None:
        raise NotAllowed(_("您今天没有任职岗位，不能编写知识"))
    created = services.create_article(
        viewer, unit=held.post.organization, wording=form.wording(), placing=form.placing()
    )
    return created.pk


def _wording_of(article: Article) -> dict[str, object]:
    pending = knowledge.pending_version(article)
    newest = pending or article
    return {
        "title": newest.title,
        "body": newest.body,
        "class_code": article.class_code,
        "is_public": article.is_public,
        "valid_from": article.valid_from,
        "valid_to": article.valid_to,
    }


@login_required
@require_POST
def article_publish(request: HttpRequest, article_id: int) -> HttpResponse:
    """Will approve the waiting version."""
    viewer = actor_of(request)
    article = knowledge.get_article(viewer, article_id)
    number = number_or_none(request.POST.get("number")) or 0
    try:
        services.publish_article(viewer, article_id=article.pk, number=number)
    except NotAllowed:
        raise
    except DomainError as error:
        return _detail(request, viewer, article, problem=str(error), status=error.status)
    messages.success(request, _("已审核发布"))
    return redirect("hotline:knowledge-detail", article_id=article.pk)


@login_required
@require_POST
def article_retire(request: HttpRequest, article_id: int) -> HttpResponse:
    """Will take an article out of use."""
    viewer = actor_of(request)
    article = knowledge.get_article(viewer, article_id)
    try:
        services.retire_article(
            viewer, article_id=article.pk, reason=request.POST.get("reason", "")
        )
    except NotAllowed:
        raise
    except DomainError as error:
        return _detail(request, viewer, article, problem=str(error), status=error.status)
    messages.success(request, _("已停用"))
    return redirect("hotline:knowledge-detail", article_id=article.pk)


@login_required
@require_POST
def article_feedback(request: HttpRequest, article_id: int) -> HttpResponse:
    """Will note whether the article helped, once per reader."""
    viewer = actor_of(request)
    article = knowledge.get_article(viewer, article_id)
    new = services.give_feedback(
        article_id=article.pk,
        reader_key=f"user:{viewer.pk}",
        useful=request.POST.get("useful") == "yes",
    )
    messages.info(request, _("感谢反馈") if new else _("您已评价过此条目"))
    return redirect("hotline:knowledge-detail", article_id=article.pk)
