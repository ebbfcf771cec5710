"""How often firms, places and goods are visited, and which visits are late (GR-06)."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.pages import paged, tell
from apps.registry import permissions, selectors, services
from apps.registry.forms.files import CycleForm
from apps.registry.selectors.care import BOARD_AHEAD
from apps.registry.selectors.cycles import as_due_file, list_due_files
from apps.registry.views._common import holds, reader_required


@holds(permissions.KEEP)
@require_POST
def cycle_set(request: HttpRequest, file_id: int) -> HttpResponse:
    """Sets how often a firm, place or goods is visited."""
    viewer, form = actor_of(request), CycleForm(request.POST)
    file = selectors.get_file(viewer, file_id)
    if form.is_valid():
        tell(
            request,
            lambda: services.set_cycle(viewer, file_id=file.pk, **form.cleaned_data),
            done=lambda made: _("走访周期已设定") if made else _("不再定期走访"),
        )
    else:
        messages.error(request, _("周期应为1至366天"))
    return redirect("registry:file-detail", file.pk)


@reader_required
@require_GET
def due_list(request: HttpRequest) -> HttpResponse:
    """Firms, places and goods whose visit is late or due within two weeks."""
    viewer, today = actor_of(request), clock.today()
    only_late = "late" in request.GET
    until = today - timedelta(days=1) if only_late else today + BOARD_AHEAD
    context = paged(request, list_due_files(viewer, until=until))
    context |= {
        "rows": [as_due_file(row) for row in context["rows"]],
        "only_late": only_late,
        "may_visit": permissions.can_visit(viewer),
    }
    return render(request, "registry/due_list.html", context)
