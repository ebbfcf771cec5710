"""Clients: what they may do, their keys, applying for more."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.registry import Proposal
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.assurance.demands import require
from apps.accounts.errors import SecondPersonNeeded
from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import DomainError
from apps.gateway import proposals, selectors, services
from apps.gateway.enums import PersonalField
from apps.gateway.forms import CertificateForm, ClientForm, NewClientForm, SigningKeyForm
from apps.gateway.models import ApiClient
from apps.gateway.registry import scope_labels
from apps.gateway.views.access import client_manager_required

FIGURES_OF = timedelta(hours=24)


@client_manager_required
@require_GET
def client_list(request: HttpRequest) -> HttpResponse:
    """Every client with how it does."""
    actor = actor_of(request)
    services.write_calls()
    figures = selectors.figures_of(actor, since=FIGURES_OF)
    rows = [
        {"client": client, "figures": figures.get(client.pk, selectors.ClientFigures())}
        for client in selectors.list_clients(actor)
    ]
    return render(request, "gateway/client_list.html", {"rows": rows, "now": clock.now()})


@client_manager_required
@require_http_methods(["GET", "POST"])
def client_create(request: HttpRequest) -> HttpResponse:
    """Files the registration of a client; another person lets it happen."""
    actor = actor_of(request)
    form = NewClientForm(request.POST or None, viewer=actor)
    if form.is_valid():
        require(request, "rights.change")
        data = form.client_data
        assert data.owner is not None
        proposal = proposals.registering(
            tenant=data.owner.tenant, service_user=form.cleaned_data["service_user"], data=data
        )
        try:
            return _filed(request, proposal, form)
        except DomainError as refusal:
            form.add_error(_field(form, refusal), str(refusal))
    return render(request, "gateway/client_form.html", {"form": form, "client": None})


@client_manager_required
@require_http_methods(["GET", "POST"])
def client_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes a client at once where it gets nothing more; else files it.

    ``?scope=`` marks a scope to apply for, as the catalogue does.
    """
    actor = actor_of(request)
    client = selectors.get_client(actor, pk)
    form = ClientForm(request.POST or None, viewer=actor, initial=_initial(request, client))
    if form.is_valid():
        require(request, "rights.change")
        try:
            services.edit_client(actor, client_id=pk, data=form.client_data)
        except SecondPersonNeeded as needed:
            return _apply(request, client, form, needed)
        except DomainError as refusal:
            form.add_error(_field(form, refusal), str(refusal))
        else:
            messages.success(request, _("已保存"))
            return redirect("clients:client-detail", pk=pk)
    return render(request, "gateway/client_form.html", {"form": form, "client": client})


@client_manager_required
@require_GET
def client_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One client: what it may do, its keys, its last day."""
    actor = actor_of(request)
    client = selectors.get_client(actor, pk)
    services.write_calls()
    labels = scope_labels()
    search = selectors.CallSearch(client=client)
    context = {
        "client": client,
        "now": clock.now(),
        "scopes": [(code, labels.get(code, _("全部（服务账号所能）"))) for code in client.scopes],
        "keys": client.keys.all()[:10],
        "signing_keys": client.signing_keys.all()[:10],
        "certificates": client.certificates.all()[:10],
        "clear": [PersonalField(name).label for name in client.clear_fields],
        "is_clear": bool(client.clear_now),
        "is_answered_for": services.is_answered_for(client),
        "suspends_at": services.suspends_at(client),
        "certificate_form": CertificateForm(auto_id="certificate_%s"),
        "held": find_pending(act=proposals.WIDEN, subject_id=client.pk),
        "signing_form": SigningKeyForm(auto_id="signing_%s"),
        "figures": selectors.figures_of(actor, since=FIGURES_OF).get(
            client.pk, selectors.ClientFigures()
        ),
        "calls": selectors.list_calls(actor, search)[:10],
    }
    return render(request, "gateway/client_detail.html", context)


@client_manager_required
@never_cache
@require_POST
def key_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives a further key and shows it, once."""
    return _with_key(request, pk, services.issue_key)


@client_manager_required
@never_cache
@require_POST
def key_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives a new key for the old one and shows it, once."""
    return _with_key(request, pk, services.rotate_key)


@client_manager_required
@require_POST
def key_end(request: HttpRequest, pk: int, key_id: int) -> HttpResponse:
    """Ends one key at once."""
    selectors.get_client(actor_of(request), pk)
    services.end_key(actor_of(request), client_id=pk, key_id=key_id)
    messages.success(request, _("密钥已停用"))
    return redirect("clients:client-detail", pk=pk)


@client_manager_required
@never_cache
@require_POST
def signing_key_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Registers what the client signs with; a shared secret is shown, once."""
    require(request, "secret.issue")
    actor = actor_of(request)
    client = selectors.get_client(actor, pk)
    form = SigningKeyForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择签名算法并核对公钥"))
        return redirect("clients:client-detail", pk=pk)
    try:
        key, secret = services.add_signing_key(actor, client_id=pk, **form.cleaned_data)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("clients:client-detail", pk=pk)
    if not secret:
        messages.success(request, _("已登记签名公钥，编号 %s") % key.keyid)
        return redirect("clients:client-detail", pk=pk)
    return _shown(request, client, secret, keyid=key.keyid)


@client_manager_required
@require_POST
def signing_key_end(request: HttpRequest, pk: int, key_id: int) -> HttpResponse:
    """Ends one signing key at once."""
    selectors.get_client(actor_of(request), pk)
    services.end_signing_key(actor_of(request), client_id=pk, key_id=key_id)
    messages.success(request, _("签名密钥已停用"))
    return redirect("clients:client-detail", pk=pk)


@client_manager_required
@require_POST
def certificate_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Registers a certificate the client comes with."""
    require(request, "secret.issue")
    actor = actor_of(request)
    selectors.get_client(actor, pk)
    try:
        services.add_certificate(actor, client_id=pk, pem=request.POST.get("pem", "")[:12_000])
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("证书已登记"))
    return redirect("clients:client-detail", pk=pk)


@client_manager_required
@require_POST
def certificate_end(request: HttpRequest, pk: int, certificate_id: int) -> HttpResponse:
    """Ends one certificate at once."""
    selectors.get_client(actor_of(request), pk)
    services.end_certificate(actor_of(request), client_id=pk, certificate_id=certificate_id)
    messages.success(request, _("证书已停用"))
    return redirect("clients:client-detail", pk=pk)


@client_manager_required
@require_POST
def client_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a client and all its keys, for good."""
    selectors.get_client(actor_of(request), pk)
    services.revoke_client(actor_of(request), client_id=pk)
    messages.success(request, _("客户端已吊销，其全部密钥已停用"))
    return redirect("clients:client-detail", pk=pk)


def _with_key(request: HttpRequest, pk: int, deed: Any) -> HttpResponse:
    require(request, "secret.issue")
    actor = actor_of(request)
    client = selectors.get_client(actor, pk)
    try:
        key = deed(actor, client_id=pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("clients:client-detail", pk=pk)
    return _shown(request, client, key)


def _shown(
    request: HttpRequest, client: ApiClient, secret: str, *, keyid: str = ""
) -> HttpResponse:
    context = {"client": client, "secret": secret, "keyid": keyid}
    return render(request, "gateway/client_secret.html", context)


def _apply(
    request: HttpRequest, client: ApiClient, form: ClientForm, needed: SecondPersonNeeded
) -> HttpResponse:
    """Files what needs a second person; without a reason the form says so and keeps all."""
    context = {"form": form, "client": client}
    if not form.cleaned_data["reason"].strip():
        form.add_error("reason", str(needed))
        return render(request, "gateway/client_form.html", context)
    try:
        return _filed(request, proposals.widening(client=client, data=form.client_data), form)
    except DomainError as refusal:
        form.add_error(_field(form, refusal), str(refusal))
        return render(request, "gateway/client_form.html", context)


def _filed(request: HttpRequest, proposal: Proposal, form: ClientForm) -> HttpResponse:
    change = approvals.file_change(
        actor_of(request), proposal=proposal, reason=form.cleaned_data["reason"]
    )
    messages.success(request, _("已提交，由另一人复核后生效。"))
    return redirect("accounts:approval-detail", change.pk)


def _initial(request: HttpRequest, client: ApiClient) -> dict[str, Any]:
    wanted = [s for s in request.GET.getlist("scope") if s in scope_labels()]
    until = timezone.localtime(client.expires_at).date() if client.expires_at else None
    return {
        "name": client.name,
        "owner": client.owner_id,
        "scopes": [*client.scopes, *wanted],
        "allowed_ranges": "\n".join(client.allowed_ranges),
        "rate": client.rate,
        "daily_quota": client.daily_quota,
        "requires_signature": client.requires_signature,
        "is_trial": client.is_trial,
        "expires_on": until,
        "owner_person": client.owner_person_id,
        "requires_certificate": client.requires_certificate,
        "clear_fields": client.clear_fields,
        "clear_purpose": client.clear_purpose,
        "clear_until": timezone.localtime(client.clear_until).date()
        if client.clear_until
        else None,
    }


def _field(form: ClientForm, refusal: DomainError) -> str | None:
    name = {"expires_at": "expires_on"}.get(refusal.field or "", refusal.field)
    return name if name in form.fields else None
