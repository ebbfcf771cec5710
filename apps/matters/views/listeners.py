"""Listeners: the list, one with its history, and what people do with it (RU-03, MT-07)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.common.errors import DomainError, NotFound
from apps.common.phrases import series
from apps.matters import permissions, selectors, services
from apps.matters.enums import EffectKind, ListenerState
from apps.matters.listener_words import (
    Words,
    condition_text,
    effect_text,
    pattern_text,
    read_words,
    sentence_of,
)
from apps.matters.models import Listener
from apps.matters.selectors.listener_graph import listener_graph
from apps.matters.views.listener_graph import draw_graph
from apps.matters.views.requests import viewer_of

PER_PAGE = 25
_SHOWN = 10  # deliveries and deeds on the page of one listener

#: What an entry of the log says of a listener, in words.
DEEDS_TOLD = {
    "listener.created": gettext_lazy("新建"),
    "listener.edited": gettext_lazy("修改"),
    "listener.submitted": gettext_lazy("提交复核"),
    "listener.sent_back": gettext_lazy("退回修改"),
    "listener.approved": gettext_lazy("复核通过并启用"),
    "listener.paused": gettext_lazy("停用"),
    "listener.resumed": gettext_lazy("恢复启用"),
    "listener_delivery.replayed": gettext_lazy("重放投递"),
}


@login_required
@require_GET
def listener_list(request: HttpRequest) -> HttpResponse:
    """Every listener the viewer may know of, told as a sentence, with what became of it."""
    viewer = viewer_of(request)
    permissions.require_view_listeners(viewer)
    query, state = request.GET.get("q", "")[:60], request.GET.get("state", "")
    found = selectors.list_listeners(viewer, query=query, state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    words = read_words()
    context = {
        "page": page,
        "rows": [(listener, sentence_of(listener, words)) for listener in page],
        "query": query,
        "state": state,
        "states": ListenerState.choices,
        "is_narrowed": bool(query or state),
        "may_write": viewer.has_perm("matters.edit_listeners"),
    }
    return render(request, "matters/listeners/listener_list.html", context)


@login_required
@require_GET
def listener_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One listener in words; before approval, what it would have done and what follows from it."""
    viewer = viewer_of(request)
    listener = selectors.get_listener(viewer, listener_id=pk)
    words = read_words()
    is_open = listener.state in (ListenerState.DRAFT, ListenerState.PENDING)
    deliveries = list(selectors.list_deliveries(viewer, listener=listener)[:_SHOWN])
    graph = listener_graph(viewer, focus=listener)
    context = {
        "listener": listener,
        "sentence": sentence_of(listener, words),
        "pairs": _pairs(listener, words),
        "history": _history(listener),
        "deliveries": deliveries,
        "seen": selectors.seen_cases(viewer, deliveries),
        "graph": graph,
        "drawing": draw_graph(graph, focus=listener),
        "cycle": [*way, way[0]] if (way := _cycle_of(listener, graph.cycles)) else [],
        **_trial(viewer, listener, wanted=is_open or "try" in request.GET),
        **_rights(viewer, listener),
    }
    return render(request, "matters/listeners/listener_detail.html", context)


@login_required
@require_POST
def listener_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Submit, send back, approve, pause, resume or discard."""
    actor = viewer_of(request)
    listener = selectors.get_listener(actor, listener_id=pk)
    if deed not in _DEEDS:
        raise NotFound(_("没有这个操作"))
    run, done = _DEEDS[deed]
    if deed in _IN_FORCE:
        require(request, "definition.publish")
    try:
        run(actor, listener.pk, request)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("matters:listener-detail", pk=pk)
    messages.success(request, str(done))
    if deed == "discard":
        return redirect("matters:listener-list")
    return redirect("matters:listener-detail", pk=pk)


_IN_FORCE = {"approve", "resume"}
Deed = Callable[[User, int, HttpRequest], Any]
_DEEDS: dict[str, tuple[Deed, Promise]] = {
    "submit": (
        lambda actor, pk, request: services.submit_listener(actor, listener_id=pk),
        gettext_lazy("已提交，等待另一人复核"),
    ),
    "send-back": (
        lambda actor, pk, request: services.send_back_listener(
            actor, listener_id=pk, note=request.POST.get("note", "")
        ),
        gettext_lazy("已退回编写人"),
    ),
    "approve": (
        lambda actor, pk, request: services.approve_listener(actor, listener_id=pk),
        gettext_lazy("已启用，之后发生的变化都会被监听"),
    ),
    "pause": (
        lambda actor, pk, request: services.pause_listener(actor, listener_id=pk),
        gettext_lazy("已停用，尚未投递的不再执行"),
    ),
    "resume": (
        lambda actor, pk, request: services.resume_listener(actor, listener_id=pk),
        gettext_lazy("已恢复启用"),
    ),
    "discard": (
        lambda actor, pk, request: services.discard_listener(actor, listener_id=pk),
        gettext_lazy("草稿已删除"),
    ),
}


def _pairs(listener: Listener, words: Words) -> list[tuple[str, str]]:
    data = listener.effect_data
    pairs = [
        (_("监听"), pattern_text(listener.pattern, words)),
        (_("条件"), condition_text(listener.condition) or _("无")),
        (_("动作"), effect_text(listener, words)),
    ]
    if listener.effect == EffectKind.NOTIFY:
        pairs.append((_("通知内容"), data.get("body") or "—"))
    elif listener.effect == EffectKind.OPEN:
        kept = {"keep_place": _("沿用地点"), "keep_class": _("沿用分类")}
        pairs += [
            (_("新案件标题"), data.get("title") or "—"),
            (_("新案件内容"), data.get("text") or "—"),
            (_("带过去的"), series(w for k, w in kept.items() if data.get(k)) or "—"),
        ]
    else:
        pairs.append((_("填写的说明"), data.get("text") or "—"))
    return pairs


def _history(listener: Listener) -> list[dict[str, Any]]:
    return [
        {
            "title": DEEDS_TOLD.get(entry.action, entry.action),
            "at": entry.at,
            "actor": entry.actor_name,
            "text": entry.data.get("note", ""),
        }
        for entry in selectors.history_of(listener)[:_SHOWN]
    ]


def _trial(viewer: User, listener: Listener, *, wanted: bool) -> dict[str, Any]:
    """What it would have done; a condition that cannot be read says so instead."""
    if not wanted:
        return {}
    try:
        return {"trial": selectors.dry_run(viewer, listener)}
    except DomainError as error:
        return {"trial_error": str(error)}


def _cycle_of(listener: Listener, cycles: list[list[Listener]]) -> list[Listener]:
    return next((way for way in cycles if listener in way), [])


def _rights(viewer: User, listener: Listener) -> dict[str, bool]:
    """Which deeds the page offers; the services decide again."""
    state = listener.state
    may_edit = permissions.can_edit_listener(viewer, listener)
    may_approve = permissions.can_approve_listener(viewer, listener)
    is_draft, is_paused = state == ListenerState.DRAFT, state == ListenerState.PAUSED
    return {
        "may_change": may_edit and (is_draft or is_paused),
        "may_submit": may_edit and is_draft,
        "may_discard": may_edit and is_draft and not listener.deliveries.exists(),
        "may_approve": may_approve and state == ListenerState.PENDING,
        "may_resume": may_approve and is_paused and listener.approver_id is not None,
        "may_pause": permissions.can_watch_listener(viewer, listener)
        and state == ListenerState.ACTIVE,
        "is_author": listener.author_id == viewer.pk,
    }
