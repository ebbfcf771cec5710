"""The pages of reconciliation: the days of a connector, the differences of one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.pages import paged, tell
from apps.gateway import selectors, services
from apps.gateway.forms import DayForm
from apps.gateway.views.access import manager_required


@manager_required
@require_GET
def reconciliation_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The days that were looked at, the newest first."""
    connector = selectors.get_connector(actor_of(request), pk)
    context = paged(request, selectors.list_reconciliations(connector))
    context |= {"connector": connector, "form": DayForm()}
    return render(request, "gateway/reconciliation_list.html", context)


@manager_required
@require_GET
def reconciliation_detail(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """One day: the counts, what the other side lacks, what nobody here sent."""
    connector = selectors.get_connector(actor_of(request), pk)
    found = selectors.get_reconciliation(connector, row)
    missing = list(selectors.list_missing(found))
    context = {
        "connector": connector,
        "reconciliation": found,
        "deliveries": missing,
        "missing_cut": found.missing_count - len(found.missing),
        "missing_gone": len(found.missing) - len(missing),
        "unknown_cut": found.unknown_count - len(found.unknown),
    }
    return render(request, "gateway/reconciliation_detail.html", context)


@manager_required
@require_POST
def reconciliation_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the other side about a day now."""
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择日期"))
        return redirect("connectors:reconciliation-list", pk=pk)
    try:
        found = services.reconcile(actor_of(request), connector_id=pk, day=form.cleaned_data["day"])
    except (NotFound, NotAllowed):
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("connectors:reconciliation-list", pk=pk)
    return redirect("connectors:reconciliation-detail", pk=pk, row=found.pk)


@manager_required
@require_POST
def reconciliation_replay(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Sends again what the other side lacks."""
    actor = actor_of(request)
    tell(
        request,
        lambda: services.replay_missing(actor, connector_id=pk, reconciliation_id=row),
        done=_("缺少的消息已重新排队，送达后可重新对账"),
    )
    return redirect("connectors:reconciliation-detail", pk=pk, row=row)
