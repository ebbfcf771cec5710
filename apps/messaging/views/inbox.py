"""The queue of citizens who wait, and one conversation with all an agent can do."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.common import clock, files
from apps.common.pages import paged, take, tell
from apps.messaging import permissions, selectors, services
from apps.messaging.enums import FIRST_ANSWER_SECONDS, Direction
from apps.messaging.forms import AnswerForm, ConversationFilterForm, MuteForm
from apps.messaging.models import Conversation, MessageFile
from apps.messaging.views._common import reader_of


@dataclass(frozen=True)
class Row:
    """A conversation as the list shows it. waited_s: seconds since the first unanswered word."""

    conversation: Conversation
    outsider: str
    name: str
    waited_s: int | None

    @property
    def is_late(self) -> bool:
        return self.waited_s is not None and self.waited_s > FIRST_ANSWER_SECONDS

    @property
    def waited(self) -> str:
        """Minutes and seconds, from an hour on hours and minutes."""
        if self.waited_s is None:
            return ""
        minutes, seconds = divmod(self.waited_s, 60)
        if minutes < 60:
            return _("%(m)d分%(s)02d秒") % {"m": minutes, "s": seconds}
        return _("%(h)d小时%(m)02d分") % {"h": minutes // 60, "m": minutes % 60}


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Will list who waits, longest first; my conversations; who floods; all."""
    viewer = reader_of(request)
    form = ConversationFilterForm(request.GET)
    names = {
        "waiting": _("待接待"),
        "mine": _("我接待的"),
        "muted": _("超限与静默"),
        "all": _("全部会话"),
    }
    tab = request.GET.get("tab", "waiting")
    tab = tab if tab in names else "waiting"
    context = paged(request, selectors.list_conversations(viewer, tab=tab, **form.wanted()))
    moment = clock.now()
    context |= {
        "rows": [row_of(one, moment) for one in context["rows"]],
        "form": form,
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "url": f"?tab={code}",
                "current": code == tab,
                "count": selectors.count_waiting(viewer) if code == "waiting" else None,
            }
            for code, label in names.items()
        ],
        "may_oversee": permissions.can_oversee(viewer),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "messaging/inbox.html", context)


def row_of(conversation: Conversation, now: datetime) -> Row:
    """Will give one row with its outsider masked."""
    since = conversation.waiting_since
    return Row(
        conversation,
        selectors.masked_outsider(conversation),
        conversation.name,
        max(0, int((now - since).total_seconds())) if since is not None else None,
    )


@login_required
@require_GET
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """Will show what was written, and what can be done."""
    viewer = reader_of(request)
    found = selectors.get_conversation(viewer, pk=pk)
    return _page(request, viewer, found)


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Will send an agent's answer; what was refused stays in the form."""
    viewer = reader_of(request)
    found = selectors.get_conversation(viewer, pk=pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        words, key = form.cleaned_data["text"], str(form.cleaned_data["key"])
        if take(form, lambda: services.answer(viewer, conversation_id=pk, text=words, key=key)):
            messages.success(request, _("已答复"))
            return redirect("messaging:conversation", pk=pk)
    return _page(request, viewer, found, form=form, status=422)


@login_required
@require_POST
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Will take, give back, end or unmute a conversation."""
    viewer = reader_of(request)
    selectors.get_conversation(viewer, pk=pk)
    deeds = {
        "claim": (services.claim, _("已接待")),
        "release": (services.release, _("已放回队列")),
        "close": (services.close, _("会话已结束")),
        "unmute": (services.unmute, _("已取消静默")),
    }
    do, done = deeds[name]
    tell(request, lambda: do(viewer, conversation_id=pk), done=done)
    return redirect("messaging:conversation", pk=pk)


@login_required
@require_POST
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    """Will have nobody wait for an answer for some time, with a reason."""
    viewer = reader_of(request)
    found = selectors.get_conversation(viewer, pk=pk)
    form = MuteForm(request.POST)
    if form.is_valid():
        until, reason = form.until(), form.cleaned_data["reason"]
        if take(
            form,
            lambda: services.mute(viewer, conversation_id=pk, until=until, reason=reason),
        ):
            messages.success(request, _("已静默，来信仍会保存"))
            return redirect("messaging:conversation", pk=pk)
    return _page(request, viewer, found, mute_form=form, status=422)


@login_required
@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Will put one message beside a case of the citizen."""
    viewer = reader_of(request)
    selectors.get_conversation(viewer, pk=pk)
    message_id, case_id = _whole(request.POST.get("message")), _whole(request.POST.get("case"))
    tell(
        request,
        lambda: services.attach(viewer, conversation_id=pk, message_id=message_id, case_id=case_id),
        done=_("已附到诉求"),
    )
    return redirect("messaging:conversation", pk=pk)


@login_required
@require_POST
def to_desk(request: HttpRequest, pk: int) -> HttpResponse:
    """Will lay the citizen's words on the desk, to be registered there."""
    viewer = reader_of(request)
    selectors.get_conversation(viewer, pk=pk)
    made: list[uuid.UUID] = []
    if tell(
        request,
        lambda: made.append(services.prepare_desk(viewer, conversation_id=pk)),
        done=_("来信已带入受理台，请核对后登记"),
    ):
        return redirect(f"{reverse('hotline:desk')}?draft={made[0]}")
    return redirect("messaging:conversation", pk=pk)


@login_required
@require_GET
def message_file(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """Will give a file of a conversation the viewer may see."""
    viewer = reader_of(request)
    found = selectors.get_conversation(viewer, pk=pk)
    kept = get_object_or_404(MessageFile, pk=file_id, message__conversation=found)
    return files.file_response(
        kept.file, download_name=kept.name, thumbnail="thumbnail" in request.GET
    )


def _page(
    request: HttpRequest,
    viewer: User,
    found: Conversation,
    *,
    form: AnswerForm | None = None,
    mute_form: MuteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    moment = clock.now()
    may_answer = permissions.can_answer(viewer, found.account)
    agent = found.agent
    thread = selectors.list_messages(found)
    context: dict[str, Any] = {
        "row": row_of(found, moment),
        "conversation": found,
        "thread": thread,
        "attachable": [
            one for one in reversed(thread) if one.direction == Direction.IN and not one.case_id
        ],
        "cases": selectors.cases_of(found),
        "form": form or AnswerForm(initial={"key": uuid.uuid4()}),
        "mute_form": mute_form or MuteForm(),
        "may_answer": may_answer,
        "is_mine": agent is not None and agent.pk == viewer.pk,
        "is_others": agent is not None and agent.pk != viewer.pk,
        "is_muted": found.muted_until is not None and found.muted_until > moment,
        "may_turn": may_answer and viewer.has_perm("hotline.take_calls"),
        "templates": selectors.templates_for(found) if may_answer else [],
        "snippets": selectors.snippets_for(found) if may_answer else [],
    }
    return render(request, "messaging/conversation.html", context, status=status)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0
