"""The desk: one page for a call, from the ringing to the receipt number."""

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import files
from apps.common.errors import DomainError, InvalidInput
from apps.common.forms_data import DataForm
from apps.hotline import families, own_fields, permissions, phones, registry, services
from apps.hotline.forms import IntakeForm
from apps.hotline.models import Call, DeskDraft, Line
from apps.hotline.registry import first_values
from apps.hotline.selectors import callers, calls, drafts, vocabulary
from apps.hotline.telephony import exchange
from apps.hotline.views.access import agent_required, number_or_none, token_or_none
from apps.matters.definition import definition_of
from apps.matters.selectors import get_case

TYPED_NOT = {"csrfmiddlewaretoken", "token", "call", "then", "file"}


@agent_required
def desk(request: HttpRequest) -> HttpResponse:
    """Will show the form for a call, restored where one was begun; registers it on POST."""
    agent = actor_of(request)
    if request.method == "POST":
        return _submit(request, agent)
    call = calls.desk_call(agent, number_or_none(request.GET.get("call")))
    draft = _draft_for(request, agent, call)
    if call is None and draft is not None:
        call = draft.call
    form = IntakeForm(initial=_first_values(draft, call))
    own = own_fields.own_form(kept=draft.data if draft is not None else None)
    content = families.family_forms(kept=draft.data if draft is not None else None)
    return _page(request, agent, form, own, content, call=call, draft=draft)


def _submit(request: HttpRequest, agent: User) -> HttpResponse:
    """Keeps what was typed first, so that whatever is refused next, nothing is lost."""
    form = IntakeForm(request.POST)
    token = token_or_none(request.POST.get("token"))
    if token is None:
        raise InvalidInput(_("表单编号无效，请重新打开受理台"))
    call_id = number_or_none(request.POST.get("call"))
    typed = {k: v for k, v in request.POST.items() if k not in TYPED_NOT}
    services.save_draft(agent, token=token, data=typed, call_id=call_id)
    own = own_fields.own_form(own_fields.posted(request))
    content = families.family_forms(request.POST)
    if form.is_valid() & own.is_valid() & content.is_valid():
        try:
            _attach(request, agent, token)
            outcome = services.submit_form(
                agent,
                token=token,
                intake=replace(
                    form.intake(),
                    form_data=own_fields.values_of(own),
                    family_content=content.values(),
                ),
                then=form.next_step(request.POST.get("then", "")),
                call_id=call_id,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("hotline:desk-registered", case_id=outcome.case.pk)
    call = calls.desk_call(agent, call_id)
    draft = drafts.find_draft(agent, token)
    return _page(request, agent, form, own, content, call=call, draft=draft, status=422)


def _attach(request: HttpRequest, agent: User, token: uuid.UUID) -> None:
    for upload in request.FILES.getlist("file"):
        stored = files.store(upload)
        services.attach_file(agent, token=token, file=stored, name=upload.name or "")


def _draft_for(request: HttpRequest, agent: User, call: Call | None) -> DeskDraft | None:
    """Finds the form to go on with: the one asked for, that of the call, or the newest."""
    token = token_or_none(request.GET.get("draft"))
    if token is not None:
        return drafts.find_draft(agent, token)
    if call is not None:
        return drafts.find_draft_of_call(agent, call)
    return None if "new" in request.GET else drafts.find_draft(agent)


def _first_values(draft: DeskDraft | None, call: Call | None) -> dict[str, Any]:
    values: dict[str, Any] = {"token": uuid.uuid4(), "wants_callback": True}
    if call is not None:
        values |= {"call": call.pk, "reporter_phone": phones.spaced(call.phone)}
        values |= first_values(call)
        if call.caller is not None:
            values |= {
                "reporter_name": call.caller.name,
                "reporter_gender": call.caller.gender,
            }
    if draft is not None:
        kept = {k: v for k, v in draft.data.items() if k != "files"}
        for box in ("is_secret", "is_public", "wants_callback"):
            kept[box] = box in draft.data
        values |= kept | {"token": draft.token, "call": draft.call_id}
    return values


def _page(
    request: HttpRequest,
    agent: User,
    form: IntakeForm,
    own: DataForm,
    content: families.FamilyForms,
    *,
    call: Call | None,
    draft: DeskDraft | None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "own": own,
        "families": content,
        "call": call,
        "draft": draft,
        "files": draft.data.get("files", []) if draft else [],
        "other_drafts": [d for d in drafts.list_drafts(agent) if draft is None or d.pk != draft.pk],
        "checks": [form["is_secret"], form["is_public"], form["wants_callback"]],
        "map_center": _map_center(agent),
        "class_choices": vocabulary.class_choices(),
        "is_simulated": exchange().is_simulated,
    } | _caller_context(agent, form["reporter_phone"].value() or "")
    return render(request, "hotline/desk.html", context, status=status)


def _map_center(agent: User) -> str:
    area = drafts.require_tenant(agent).area
    return f"{area.center.x},{area.center.y}" if area is not None and area.center else ""


def _caller_context(agent: User, spelling: str) -> dict[str, Any]:
    phone = phones.parse(spelling) or ""
    return {
        "caller": callers.caller_by_phone(agent, phone),
        "history": callers.caller_history(agent, phone, limit=8),
        "asked_phone": phone,
        "phone_unknown": bool(spelling.strip()) and phones.parse(spelling) is None,
    }


@agent_required
@require_GET
def registered(request: HttpRequest, case_id: int) -> HttpResponse:
    """Will show the receipt number to read to the caller."""
    case = get_case(actor_of(request), case_id=case_id)
    definition = definition_of(case.version_id, case.version.body)
    context = {
        "case": case,
        "state_label": definition.state(case.state).label,
        "explanation": case.proposal.explanation if case.proposal else "",
    }
    return render(request, "hotline/desk_registered.html", context)


@agent_required
@require_GET
def caller(request: HttpRequest) -> HttpResponse:
    """Will show what is known of the typed number (fragment)."""
    context = _caller_context(actor_of(request), request.GET.get("reporter_phone", ""))
    return render(request, "hotline/_desk_caller.html", context)


@agent_required
@require_GET
def incoming(request: HttpRequest) -> HttpResponse:
    """Will show the call that rings or runs (fragment, refreshed by push and every 10 s)."""
    agent = actor_of(request)
    call = calls.current_call(agent)
    context = {"current": call, "sees_phone": call and permissions.can_see_phone(agent, call)}
    return render(request, "hotline/_desk_call.html", context)


@agent_required
@require_GET
def panels(request: HttpRequest) -> HttpResponse:
    """Will show what other apps put beside the form (fragment, refreshed by push alone).

    Not every ten seconds like the call: somebody may be reading or choosing in it.
    """
    agent = actor_of(request)
    found = registry.desk_panels(agent, calls.current_call(agent))
    return render(request, "hotline/_desk_panels.html", {"panels": found})


@agent_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Will keep what was typed so far; the page calls this while the agent types."""
    token = token_or_none(request.POST.get("token"))
    if token is None:
        return JsonResponse({"saved": False}, status=400)
    typed = {k: v for k, v in request.POST.items() if k not in TYPED_NOT}
    call_id = number_or_none(request.POST.get("call"))
    draft = services.save_draft(actor_of(request), token=token, data=typed, call_id=call_id)
    if draft is None:
        return JsonResponse({"saved": False, "registered": True})
    at = timezone.localtime(draft.saved_at).strftime("%H:%M:%S")
    return JsonResponse({"saved": True, "text": _("已自动保存 %s") % at})


@agent_required
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Will throw a draft away."""
    token = token_or_none(request.POST.get("token"))
    if token is not None:
        services.discard(actor_of(request), token=token)
        messages.info(request, _("草稿已删除"))
    return redirect(f"{reverse('hotline:desk')}?new=1")


@agent_required
@require_POST
def add_files(request: HttpRequest) -> HttpResponse:
    """Will keep chosen files with the draft at once (fragment: the list of files)."""
    agent, token = actor_of(request), token_or_none(request.POST.get("token"))
    problem = ""
    if token is None:
        problem = _("表单编号无效，请重新打开受理台")
    else:
        try:
            _attach(request, agent, token)
        except DomainError as error:
            problem = str(error)
    return _files(request, agent, token, problem)


@agent_required
@require_POST
def remove_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """Will take a file off the draft (fragment)."""
    agent, token = actor_of(request), token_or_none(request.POST.get("token"))
    if token is not None:
        services.detach_file(agent, token=token, file_id=file_id)
    return _files(request, agent, token, "")


def _files(
    request: HttpRequest, agent: User, token: uuid.UUID | None, problem: str
) -> HttpResponse:
    draft = drafts.find_draft(agent, token) if token else None
    context = {"files": draft.data.get("files", []) if draft else [], "problem": problem}
    return render(request, "hotline/_desk_files.html", context)


@agent_required
@require_POST
def take(request: HttpRequest, call_id: int) -> HttpResponse:
    """Will connect a ringing call to this agent and open a form for it."""
    agent = actor_of(request)
    call = services.take_call(agent, call_id=call_id)
    if call.is_live and call.answered_at is None:
        exchange().answer(exchange_id=call.exchange_id, agent=agent.username)
    return redirect(f"{reverse('hotline:desk')}?call={call.pk}")


@agent_required
@require_POST
def hang_up(request: HttpRequest, call_id: int) -> HttpResponse:
    """Will end the call; the form stays open."""
    call = services.end_call(actor_of(request), call_id=call_id)
    exchange().hang_up(exchange_id=call.exchange_id)
    return redirect(f"{reverse('hotline:desk')}?call={call.pk}")


@login_required
@require_POST
def simulate(request: HttpRequest) -> HttpResponse:
    """Will let an invented citizen call this agent; only with the simulated exchange."""
    from apps.hotline.adapters.simulator import Exchange

    agent, simulator = actor_of(request), exchange()
    permissions.require_take_calls(agent)
    if not isinstance(simulator, Exchange):
        raise InvalidInput(_("当前接入的是真实话务系统，不能模拟来电"))
    tenant = drafts.require_tenant(agent)
    line = Line.objects.filter(tenant=tenant, is_active=True).first()
    if line is None:
        raise InvalidInput(_("尚未设置热线号码，请联系系统管理员"))
    phone = request.POST.get("phone") or callers.some_caller_phone(tenant) or "13812345678"
    simulator.ring(line=line.number, phone=phone, agent=agent.username)
    return redirect("hotline:desk")
