"""Outside chains with their receipts; the ledger of key events with a proof for each."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput
from apps.evidence import selectors, services
from apps.evidence.enums import ReceiptState
from apps.evidence.forms import ChainForm, KindForm
from apps.evidence.models import ChainReceipt, KeyEvent, KeyEventKind
from apps.evidence.registry import ChainFailed
from apps.evidence.views.access import READ_AUDIT, holders_of

PER_PAGE = 30
MANAGE = "evidence.manage_witnesses"


@holders_of(READ_AUDIT, MANAGE)
@require_http_methods(["GET", "POST"])
def chain_list(request: HttpRequest) -> HttpResponse:
    """The chains with their state, what each was given, and a form for a new one."""
    actor = actor_of(request)
    may_manage = actor.has_perm(MANAGE)
    form = ChainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.register_chain(actor, new=form.new)
        except InvalidInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已登记，此后的检查点和关键事件将送其存证"))
            return redirect("evidence:chain-list")
    receipts = Paginator(selectors.list_receipts(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "chains": selectors.list_chains(),
        "page": receipts,
        "tries": selectors.tries_of(receipts),
        "form": form if may_manage else None,
    }
    status = 422 if form.errors else 200
    return render(request, "evidence/chain_list.html", context, status=status)


@holders_of(MANAGE)
@require_POST
def chain_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Pauses a chain, or gives it what came meanwhile."""
    is_active = request.POST.get("is_active") == "1"
    services.set_chain(actor_of(request), chain_id=pk, is_active=is_active)
    messages.success(request, _("已启用") if is_active else _("已暂停，期间的内容在启用后补送"))
    return redirect("evidence:chain-list")


@holders_of(READ_AUDIT)
@never_cache
@require_GET
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """The chain's own certificate of a receipt, as a file."""
    receipt = get_object_or_404(
        ChainReceipt.objects.select_related("chain").exclude(state=ReceiptState.WAITING), pk=pk
    )
    try:
        content = services.chain_certificate(receipt)
    except ChainFailed:
        messages.error(request, _("存证链暂时无法访问，请稍后再试"))
        return redirect("evidence:chain-list")
    response = HttpResponse(content, content_type="application/octet-stream")
    name = f"{receipt.chain.code}-{receipt.pk}.txt"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@holders_of(READ_AUDIT)
@require_GET
def event_list(request: HttpRequest) -> HttpResponse:
    """Key events, the newest first, with what vouches for each; the kinds below."""
    kind = request.GET.get("kind", "")
    found = selectors.list_events(kind=kind if kind.isdecimal() and len(kind) < 10 else "")
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "kinds": KeyEventKind.objects.all(),
        "kind": kind,
        "form": KindForm() if actor_of(request).has_perm(MANAGE) else None,
    }
    return render(request, "evidence/event_list.html", context)


@holders_of(MANAGE)
@require_POST
def kind_set(request: HttpRequest) -> HttpResponse:
    """Says what counts as a key event."""
    form = KindForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写动作和名称"))
        return redirect("evidence:chain-list")
    try:
        services.set_kind(actor_of(request), **form.cleaned_data)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已保存，对此后封存的记录生效"))
    back = "event-list" if actor_of(request).has_perm(READ_AUDIT) else "chain-list"
    return redirect(f"evidence:{back}")


@holders_of(READ_AUDIT)
@never_cache
@require_GET
def event_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The proof package of one key event."""
    event = get_object_or_404(KeyEvent, pk=pk)
    content = services.build_package(actor_of(request), entry_ids=[event.entry_id])
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="event-{event.entry_id}.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
