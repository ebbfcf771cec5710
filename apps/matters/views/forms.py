"""The matter's own fields: filled in on a new case, revealed, their files."""

import uuid

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common import files, forms_data
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound
from apps.common.models import StoredFile
from apps.matters import selectors, services
from apps.matters.definition import MatterDefinition, definition_of
from apps.matters.enums import Channel
from apps.matters.forms import NewCaseForm
from apps.matters.models import MatterType
from apps.matters.views.requests import viewer_of

PREFIX = "form"


@login_required
@permission_required("matters.accept_case", raise_exception=True)
@require_GET
def matter_choose(request: HttpRequest) -> HttpResponse:
    """What may be registered by hand, and where each matter is taken in."""
    rows = selectors.list_open_matters(viewer_of(request))
    return render(request, "matters/case_choose.html", {"matters": rows})


@login_required
@permission_required("matters.accept_case", raise_exception=True)
@require_http_methods(["GET", "POST"])
def case_new(request: HttpRequest, code: str) -> HttpResponse:
    """A new case of one matter: what it is about, where, and the matter's own fields.

    Posted ``step`` "refresh" draws the form again with what is typed, for browsers whose
    script does not show and hide fields.
    """
    viewer = viewer_of(request)
    matter = selectors.get_open_matter(code)
    assert matter.current_version is not None
    definition = definition_of(matter.current_version.pk, matter.current_version.body)
    build = forms_data.build_form(definition.form)
    if request.method == "GET":
        general = NewCaseForm(initial={"key": uuid.uuid4().hex})
        return _new_page(request, matter, general, build(prefix=PREFIX))
    problem: DomainError | None = None
    data: QueryDict = request.POST
    try:
        data = forms_data.take_uploads(definition.form, request.POST, request.FILES, prefix=PREFIX)
    except DomainError as error:
        problem = error
    general, own = NewCaseForm(data), build(data, prefix=PREFIX)
    if request.POST.get("step") == "refresh":
        return _new_page(request, matter, _unchecked(general), _unchecked(own))
    is_whole = general.is_valid() & own.is_valid()
    if problem is None and is_whole:
        try:
            number = _open(request, viewer, matter, definition, general, own)
        except DomainError as error:
            problem = error
        else:
            messages.success(request, _("已登记，受理编号 %s") % number)
            return redirect(
                "matters:case-detail", case_id=selectors.get_case(viewer, number=number).pk
            )
    if problem is not None:
        _place(problem, general, own)
    return _new_page(request, matter, general, own, status=422)


def _open(
    request: HttpRequest,
    viewer: User,
    matter: MatterType,
    definition: MatterDefinition,
    general: NewCaseForm,
    own: forms_data.DataForm,
) -> str:
    outcome = services.open_case(
        viewer,
        tenant=_tenant_of(viewer),
        report=services.NewCase(
            matter_type=matter.code,
            channel=Channel(general.cleaned_data["channel"]),
            title=general.cleaned_data["title"],
            text=general.cleaned_data["text"],
            address=general.cleaned_data["address"],
            lon=general.cleaned_data["lon"],
            lat=general.cleaned_data["lat"],
            form_data=forms_data.with_file_keys(definition.form, own.plain_data()),
            source_key=f"page:{general.cleaned_data['key']}",
        ),
        files=[
            services.NewFile(files.store(upload), upload.name or "")
            for upload in request.FILES.getlist("files")
        ],
    )
    return outcome.case.number


def _tenant_of(viewer: User) -> Tenant:
    found = Tenant.objects.select_related("area").filter(pk__in=scope_of(viewer).tenant_ids)
    tenant = found.order_by("pk").first()
    if tenant is None:
        raise NotAllowed(_("您没有任职单位，不能登记案件"))
    return tenant


def _unchecked(form: forms.Form) -> forms.Form:
    """The same form with what was typed, and no word about what is still missing."""
    form._errors = forms.utils.ErrorDict()  # type: ignore[attr-defined]
    return form


def _place(error: DomainError, general: NewCaseForm, own: forms.Form) -> None:
    field = {"point": "address"}.get(error.field or "", error.field)
    if field in own.fields:
        own.add_error(field, str(error))
    else:
        general.add_error(field if field in general.fields else None, str(error))


def _new_page(
    request: HttpRequest,
    matter: MatterType,
    general: forms.Form,
    own: forms.Form,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"matter": matter, "general": general, "own": own}
    return render(request, "matters/case_new.html", context, status=status)


@login_required
@require_POST
def form_reveal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Shows the masked fields after a purpose was given (fragment)."""
    require(request, "personal.reveal")
    context: dict[str, object] = {"case_id": case_id}
    status = 200
    try:
        context["revealed"] = services.reveal_form(
            viewer_of(request), case_id=case_id, purpose=request.POST.get("purpose", "")
        )
    except InvalidInput as error:
        context["problem"], status = str(error), 422
    if request.headers.get("HX-Request"):
        status = 200  # htmx swaps nothing for other answers
    return render(request, "matters/_case_form_revealed.html", context, status=status)


@login_required
@require_GET
def form_file(request: HttpRequest, case_id: int, file_id: int) -> FileResponse:
    """A file cited by the case's own fields, for whoever may see the case."""
    case = selectors.get_case(viewer_of(request), case_id=case_id)
    definition = definition_of(case.version_id, case.version.body)
    names = forms_data.file_ids(definition.form, case.form_data)
    if file_id not in names:
        raise NotFound(_("没有这个附件"))
    stored = get_object_or_404(StoredFile, pk=file_id)
    return files.file_response(
        stored, download_name=names[file_id], thumbnail="thumbnail" in request.GET
    )
