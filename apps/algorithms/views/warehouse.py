"""Algorithms, one of them with its versions, a model registered, the buttons of a version."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.algorithms import permissions, selectors, services
from apps.algorithms.forms import AlgorithmFilterForm, ModelForm
from apps.algorithms.models import AlgorithmVersion
from apps.algorithms.services import testing
from apps.algorithms.views._common import number_of, reader_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import Refused
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.places.models import Area


@login_required
@require_GET
def algorithm_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the warehouse."""
    viewer = reader_of(request)
    form = AlgorithmFilterForm(request.GET)
    context = paged(request, selectors.list_algorithms(**form.wanted())) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "algorithms/algorithm_list.html", context)


@login_required
@require_GET
def algorithm_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, one line a version."""
    viewer = reader_of(request)
    found = selectors.list_algorithms(**AlgorithmFilterForm(request.GET).wanted())
    versions = AlgorithmVersion.objects.filter(algorithm__in=found).select_related("algorithm")
    audit.record(viewer, "algorithms.exported", data={"count": versions.count()})
    columns = [
        Column(_("代码"), lambda v: v.algorithm.code, 20),
        Column(_("名称"), lambda v: v.algorithm.name, 24),
        Column(_("厂商"), lambda v: v.algorithm.vendor, 20),
        Column(_("用途"), lambda v: v.algorithm.get_task_display(), 18),
        Column(_("版本"), lambda v: v.version, 10),
        Column(_("状态"), lambda v: v.get_state_display(), 12),
        Column("F1", lambda v: v.score.get("f1"), 10),
        Column(_("每帧毫秒"), lambda v: v.score.get("ms"), 10),
        Column(_("SHA-256 摘要"), lambda v: v.sha256, 66),
    ]
    rows = versions.order_by("algorithm__code", "-pk").iterator(2000)
    return xlsx_response(f"{_('算法仓库')}-{clock.today():%Y%m%d}", columns, rows)


@login_required
@require_http_methods(["GET", "POST"])
def model_new(request: HttpRequest) -> HttpResponse:
    """A vendor's model to register."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    form = ModelForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = take(
            form,
            lambda: services.register_model(
                viewer,
                name=given["name"],
                manifest=given["manifest"],
                chunks=given["file"].chunks(),
                vendor_key=given["vendor_key"],
            ),
        )
        if made is not None:
            messages.success(request, _("已登记，请进行校验"))
            return redirect("algorithms:algorithm-detail", code=made.algorithm.code)
    status = 422 if form.errors else 200
    return render(request, "algorithms/model_new.html", {"form": form}, status=status)


@login_required
@require_GET
def algorithm_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One algorithm: versions with their sheets, aliases and how they were moved."""
    viewer = reader_of(request)
    algorithm = selectors.get_algorithm(code)
    versions = list(algorithm.versions.all())
    context = {
        "algorithm": algorithm,
        "versions": versions,
        "published": [one for one in versions if one.state == "published"],
        "moves": algorithm.moves.select_related("before", "after", "area", "moved_by")[:20],
        "evaluations": selectors.evaluations_of(algorithm),
        "sets": selectors.list_sample_sets().filter(task=algorithm.task),
        "areas": Area.objects.filter(level__code="district").defer("boundary").order_by("path"),
        "may_keep": permissions.can_keep(viewer),
        "may_publish": permissions.can_publish(viewer),
    }
    return render(request, "algorithms/algorithm_detail.html", context)


@login_required
@require_POST
def version_do(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """A button of a version."""
    viewer = reader_of(request)
    version = selectors.get_version(pk)
    reason = request.POST.get("reason", "")
    deeds: dict[str, tuple[Callable[[], Any], str]] = {
        "check": (
            lambda: _order(request, viewer, pk, testing.CHECK),
            _("已进入队列，稍后刷新查看"),
        ),
        "trial": (
            lambda: _order(request, viewer, pk, testing.TRIAL),
            _("已进入队列，稍后刷新查看"),
        ),
        "evaluate": (
            lambda: _order(request, viewer, pk, testing.EVALUATION),
            _("已进入队列，稍后刷新查看"),
        ),
        "publish": (lambda: services.publish(viewer, version_id=pk), _("已发布")),
        "retire": (lambda: services.retire(viewer, version_id=pk, reason=reason), _("已停用")),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("algorithms:algorithm-detail", code=version.algorithm.code)


def _order(request: HttpRequest, viewer: User, pk: int, test: str) -> Any:
    unit = selectors.units_of(viewer, permissions.KEEP).first()
    if unit is None:
        raise Refused(_("您没有可以记账的单位"))
    set_id = number_of(request, "set") or None
    return services.order_test(viewer, version_id=pk, test=test, unit=unit, set_id=set_id)


@login_required
@require_POST
def alias_move(request: HttpRequest, code: str) -> HttpResponse:
    """A name means another version from now on, for a share of the cameras or for all."""
    viewer = reader_of(request)
    algorithm = selectors.get_algorithm(code)
    area = Area.objects.filter(code=request.POST.get("area", "")).first()
    share = request.POST.get("share", "") or "100"
    tell(
        request,
        lambda: services.move_alias(
            viewer,
            algorithm_id=algorithm.pk,
            name=request.POST.get("name", ""),
            version_id=number_of(request, "version"),
            reason=request.POST.get("reason", ""),
            area=area,
            share=int(share) if share.isascii() and share.isdigit() and len(share) < 4 else -1,
        ),
        done=_("别名已移动"),
    )
    return redirect("algorithms:algorithm-detail", code=code)


@login_required
@require_POST
def alias_do(request: HttpRequest, code: str, pk: int, deed: str) -> HttpResponse:
    """A name moved back; a canary ended, or made what everybody runs."""
    viewer = reader_of(request)
    reason = request.POST.get("reason", "")
    deeds: dict[str, tuple[Callable[[], Any], str]] = {
        "back": (
            lambda: services.roll_back(viewer, alias_id=pk, reason=reason),
            _("已回退到先前版本"),
        ),
        "end": (
            lambda: services.end_canary(viewer, alias_id=pk, reason=reason),
            _("灰度已结束，相关摄像机恢复生产版本"),
        ),
        "promote": (
            lambda: services.promote_canary(viewer, alias_id=pk, reason=reason),
            _("灰度版本已转为生产版本"),
        ),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("algorithms:algorithm-detail", code=code)
