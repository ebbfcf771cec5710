"""Applications of edge nodes: versions, where they run, rolling out and back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.common.errors import InvalidInput
from apps.common.pages import paged, status_of, take, tell
from apps.polling import permissions, selectors, services
from apps.polling.forms import ApplicationFilterForm, ApplicationForm, ReleaseForm
from apps.polling.models import EdgeApplication
from apps.polling.views._common import reader_of, show_edit


@login_required
@require_GET
def application_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the applications."""
    viewer = reader_of(request)
    form = ApplicationFilterForm(request.GET)
    context = paged(request, selectors.list_applications(viewer, **form.wanted())) | {
        "form": form,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "polling/application_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def application_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One application to write; a new one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    application = selectors.get_application(viewer, pk=pk) if pk is not None else None
    form = ApplicationForm(request.POST or None, viewer=viewer, application=application)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_application(viewer, spec=spec, application_id=pk))
        if saved is not None:
            messages.success(request, _("已保存边缘应用“%(name)s”") % {"name": saved.name})
            return redirect("polling:application-detail", pk=saved.pk)
    words = {"kind": "application", "kinds": _("边缘应用"), "new": _("登记边缘应用")}
    return show_edit(request, form, thing=application, **words)


@login_required
@require_GET
def application_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: its versions, the nodes, what was ordered."""
    viewer = reader_of(request)
    return _detail(request, viewer, selectors.get_application(viewer, pk=pk), ReleaseForm())


@login_required
@require_POST
def release_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A version added."""
    viewer = reader_of(request)
    application = selectors.get_application(viewer, pk=pk)
    permissions.require_keep_in(viewer, application.area)
    form = ReleaseForm(request.POST)
    if form.is_valid():
        spec = form.spec()
        added = take(form, lambda: services.add_release(viewer, application_id=pk, spec=spec))
        if added is not None:
            messages.success(request, _("已登记版本“%s”") % added.version)
            return redirect("polling:application-detail", pk=pk)
    return _detail(request, viewer, application, form)


@login_required
@require_POST
def release_withdraw(request: HttpRequest, pk: int, release_id: int) -> HttpResponse:
    """A version ordered no more."""
    viewer = reader_of(request)
    release = selectors.get_release(selectors.get_application(viewer, pk=pk), pk=release_id)
    tell(
        request,
        lambda: services.withdraw_release(viewer, release_id=release.pk),
        done=_("版本已撤回，不再下发；正在运行的节点不受影响"),
    )
    return redirect("polling:application-detail", pk=pk)


@login_required
@require_POST
def rollout(request: HttpRequest, pk: int) -> HttpResponse:
    """A version ordered for the nodes chosen: rolled out, rolled back or removed."""
    viewer = reader_of(request)
    application = selectors.get_application(viewer, pk=pk)
    nodes = [int(n) for n in request.POST.getlist("node") if n.isascii() and n.isdecimal()][:501]
    asked = request.POST.get("order", "")

    def order() -> int:
        if asked == "back":
            return services.roll_back(viewer, application_id=pk, node_ids=nodes)
        if asked == "remove":
            return services.remove(viewer, application_id=pk, node_ids=nodes)
        if not (asked.isascii() and asked.isdecimal()):
            raise InvalidInput(_("请选择要下发的版本"), field="order")
        release = selectors.get_release(application, pk=int(asked))
        return services.roll_out(viewer, release_id=release.pk, node_ids=nodes)

    tell(
        request,
        order,
        done=lambda n: (
            ngettext("已下达到 %d 个节点，随下次心跳取用", "已下达到 %d 个节点，随下次心跳取用", n)
            % n
        ),
    )
    return redirect("polling:application-detail", pk=pk)


def _detail(
    request: HttpRequest, viewer: User, application: EdgeApplication, form: ReleaseForm
) -> HttpResponse:
    releases = list(selectors.releases_of(application))
    context = paged(request, selectors.rollouts_of(viewer, application)) | {
        "application": application,
        "releases": releases,
        "offered": [release for release in releases if release.withdrawn_at is None],
        "nodes": selectors.nodes_for(viewer, application),
        "form": form,
        "may_keep": permissions.can_keep_in(viewer, application.area),
        "may_order": permissions.can_keep(viewer),
    }
    return render(request, "polling/application_detail.html", context, status=status_of(form))
