"""The idea board as staff keep it: let through, answered, adopted ones become cases."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import Organization, User
from apps.accounts.signed_in import actor_of, any_right
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.masking import mask_phone
from apps.common.pages import paged, status_of, take
from apps.common.personal import mask_personal
from apps.matters.selectors import visible_cases
from apps.opinions import permissions, selectors, services
from apps.opinions.enums import IdeaState
from apps.opinions.forms import AdmitForm, AnswerForm, IdeaFilterForm, NoteForm
from apps.opinions.models import Idea
from apps.opinions.views._staff import tabs

#: By the name in the address: title, the form, the service, what is said, in which state.
_Deed = tuple[Any, type[forms.Form], Callable[..., Idea], Any, IdeaState]
DEEDS: dict[str, _Deed] = {
    "admit": (
        gettext_lazy("审核通过"),
        AdmitForm,
        services.admit_idea,
        gettext_lazy("已公开征集支持"),
        IdeaState.SUBMITTED,
    ),
    "refuse": (
        gettext_lazy("不予通过"),
        NoteForm,
        services.refuse_idea,
        gettext_lazy("已告知提交人"),
        IdeaState.SUBMITTED,
    ),
    "adopt": (
        gettext_lazy("采纳并立案"),
        AnswerForm,
        services.adopt_idea,
        gettext_lazy("已采纳并立案落实"),
        IdeaState.RIPE,
    ),
    "decline": (
        gettext_lazy("不予采纳"),
        AnswerForm,
        services.decline_idea,
        gettext_lazy("已公布答复"),
        IdeaState.RIPE,
    ),
}


@any_right(*permissions.IDEA_READERS)
@require_GET
def idea_list(request: HttpRequest) -> HttpResponse:
    """What citizens propose and where it stands."""
    viewer, form = actor_of(request), IdeaFilterForm(request.GET)
    context = paged(request, selectors.list_ideas(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs(viewer, "idea-list"),
    }
    return render(request, "opinions/idea_list.html", context)


@any_right(*permissions.IDEA_READERS)
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; audited."""
    viewer = actor_of(request)
    rows = selectors.list_ideas(viewer, **IdeaFilterForm(request.GET).wanted())
    audit.record(viewer, "ideas.exported", data={"count": rows.count()})
    columns = [
        Column(_("标题"), lambda i: mask_personal(i.title), 40),
        Column(_("创意内容"), lambda i: mask_personal(i.text), 80),
        Column(_("状态"), lambda i: i.get_state_display(), 14),
        Column(_("支持数"), lambda i: i.votes, 10),
        Column(_("答复单位"), lambda i: i.unit.name if i.unit else "", 24),
        Column(_("单位答复"), lambda i: i.answer, 60),
        Column(_("受理编号"), lambda i: i.case.number if i.case else "", 20),
        Column(_("提交时间"), lambda i: i.created_at, 20),
    ]
    return xlsx_response(f"{_('市民创意')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@any_right(*permissions.IDEA_READERS)
@require_GET
def idea_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One idea and what may be done with it."""
    return _page(request, actor_of(request), pk)


@any_right(*permissions.IDEA_READERS)
@require_POST
def deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Let through, refuse, adopt, decline."""
    actor = actor_of(request)
    idea = selectors.get_idea(actor, pk)
    if deed not in DEEDS:
        raise Http404
    _title, _form, do, done, _state = DEEDS[deed]
    form = _form_of(deed, idea, request.POST)
    moved = None
    if form.is_valid():
        moved = take(form, lambda: do(actor, idea_id=pk, **form.cleaned_data))
    if moved is not None:
        messages.success(request, str(done))
        return redirect("opinions:idea-detail", pk=pk)
    return _page(request, actor, pk, filled={deed: form})


def _form_of(name: str, idea: Idea, posted: Any = None) -> forms.Form:
    form_class = DEEDS[name][1]
    if form_class is AdmitForm:
        return AdmitForm(posted, units=_units(idea))
    return form_class(posted, auto_id=f"id_{name}_%s")


def _units(idea: Idea) -> QuerySet[Organization]:
    return Organization.objects.filter(tenant=idea.tenant_id, is_active=True).order_by("path")


def _page(
    request: HttpRequest,
    viewer: User,
    pk: int,
    *,
    filled: dict[str, forms.Form] | None = None,
) -> HttpResponse:
    idea, filled = selectors.get_idea(viewer, pk), filled or {}
    may = {
        IdeaState.SUBMITTED: permissions.can_moderate(viewer, idea),
        IdeaState.RIPE: permissions.can_answer(viewer, idea),
    }
    offered = [
        (name, title, filled.get(name) or _form_of(name, idea))
        for name, (title, _form, _do, _done, state) in DEEDS.items()
        if idea.state == state and may.get(state)
    ]
    context = {
        "idea": idea,
        "text": mask_personal(idea.text),
        "author_phone": mask_phone(idea.phone),
        "deeds": offered,
        "errors": next(iter(filled.values()), None),
        "sees_case": idea.case_id is not None
        and visible_cases(viewer).filter(pk=idea.case_id).exists(),
    }
    status = status_of(*filled.values())
    return render(request, "opinions/idea_detail.html", context, status=status)
