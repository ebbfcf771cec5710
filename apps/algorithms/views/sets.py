"""Sets to measure on, and how versions did on them. Source: CP-02, CP-03."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.algorithms import permissions, selectors, services
from apps.algorithms.forms import SampleForm, SampleSetForm
from apps.algorithms.models import Evaluation
from apps.algorithms.views._common import reader_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take


@login_required
@require_http_methods(["GET", "POST"])
def set_list(request: HttpRequest) -> HttpResponse:
    """The sets there are; who keeps the warehouse makes new ones."""
    viewer = reader_of(request)
    form = SampleSetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = take(form, lambda: services.save_sample_set(viewer, **form.cleaned_data))
        if made is not None:
            messages.success(request, _("已建立评测集"))
            return redirect("algorithms:set-detail", code=made.code)
    may_keep = permissions.can_keep(viewer)
    context = paged(request, selectors.list_sample_sets()) | {"form": form, "may_keep": may_keep}
    return render(request, "algorithms/set_list.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def set_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One set: its samples, and the score sheet of every version measured on it."""
    viewer = reader_of(request)
    chosen = selectors.get_sample_set(code)
    form = SampleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        made = take(
            form,
            lambda: services.add_sample(
                viewer, set_id=chosen.pk, picture=told["file"], truth=told["truth"]
            ),
        )
        if made is not None:
            messages.success(request, _("已加入样本"))
            return redirect("algorithms:set-detail", code=code)
    is_open = not chosen.is_fixed and not chosen.clips
    context = paged(request, selectors.scores_of(chosen)) | {
        "set": chosen, "form": form, "may_add": is_open and permissions.can_keep(viewer),
    }  # fmt: skip
    return render(
        request, "algorithms/set_detail.html", context, status=422 if form.errors else 200
    )


@login_required
@require_GET
def set_export(request: HttpRequest, code: str) -> HttpResponseBase:
    """The score sheet of a set as a file, for a tender's papers."""
    viewer = reader_of(request)
    chosen = selectors.get_sample_set(code)
    rows = selectors.scores_of(chosen)
    audit.record(
        viewer, "sample_set.exported", object_type="algorithms.sample_set", object_id=chosen.pk,
        object_label=chosen.name, data={"rows": rows.count()},
    )  # fmt: skip
    columns = [
        Column(_("算法"), lambda one: one.version.algorithm.name, 24),
        Column(_("厂商"), lambda one: one.version.algorithm.vendor, 20),
        Column(_("版本"), lambda one: one.version.version, 10),
        *(
            Column(label, _figure(key), 10)
            for key, label in (
                ("f1", "F1"), ("precision", _("精确率")), ("recall", _("召回率")),
                ("right", _("正确")), ("too_much", _("多报")), ("missed", _("漏报")),
                ("ms", _("毫秒/帧")),
            )
        ),
        Column(_("时间"), lambda one: one.at, 18),
    ]  # fmt: skip
    name = f"{_('评分单')}-{chosen.code}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(2000))


def _figure(key: str) -> Callable[[Evaluation], object]:
    return lambda one: one.sheet.get(key, "")
