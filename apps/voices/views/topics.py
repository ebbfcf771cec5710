"""Topics: the list, one topic and what is done with it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take
from apps.voices import permissions, selectors, services
from apps.voices.enums import TopicState
from apps.voices.forms import CloseForm, ConfirmForm, DismissForm, EarlyForm, TopicFilterForm
from apps.voices.models import Topic


def topic_reader(request: HttpRequest) -> User:
    """Will give the signed-in person. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_read_topics(viewer)
    return viewer


@login_required
@require_GET
def topic_list(request: HttpRequest) -> HttpResponse:
    """What many speak of, and how far it is."""
    viewer = topic_reader(request)
    form = TopicFilterForm(request.GET)
    context = paged(request, selectors.list_topics(viewer, **form.wanted())) | {
        "form": form,
        "may_read": permissions.can_read(viewer),
    }
    return render(request, "voices/topic_list.html", context)


@login_required
@require_GET
def topic_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = topic_reader(request)
    rows = selectors.list_topics(viewer, **TopicFilterForm(request.GET).wanted())
    audit.record(viewer, "topics.exported", data={"count": rows.count()})
    columns = [
        Column(_("专题名称"), lambda t: t.name, 30),
        Column(_("来源"), lambda t: t.get_source_display(), 10),
        Column(_("状态"), lambda t: t.get_state_display(), 12),
        Column(_("区域"), lambda t: t.area.name if t.area else "", 20),
        Column(_("责任单位"), lambda t: t.unit.name if t.unit else "", 24),
        Column(_("诉求数"), lambda t: t.reports, 10),
        Column(_("反映人数"), lambda t: t.reporters, 10),
        Column(_("首次发现"), lambda t: t.first_on, 12),
        Column(_("最近发现"), lambda t: t.last_on, 12),
        Column(_("依据"), lambda t: t.why, 60),
    ]
    return xlsx_response(f"{_('诉求专题')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_GET
def topic_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One topic: why, who answers for it, who spoke, what became of it."""
    viewer = topic_reader(request)
    return _page(request, viewer, selectors.get_topic(viewer, pk=pk))


#: By the name in the address: (title, form, the service, what is said).
_Deed = tuple[Any, type[forms.Form], Callable[..., Topic], Any]
DEEDS: dict[str, _Deed] = {
    "confirm": (
        gettext_lazy("确认为专题"),
        ConfirmForm,
        services.confirm_topic,
        gettext_lazy("已确认，责任单位已收到通知"),
    ),
    "dismiss": (
        gettext_lazy("排除"),
        DismissForm,
        services.dismiss_topic,
        gettext_lazy("已排除；同一区域与类别今后须更明显才会再次提出"),
    ),
    "early": (
        gettext_lazy("转未诉先办"),
        EarlyForm,
        services.make_case,
        gettext_lazy("已立案并交责任单位处置"),
    ),
    "close": (
        gettext_lazy("结束跟踪"),
        CloseForm,
        services.close_topic,
        gettext_lazy("已结束跟踪"),
    ),
}
#: Which deeds are open in which state.
OFFERED = {
    TopicState.DETECTED: ("confirm", "dismiss"),
    TopicState.FOLLOWED: ("early", "close", "dismiss"),
}


@login_required
@require_POST
def topic_deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One deed on a topic."""
    viewer = topic_reader(request)
    if name not in DEEDS:
        raise Http404
    topic = selectors.get_topic(viewer, pk=pk)
    _title, _form, do, done = DEEDS[name]
    form = _form_of(name, topic, request.POST)
    if form.is_valid():
        moved = take(form, lambda: do(viewer, topic_id=pk, **form.cleaned_data))
        if moved is not None:
            messages.success(request, str(done))
            return redirect("voices:topic-detail", pk=pk)
    return _page(request, viewer, topic, filled={name: form}, status=422)


def _form_of(name: str, topic: Topic, posted: Any = None) -> forms.Form:
    """Several forms stand on one page: each has ids of its own."""
    form_class, ids = DEEDS[name][1], f"id_{name}_%s"
    if form_class is ConfirmForm:
        return ConfirmForm(posted, topic=topic, auto_id=ids)
    return form_class(posted, auto_id=ids)


def _page(
    request: HttpRequest,
    viewer: User,
    topic: Topic,
    *,
    filled: dict[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    offered = OFFERED.get(TopicState(topic.state), ())
    if not permissions.can_keep_topic(viewer, topic):
        offered = ()
    context = paged(request, selectors.reports_of(viewer, topic)) | {
        "topic": topic,
        "deeds": [
            (name, DEEDS[name][0], (filled or {}).get(name) or _form_of(name, topic))
            for name in offered
        ],
        "errors": next(iter((filled or {}).values()), None),
        "limit": selectors.limit_of(topic),
        "may_see_case": selectors.sees_case(viewer, topic),
    }
    return render(request, "voices/topic_detail.html", context, status=status)
