"""Special groups: who is in them, opened for a purpose; visits; emergencies."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import DomainError, NotFound
from apps.common.files import file_response, store
from apps.common.forms_data import build_form, show
from apps.common.masking import mask_name
from apps.common.pages import paged, put_into, status_of, tell
from apps.common.phrases import points
from apps.places.models import Area
from apps.registry import permissions, selectors, services
from apps.registry.care_bodies import grade_label, moves_from, state_label, visit_label
from apps.registry.enums import FileKind
from apps.registry.forms.care import ChangeForm, EnrolForm, GlassForm, VisitForm
from apps.registry.forms.files import PurposeForm
from apps.registry.models import Enrolment, RegistryFile, SpecialType
from apps.registry.selectors import care
from apps.registry.selectors.files import tenant_of
from apps.registry.selectors.pictures import get_visit_picture
from apps.registry.services import VisitData
from apps.registry.views._common import care_required, guard, holds, may

VISITS_SHOWN = 30


def _may_oversee(user: Any) -> bool:
    return bool(user.has_perm(permissions.KEEP_CARE) or user.has_perm("audit.read_audit"))


@care_required
@require_GET
def care_list(request: HttpRequest) -> HttpResponse:
    """The types of the viewer with their numbers, and the people of one, by number only."""
    viewer = actor_of(request)
    chosen = request.GET.get("type", "")
    type_id = int(chosen) if chosen.isdecimal() and len(chosen) < 10 else None
    ended = "ended" in request.GET
    rows = care.list_enrolments(viewer, type_id=type_id, ended=ended).order_by("area_path", "pk")
    context = paged(request, rows)
    context["rows"] = [_row(row) for row in context["rows"]]
    context |= {
        "counts": care.count_by_type(viewer),
        "chosen": type_id,
        "ended": ended,
        "may_define": viewer.has_perm(permissions.DEFINE),
        "may_break": viewer.has_perm(permissions.BREAK_GLASS),
        "may_oversee": _may_oversee(viewer),
    }
    return render(request, "registry/care_list.html", context)


def _row(row: Enrolment) -> dict[str, Any]:
    body = row.type.body
    return {
        "enrolment": row,
        "name": mask_name(row.file.title),
        "state": state_label(body, row.state),
        "grade": grade_label(body, row.grade),
    }


@care_required
@require_GET
@never_cache
def enrolment_detail(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """One enrolment; without an opening that holds, only the question what for."""
    viewer = actor_of(request)
    found = care.get_enrolment(viewer, enrolment_id)
    opening = care.opening_of(viewer, found.pk)
    context: dict[str, Any] = {"row": _row(found), "enrolment": found, "opening": opening}
    if opening is None:
        context["form"] = PurposeForm()
        return render(request, "registry/enrolment_closed.html", context)
    body = found.type.body
    today = clock.today()
    context |= {
        "fields": show({"fields": body.get("fields", [])}, found.data, unmasked=True),
        "steps": [
            {"title": step.said, "at": step.at, "actor": step.by_name, "text": step.reason}
            for step in found.steps.all()
        ],
        "dues": [care.as_due(due, today) for due in found.dues.filter(visit=None, dropped_at=None)],
        "visits": [
            {
                "visit": visit,
                "label": visit_label(body, visit.kind),
                "fields": show({"fields": body.get("visit_fields", [])}, visit.data),
            }
            for visit in found.visits.prefetch_related("pictures")[:VISITS_SHOWN]
        ],
        "moves": moves_from(body, found.state),
        "may_keep": found.ended_on is None and may(request, found.file, permissions.KEEP_CARE),
        "may_visit": found.ended_on is None,
        "change_form": ChangeForm(None, enrolment=found),
    }
    return render(request, "registry/enrolment_detail.html", context)


@care_required
@require_POST
def enrolment_open(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Opens an enrolment for half an hour, for a purpose."""
    viewer = actor_of(request)
    found = care.get_enrolment(viewer, enrolment_id)
    tell(
        request,
        lambda: services.open_enrolment(
            viewer, enrolment=found, purpose=request.POST.get("purpose", "")
        ),
        done=_("已记录用途，30分钟内可查看"),
    )
    return redirect("registry:enrolment-detail", found.pk)


@holds(permissions.KEEP_CARE)
@require_POST
def enrolment_change(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Another state, grade or worker."""
    viewer = actor_of(request)
    found = care.get_enrolment(viewer, enrolment_id)
    form = ChangeForm(request.POST, enrolment=found)
    if not form.is_valid():
        messages.error(request, points(str(each[0]) for each in form.errors.values()))
        return redirect("registry:enrolment-detail", found.pk)
    tell(
        request,
        lambda: services.change_enrolment(viewer, enrolment_id=found.pk, **form.cleaned_data),
        done=_("变更已记录"),
    )
    return redirect("registry:enrolment-detail", found.pk)


@holds(permissions.KEEP_CARE)
@require_http_methods(["GET", "POST"])
def enrolment_new(request: HttpRequest, file_id: int) -> HttpResponse:
    """Takes a person into a special group; first the type, then what it asks."""
    viewer = actor_of(request)
    file = selectors.get_file(viewer, file_id)
    if file.kind != FileKind.PERSON:
        raise NotFound(_("没有这份档案，或您无权查看"))
    kinds = SpecialType.objects.filter(
        tenant=tenant_of(viewer, permissions.KEEP_CARE), is_active=True
    )
    chosen = request.GET.get("type", "")
    kind = kinds.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    context: dict[str, Any] = {"file": file, "name": mask_name(file.title), "kinds": kinds}
    if kind is None:
        return render(request, "registry/enrolment_new.html", context)
    form = EnrolForm(request.POST or None, kind=kind)
    data_form = build_form({"fields": kind.body.get("fields", [])})(
        request.POST or None, prefix="data"
    )
    if request.method == "POST" and form.is_valid() and data_form.is_valid():
        try:
            made = services.enrol(
                viewer,
                file_id=file.pk,
                type_id=kind.pk,
                data=data_form.plain_data(),
                **form.cleaned_data,
            )
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已纳入管理，并排定走访"))
            return redirect("registry:enrolment-detail", made.pk)
    context |= {"kind": kind, "form": form, "data_form": data_form}
    return render(
        request, "registry/enrolment_new.html", context, status=status_of(form, data_form)
    )


@holds(permissions.BREAK_GLASS)
@require_http_methods(["GET", "POST"])
def glass(request: HttpRequest) -> HttpResponse:
    """An emergency: any enrolment of the body by its number, loudly."""
    viewer = actor_of(request)
    form = GlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opening = services.break_glass(
                viewer, enrolment_id=form.enrolment_id(), reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            put_into(form, error)
        else:
            messages.warning(request, _("已通知管理员和审计，30分钟内可查看"))
            return redirect("registry:enrolment-detail", opening.enrolment_id)
    return render(request, "registry/glass.html", {"form": form}, status=status_of(form))


@guard(_may_oversee)
@require_GET
def opening_list(request: HttpRequest) -> HttpResponse:
    """Who opened which enrolment for what."""
    context = paged(request, care.list_openings(actor_of(request)))
    return render(request, "registry/opening_list.html", context)


@care_required
@require_GET
def visit_board(request: HttpRequest) -> HttpResponse:
    """The visits that are late or due, the latest first."""
    viewer = actor_of(request)
    today = clock.today()
    chosen = request.GET.get("area", "")[:9]
    until = today if "late" in request.GET else today + care.BOARD_AHEAD
    area = Area.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    found = care.list_dues(viewer, until=until, area_path=area.path if area else "")
    context = paged(request, found)
    context["rows"] = [care.as_due(due, today) for due in context["rows"]]
    context |= {"only_late": "late" in request.GET, "area": area}
    return render(request, "registry/visit_board.html", context)


@guard(permissions.can_visit)
@require_http_methods(["GET", "POST"])
def visit_new(request: HttpRequest) -> HttpResponse:
    """Writes down a visit of a file, or of an enrolment with its own form."""
    viewer = actor_of(request)
    file, enrolment = _subject(request)
    form = VisitForm(request.POST or None, request.FILES or None, enrolment=enrolment)
    fields = enrolment.type.body.get("visit_fields", []) if enrolment else []
    data_form = build_form({"fields": fields})(request.POST or None, prefix="data")
    if request.method == "POST" and form.is_valid() and data_form.is_valid():
        given = form.cleaned_data
        try:
            pictures = [store(upload, allow=frozenset({"image"})) for upload in given["pictures"]]
            visit = VisitData(
                file_id=file.pk,
                enrolment_id=enrolment.pk if enrolment else None,
                at=given["at"],
                kind=given["kind"],
                findings=given["findings"],
                next_on=given["next_on"],
                data=data_form.plain_data(),
                files=pictures,
            )
            services.record_visit(viewer, key=request.POST.get("key", ""), visit=visit)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("走访已登记"))
            if enrolment is not None:
                return redirect("registry:enrolment-detail", enrolment.pk)
            return redirect("registry:file-detail", file.pk)
    context = {
        "form": form,
        "data_form": data_form,
        "file": file,
        "enrolment": enrolment,
        "name": mask_name(file.title) if file.kind == FileKind.PERSON else file.title,
        "key": request.POST.get("key") or uuid.uuid4().hex,
    }
    return render(request, "registry/visit_new.html", context, status=status_of(form, data_form))


@guard(permissions.can_see_visits)
@require_GET
def visit_picture(request: HttpRequest, visit_id: int, picture_id: int) -> FileResponse:
    """A picture of a visit, for who may see now whom it shows; never kept by the browser."""
    stored = get_visit_picture(
        actor_of(request),
        visit_id=visit_id,
        picture_id=picture_id,
        given_pass=request.GET.get("pass", ""),
    )
    answer = file_response(
        stored, download_name=_("走访照片"), thumbnail="thumbnail" in request.GET
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def _subject(request: HttpRequest) -> tuple[RegistryFile, Enrolment | None]:
    viewer = actor_of(request)
    chosen, file_id = request.GET.get("enrolment", ""), request.GET.get("file", "")
    if chosen.isdecimal() and len(chosen) < 10:
        enrolment = care.get_enrolment(viewer, int(chosen))
        return enrolment.file, enrolment
    if file_id.isdecimal() and len(file_id) < 10:
        return selectors.get_file(viewer, int(file_id)), None
    raise NotFound(_("没有这份档案，或您无权查看"))
