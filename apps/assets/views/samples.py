"""Samples of surveys, and how they compare with what others found."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.assets import permissions, selectors, services
from apps.assets.forms import SampleForm
from apps.assets.views._common import reader_of
from apps.common.errors import DomainError
from apps.common.pages import paged, put_into


@login_required
@require_http_methods(["GET", "POST"])
def sample_list(request: HttpRequest) -> HttpResponse:
    """Draw a sample, and those drawn before."""
    viewer = reader_of(request)
    permissions.require_rule(viewer)
    form = SampleForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            sample = services.draw_sample(viewer, **form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            return redirect("assets:sample-detail", pk=sample.pk)
    context = paged(request, selectors.list_samples(viewer)) | {"form": form}
    return render(request, "assets/sample_list.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def sample_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One sample: error rate per class, and every pair."""
    viewer = reader_of(request)
    permissions.require_rule(viewer)
    sample = selectors.get_sample(viewer, pk=pk)
    compared = selectors.compare_sample(sample)
    context = {"sample": sample, "rows": compared, "rates": selectors.error_rates(compared)}
    return render(request, "assets/sample_detail.html", context)
