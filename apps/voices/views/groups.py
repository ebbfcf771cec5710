"""Groups of voices: the list, one group, and looking for others who speak of the same."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.matters.models import Case
from apps.matters.selectors import get_case
from apps.voices import permissions, selectors, services
from apps.voices.forms import AnswerForm, GroupFilterForm, JoinForm, ReasonForm
from apps.voices.models import Voice, VoiceGroup
from apps.voices.views._common import reader_of


@login_required
@require_GET
def group_list(request: HttpRequest) -> HttpResponse:
    """The groups, most voices first, with the last 30 days counted both ways."""
    viewer = reader_of(request)
    form = GroupFilterForm(request.GET)
    period = selectors.last_month(clock.today())
    context = paged(request, selectors.list_groups(viewer, **form.wanted())) | {
        "form": form,
        "both": selectors.count_both_ways(selectors.demands_since(viewer, period)),
    }
    return render(request, "voices/group_list.html", context)


@login_required
@require_GET
def group_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_groups(viewer, **GroupFilterForm(request.GET).wanted())
    audit.record(viewer, "voice_groups.exported", data={"count": rows.count()})
    columns = [
        Column(_("主案件"), lambda g: g.main.number, 20),
        Column(_("标题"), lambda g: g.main.title, 40),
        Column(_("分类"), lambda g: g.main.class_label, 16),
        Column(_("区域"), lambda g: g.main.area.name, 16),
        Column(_("承办单位"), lambda g: g.main.unit.name if g.main.unit else "", 24),
        Column(_("诉求件数"), lambda g: g.voice_count, 10),
        Column(_("状态"), lambda g: _state(g), 12),
        Column(_("建立时间"), lambda g: g.opened_at, 18),
    ]
    return xlsx_response(f"{_('诉求群组')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


def _state(group: VoiceGroup) -> str:
    return selectors.state_label(group.main)


@login_required
@require_GET
def group_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One group: who speaks, where, what was done, what all are answered."""
    viewer = reader_of(request)
    return _group_page(request, viewer, pk, AnswerForm())


def _group_page(
    request: HttpRequest, viewer: User, pk: int, form: AnswerForm, status: int = 200
) -> HttpResponse:
    found = selectors.get_group(viewer, pk=pk)
    if not form.is_bound:
        form.initial["answer"] = found.group.answer
    context = {
        "found": found,
        "count": 1 + len(found.voices) + found.hidden,
        "events": selectors.timeline_of(found),
        "has_points": bool(selectors.points_of(found)["features"]),
        "form": form,
        "leave_form": ReasonForm(),
        "may_answer": permissions.can_answer(viewer),
    }
    return render(request, "voices/group_detail.html", context, status=status)


@login_required
@require_GET
def group_points(request: HttpRequest, pk: int) -> JsonResponse:
    """The places of a group's cases, as GeoJSON for its map."""
    return JsonResponse(selectors.points_of(selectors.get_group(reader_of(request), pk=pk)))


@login_required
@require_POST
def group_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One answer for all."""
    viewer = reader_of(request)
    form = AnswerForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["answer"]
        saved = take(form, lambda: services.save_answer(viewer, group_id=pk, text=text))
        if saved is not None:
            messages.success(request, _("已保存统一答复"))
            return redirect("voices:group-detail", pk=pk)
    return _group_page(request, viewer, pk, form, status=422)


@login_required
@require_POST
def voice_leave(request: HttpRequest, pk: int, voice_id: int) -> HttpResponse:
    """A merge undone."""
    viewer = reader_of(request)
    selectors.get_group(viewer, pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写拆开理由"))
        return redirect("voices:group-detail", pk=pk)
    tell(
        request,
        lambda: services.leave(viewer, voice_id=voice_id, reason=form.cleaned_data["reason"]),
        done=_("已撤销合并，案件恢复单独办理"),
    )
    return redirect("voices:group-detail", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, case_id: int) -> HttpResponse:
    """Up to five cases that may be about the same, side by side; one of them chosen."""
    viewer = reader_of(request)
    case = get_case(viewer, case_id=case_id)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        voice = take(form, lambda: _joined(viewer, case, form))
        if voice is not None:
            messages.success(request, _("已并入，反映人已另行告知"))
            return redirect("voices:group-detail", pk=voice.group_id)
    proposals = selectors.propose_for(viewer, case)
    context = {
        "case": case,
        "proposals": proposals,
        "form": form,
        "group": selectors.find_group_of(case),
    }
    return render(request, "voices/propose.html", context, status=422 if form.errors else 200)


def _joined(viewer: User, case: Case, form: JoinForm) -> Voice:
    wanted = form.cleaned_data
    known = {p.main.pk: p for p in selectors.propose_for(viewer, case)}.get(wanted["main"])
    return services.join(
        viewer,
        case_id=case.pk,
        main_id=wanted["main"],
        reason=wanted["reason"],
        answer=wanted["answer"],
        score=known.score if known else None,
        reasons=known.reasons if known else [],
    )
