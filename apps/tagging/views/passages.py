"""The list of passages, and its sheet. Source: IO-14."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import xlsx_response
from apps.common.pages import paged
from apps.tagging import selectors
from apps.tagging.forms import PassageFilterForm
from apps.tagging.permissions import can_keep
from apps.tagging.views._common import passage_columns, reader_of, tabs


@login_required
@require_GET
def passage_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the passages; of the last week unless asked otherwise."""
    viewer = reader_of(request)
    form = PassageFilterForm(request.GET, viewer=viewer)
    context = paged(request, selectors.list_passages(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs("passage-list"),
        "may_keep": can_keep(viewer),
    }
    return render(request, "tagging/passage_list.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def passage_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_passages(viewer, **PassageFilterForm(request.GET, viewer=viewer).wanted())
    audit.record(viewer, "passages.exported", data={"filter": request.GET.urlencode()[:300]})
    name = f"{_('标签通行')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, passage_columns(), rows.iterator(2000))
