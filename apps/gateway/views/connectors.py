"""The pages of connectors: who is told, how they do, their secrets and a test."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput, Refused
from apps.gateway import selectors, services
from apps.gateway.enums import DeliveryState, MappingDirection, PersonalField
from apps.gateway.forms import ConnectorForm, InboundForm, NewConnectorForm
from apps.gateway.models import Connector
from apps.gateway.views.access import manager_required

RECENT_SHOWN = 10


@manager_required
@require_GET
def connector_list(request: HttpRequest) -> HttpResponse:
    """Every connector with how it does."""
    found = selectors.health_of(selectors.list_connectors(actor_of(request)))
    return render(request, "gateway/connector_list.html", {"healths": found})


@manager_required
@never_cache
@require_http_methods(["GET", "POST"])
def connector_create(request: HttpRequest) -> HttpResponse:
    """Registers a connector; the answer shows its secret, once."""
    if request.method == "POST":
        require(request, "secret.issue")
    actor = actor_of(request)
    tenants = selectors.list_tenants(actor)
    form = NewConnectorForm(
        request.POST or None, tenants=tenants, clients=selectors.list_clients_of(tenants)
    )
    if form.is_valid():
        try:
            connector, secret = services.create_connector(
                actor,
                code=form.cleaned_data["code"],
                tenant=form.cleaned_data["tenant"],
                data=form.connector_data,
            )
        except DomainError as refusal:
            form.add_error(_known(form, refusal.field), str(refusal))
        else:
            return _show_secret(request, connector, secret)
    return render(request, "gateway/connector_form.html", {"form": form, "connector": None})


@manager_required
@require_GET
def connector_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One connector: settings, state, recent deliveries, what may be done."""
    actor = actor_of(request)
    connector = selectors.get_connector(actor, pk)
    context = {
        "connector": connector,
        "clear": [PersonalField(name).label for name in sorted(connector.inbound_client.clear_now)]
        if connector.inbound_client
        else [],
        "inbound": selectors.list_inbound(connector),
        "has_inbound": selectors.has_valid_inbound(connector),
        "may_issue": actor.has_perm(services.ISSUE),
        "inbound_form": InboundForm(connector=connector, auto_id="inbound_%s"),
        "inbound_url": _inbound_url(request, connector),
        "health": selectors.health_of(Connector.objects.filter(pk=connector.pk))[0],
        "deliveries": selectors.list_deliveries(actor, connector=connector)[:RECENT_SHOWN],
        "mapping_out": selectors.find_mapping(connector, MappingDirection.OUT),
        "mapping_in": selectors.find_mapping(connector, MappingDirection.IN),
        "reconciliation": selectors.list_reconciliations(connector).first(),
    }
    return render(request, "gateway/connector_detail.html", context)


@manager_required
@require_http_methods(["GET", "POST"])
def connector_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes settings of a connector."""
    actor = actor_of(request)
    connector = selectors.get_connector(actor, pk)
    clients = selectors.list_clients_of([connector.tenant])
    form = ConnectorForm(request.POST or None, initial=_initial(connector), clients=clients)
    if form.is_valid():
        try:
            services.edit_connector(actor, connector_id=pk, data=form.connector_data)
        except DomainError as refusal:
            form.add_error(_known(form, refusal.field), str(refusal))
        else:
            messages.success(request, _("已保存"))
            return redirect("connectors:connector-detail", pk=pk)
    context = {"form": form, "connector": connector}
    return render(request, "gateway/connector_form.html", context)


@manager_required
@never_cache
@require_POST
def connector_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a new secret and shows it, once."""
    require(request, "secret.issue")
    actor = actor_of(request)
    secret = services.rotate_secret(actor, connector_id=pk)
    return _show_secret(request, selectors.get_connector(actor, pk), secret)


@manager_required
@never_cache
@require_POST
def inbound_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issues a secret for messages to us, or the next one, and shows it, once."""
    actor = actor_of(request)
    connector = selectors.get_connector(actor, pk)
    form = InboundForm(request.POST, connector=connector)
    if not form.is_valid():
        messages.error(request, _("请选择本租户在用的接口客户端"))
        return redirect("connectors:connector-detail", pk=pk)
    overlap = timedelta(0) if form.cleaned_data["ends_now"] else services.OVERLAP
    try:
        secret = services.issue_inbound_secret(
            actor, connector_id=pk, client_id=form.cleaned_data["client"].pk, overlap=overlap
        )
    except InvalidInput as refusal:
        messages.error(request, str(refusal))
        return redirect("connectors:connector-detail", pk=pk)
    context = {
        "connector": connector,
        "secret": secret,
        "inbound_url": _inbound_url(request, connector),
        "old_until": selectors.inbound_overlap_until(connector),
    }
    return render(request, "gateway/inbound_secret.html", context)


@manager_required
@require_POST
def inbound_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends every secret for messages to us."""
    try:
        services.revoke_inbound_secrets(actor_of(request), connector_id=pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("验签密钥已吊销，对方的消息将被拒收"))
    return redirect("connectors:connector-detail", pk=pk)


@manager_required
@require_POST
def connector_pause(request: HttpRequest, pk: int) -> HttpResponse:
    services.pause_connector(actor_of(request), connector_id=pk)
    messages.success(request, _("已暂停；期间的消息会保留，恢复后发送"))
    return redirect("connectors:connector-detail", pk=pk)


@manager_required
@require_POST
def connector_resume(request: HttpRequest, pk: int) -> HttpResponse:
    services.resume_connector(actor_of(request), connector_id=pk)
    messages.success(request, _("已恢复发送"))
    return redirect("connectors:connector-detail", pk=pk)


@manager_required
@require_POST
def connector_ping(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends a test message and says how it went."""
    delivery = services.ping(actor_of(request), connector_id=pk)
    if delivery.state == DeliveryState.SENT:
        messages.success(request, _("测试消息已送达，对方答复 %s") % delivery.last_status)
    else:
        messages.error(request, _("测试消息未送达：%s") % delivery.last_error)
    return redirect("connectors:connector-detail", pk=pk)


def _show_secret(request: HttpRequest, connector: Connector, secret: str) -> HttpResponse:
    context = {"connector": connector, "secret": secret}
    return render(request, "gateway/connector_secret.html", context)


def _inbound_url(request: HttpRequest, connector: Connector) -> str:
    path = reverse("api-signed-results", kwargs={"code": connector.code})
    return request.build_absolute_uri(path)


def _initial(connector: Connector) -> dict[str, object]:
    return {
        "name": connector.name,
        "url": connector.url,
        "reconcile_url": connector.reconcile_url,
        "topics": "\n".join(connector.topics),
        "matters": "\n".join(connector.matters),
        "timeout_s": connector.timeout_s,
        "client": connector.inbound_client_id,
    }


def _known(form: ConnectorForm, field: str | None) -> str | None:
    return field if field in form.fields else None
