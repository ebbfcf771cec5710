"""What the platform will need: trend, reviews of half a year, load tests."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.common import clock
from apps.common.pages import take
from apps.upkeep import permissions, selectors, services
from apps.upkeep.forms import ConclusionForm, LoadTestForm
from apps.upkeep.models import CapacityReview, LoadTest
from apps.upkeep.views._common import reader_of, tabs

SHOWN = 20


@login_required
@require_http_methods(["GET", "POST"])
def capacity(request: HttpRequest) -> HttpResponse:
    """The trend as it is measured now, the reviews, the load tests; one of each to enter."""
    viewer = reader_of(request)
    review = ConclusionForm(auto_id="review_%s")
    test = LoadTestForm(auto_id="test_%s")
    bound: forms.Form | None = None
    if request.method == "POST":
        made: Model | None = None
        if "line" in request.POST:
            bound = test = LoadTestForm(request.POST, auto_id="test_%s")
            if test.is_valid():
                made = take(test, lambda: services.note_load_test(viewer, **test.cleaned_data))
        else:
            bound = review = ConclusionForm(request.POST, auto_id="review_%s")
            if review.is_valid():
                made = take(review, lambda: services.hold_review(viewer, **review.cleaned_data))
        if made is not None:
            messages.success(request, _("已保存"))
            return redirect("upkeep:capacity")
    context = {
        "trend": selectors.trend_of(),
        "half": selectors.half_of(clock.today()),
        "reviews": CapacityReview.objects.order_by("-half")[:SHOWN],
        "tests": LoadTest.objects.order_by("-at", "-pk")[:SHOWN],
        "review": review,
        "test": test,
        "bound": bound,
        "may_keep": permissions.can_keep(viewer),
        "tabs": tabs(viewer, "capacity"),
    }
    return render(request, "upkeep/capacity.html", context, status=422 if bound else 200)
