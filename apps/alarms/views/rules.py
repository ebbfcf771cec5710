"""Threshold rules: write, rehearse over past readings, try, have published."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.forms import ReasonForm
from apps.accounts.models import Organization, User
from apps.alarms import acts, permissions, selectors, services
from apps.alarms.forms import RuleForm, initial_of
from apps.alarms.models import AlarmRule, RuleRehearsal
from apps.alarms.registry import all_profiles
from apps.alarms.rules.examples import Tried
from apps.alarms.views._common import reader_of, tabs
from apps.alarms.views.rehearsals import shown
from apps.common.errors import NotFound
from apps.common.pages import paged, take, tell


@login_required
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """The rules of the viewer's bodies."""
    viewer = reader_of(request, *permissions.RULE_READERS)
    context = paged(request, selectors.list_rules(viewer)) | {
        "tabs": tabs(viewer, "rule-list"),
        "may_edit": viewer.has_perm(permissions.EDIT),
    }
    return render(request, "alarms/rule_list.html", context)


@login_required
@require_GET
def rule_detail(request: HttpRequest, rule_id: int) -> HttpResponse:
    """One rule: what is in force, what is being written, how its test cases go."""
    viewer = reader_of(request, *permissions.RULE_READERS)
    rule = selectors.get_rule(viewer, pk=rule_id)
    return _detail(request, viewer, rule, ReasonForm())


def _detail(
    request: HttpRequest, viewer: User, rule: AlarmRule, form: ReasonForm, status: int = 200
) -> HttpResponse:
    draft = selectors.find_draft(rule)
    shown = draft or rule.current
    context = {
        "rule": rule,
        "draft": draft,
        "versions": rule.versions.select_related("author", "publisher"),
        "lines": acts.lines_of(rule.current.body) if rule.current is not None else {},
        "draft_lines": acts.lines_of(draft.body) if draft is not None else {},
        "tried": services.read_body(rule.unit, rule.area, shown.body) if shown else [],
        "may_edit": viewer.has_perm(permissions.EDIT),
        "form": form,
    }
    return render(request, "alarms/rule_detail.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, rule_id: int | None = None) -> HttpResponse:
    """The form of a rule; the button 试算 has the worker say what it would have raised.

    What is filled in stays in the form meanwhile, and nothing of it is kept as a draft.
    """
    viewer = reader_of(request, permissions.EDIT)
    rule = selectors.get_rule(viewer, pk=rule_id) if rule_id is not None else None
    initial: dict[str, Any] = {}
    if rule is not None:
        kept = selectors.find_draft(rule) or rule.current
        initial = initial_of(rule, kept.body if kept is not None else {})
    form = RuleForm(request.POST or None, viewer=viewer, initial=initial)
    run: RuleRehearsal | None = None
    tried: list[Tried] = []
    if request.method == "POST" and form.is_valid():
        if "rehearse" in request.POST:
            tried = take(form, lambda: _try(form)) or []
            if not form.errors:
                run = take(form, lambda: _rehearse(viewer, form, rule_id))
        else:
            draft = take(form, lambda: _save(viewer, form, rule_id))
            if draft is not None:
                messages.success(request, _("已保存为第%d版草稿") % draft.number)
                return redirect("alarms:rule-detail", draft.rule_id)
    context = {
        "form": form, "rule": rule, "tried": tried, "profiles": all_profiles().values(),
    }  # fmt: skip
    if run is not None:
        context |= shown(viewer, run)
    return render(request, "alarms/rule_edit.html", context, status=422 if form.errors else 200)


def _new(form: RuleForm) -> services.NewRule:
    said = form.cleaned_data
    return services.NewRule(
        name=said["name"], profile=said["profile"], body=form.body(), area=said["area"],
        asset_class=said["asset_class"], note=said["note"],
    )  # fmt: skip


def _save(viewer: User, form: RuleForm, rule_id: int | None) -> Any:
    unit: Organization = form.cleaned_data["unit"]
    return services.save_rule(viewer, unit=unit, new=_new(form), rule_id=rule_id)


def _rehearse(viewer: User, form: RuleForm, rule_id: int | None) -> RuleRehearsal:
    unit: Organization = form.cleaned_data["unit"]
    return services.order_rehearsal(viewer, unit=unit, new=_new(form), rule_id=rule_id)


def _try(form: RuleForm) -> list[Tried]:
    said = form.cleaned_data
    return services.read_body(said["unit"], said["area"], form.body())


@login_required
@require_POST
def rule_publish(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Files the draft for a second person."""
    viewer = reader_of(request, permissions.EDIT)
    rule = selectors.get_rule(viewer, pk=rule_id)
    draft = selectors.find_draft(rule)
    if draft is None:
        raise NotFound(_("没有编制中的版本"))
    form = ReasonForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        held = take(
            form,
            lambda: approvals.file_change(viewer, proposal=acts.publication(draft), reason=reason),
        )
        if held is not None:
            messages.success(request, _("已提交，由另一人复核后生效。"))
            return redirect("alarms:rule-detail", rule_id)
    return _detail(request, viewer, rule, form, status=422)


@login_required
@require_POST
def rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Stops or resumes following a rule."""
    viewer = reader_of(request, permissions.EDIT)
    is_on = request.POST.get("is_on") == "1"
    tell(
        request,
        lambda: services.switch_rule(viewer, rule_id=rule_id, is_on=is_on),
        done=_("规则已启用") if is_on else _("规则已停用"),
    )
    return redirect("alarms:rule-detail", rule_id)
