"""Leave to go out, and rules on passages. Source: IO-14."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import clock
from apps.common.errors import NotFound
from apps.common.pages import paged, take, tell
from apps.tagging import permissions, selectors, services
from apps.tagging.forms import PassFilterForm, PassForm, RuleForm
from apps.tagging.views._common import keeper_of, reader_of, show_edit, tabs


@login_required
@require_GET
def pass_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the leaves."""
    viewer = reader_of(request)
    form = PassFilterForm(request.GET)
    context = paged(request, selectors.list_passes(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs("pass-list"),
        "may_keep": permissions.can_keep(viewer),
        "now": clock.now(),
    }
    return render(request, "tagging/pass_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pass_new(request: HttpRequest) -> HttpResponse:
    """Leave for one thing."""
    viewer = keeper_of(request)
    form = PassForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        given = take(form, lambda: services.give_pass(viewer, **form.cleaned_data))
        if given is not None:
            messages.success(request, _("已登记出门许可"))
            return redirect("tagging:pass-list")
    return show_edit(
        request, form, title=_("登记出门许可"), kinds=_("出门许可"), list_name="pass-list"
    )


@login_required
@require_POST
def pass_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave taken back."""
    viewer = keeper_of(request)
    if not selectors.list_passes(viewer).filter(pk=pk).exists():
        raise NotFound(_("没有这个出门许可"))
    tell(request, lambda: services.end_pass(viewer, pass_id=pk), done=_("已撤销出门许可"))
    return redirect("tagging:pass-list")


@login_required
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """The rules of the viewer's units."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_rules(viewer)) | {
        "tabs": tabs("rule-list"),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "tagging/rule_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One rule to write; a new one without a number in the address."""
    viewer = keeper_of(request)
    rule = selectors.get_rule(viewer, pk=pk) if pk is not None else None
    form = RuleForm(request.POST or None, viewer=viewer, rule=rule)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_rule(viewer, spec=spec, rule_id=pk))
        if saved is not None:
            messages.success(request, _("已保存通行规则“%(name)s”") % {"name": saved.name})
            return redirect("tagging:rule-list")
    title = rule.name if rule else _("新增规则")
    return show_edit(request, form, title=title, kinds=_("通行规则"), list_name="rule-list")
