"""Use of seals: ask with a document, place by dragging, decide, take the sealed copy."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance import demands
from apps.audit import services as audit
from apps.common import clock, files
from apps.common.errors import DomainError, InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.seals import permissions, selectors, services
from apps.seals.enums import UseState
from apps.seals.forms import DecisionForm, PlaceForm, UseFilterForm, UseForm
from apps.seals.services import NewBatch, NewUse
from apps.seals.views._common import proved, reader_of, tabs

MOST_UNFIT = 100  # named on the page of a batch


@login_required
@require_GET
def use_list(request: HttpRequest) -> HttpResponse:
    """The requests the viewer may see."""
    viewer = reader_of(request)
    form = UseFilterForm(request.GET)
    context = paged(request, selectors.list_uses(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs(viewer, "use-list"),
        "may_ask": viewer.has_perm(permissions.USE),
    }
    return render(request, "seals/use_list.html", context)


@login_required
@require_GET
def use_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_uses(viewer, **UseFilterForm(request.GET).wanted())
    audit.record(viewer, "seal_uses.exported", data={"count": rows.count()})
    columns = [
        Column(_("用印编号"), lambda u: u.number, 16),
        Column(_("文件名称"), lambda u: u.title, 40),
        Column(_("印章"), lambda u: "、".join(p.seal.name for p in u.placements.all()), 30),
        Column(_("申请单位"), lambda u: u.unit.name, 28),
        Column(_("申请人"), lambda u: u.requested_by.display_name, 12),
        Column(_("申请时间"), lambda u: u.requested_at, 20),
        Column(_("状态"), lambda u: u.get_state_display(), 10),
        Column(_("文件摘要"), lambda u: u.digest, 66),
    ]
    return xlsx_response(f"{_('用印')}-{clock.today():%Y%m%d}", columns, rows.iterator(500))


@login_required
@require_http_methods(["GET", "POST"])
def use_new(request: HttpRequest) -> HttpResponse:
    """A document, and the seals wanted on it."""
    viewer = reader_of(request, permissions.USE)
    form = UseForm(request.POST or None, request.FILES or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        demands.require(request, "seal.use")
        given = form.cleaned_data
        level = proved(request)
        use = take(
            form,
            lambda: services.ask_use(
                viewer,
                new=NewUse(
                    title=given["title"], document=services.take(given["file"], given["form"]),
                    form=given["form"], reason=given["reason"], wanted=form.wanted(),
                    matter=given["matter"], case_number=given["case_number"], level=level,
                ),
            ),
        )  # fmt: skip
        if use is not None:
            messages.success(request, _("文件已收到，请核对印章位置后提交审批"))
            return redirect("seals:use-detail", pk=use.pk)
    context = {"form": form, "seals": selectors.usable_seals(viewer)}
    return render(request, "seals/use_new.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def use_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: the document with its seals, who decided, the sealed copy."""
    viewer = reader_of(request)
    use = selectors.get_use(viewer, pk=pk)
    number = _page_number(request, max(1, len(use.pages)))
    placements = list(use.placements.select_related("seal").order_by("position"))
    context = {
        "use": use,
        "placements": placements,
        "number": number,
        "page": use.pages[number - 1] if use.pages else None,
        "record": services.record_text(use.document) if use.is_record else "",
        "numbers": range(1, len(use.pages) + 1),
        "is_mine": use.requested_by_id == viewer.pk,
        "is_draft": use.state == UseState.DRAFT and use.requested_by_id == viewer.pk,
        "may_decide": use.state == UseState.WAITING and permissions.can_approve_use(viewer, use),
        "verify_url": services.verify_address(use.code),
    }
    return render(request, "seals/use_detail.html", context)


@login_required
@require_GET
def use_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One page of the document as a picture."""
    viewer = reader_of(request)
    use = selectors.get_use(viewer, pk=pk)
    if not 1 <= number <= len(use.pages):
        raise Http404
    shown = use.sealed if use.sealed is not None else use.document
    try:
        picture = services.page_picture(shown, number=number)
    except InvalidInput as error:
        raise Http404 from error
    response = HttpResponse(picture, content_type="image/png")
    response["Cache-Control"] = "private, max-age=60"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_POST
def use_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a seal was dragged to; answered with JSON for the script."""
    viewer = reader_of(request, permissions.USE)
    selectors.get_use(viewer, pk=pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("位置不正确")}, status=422)
    try:
        found = services.place(viewer, use_id=pk, **form.cleaned_data)
    except InvalidInput as error:
        return JsonResponse({"error": str(error)}, status=422)
    except DomainError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    return JsonResponse({"page": found.page, "x_mm": found.x_mm, "y_mm": found.y_mm})


@login_required
@require_POST
def use_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hands a request in for approval."""
    viewer = reader_of(request, permissions.USE)
    demands.require(request, "seal.use")
    tell(
        request,
        lambda: services.submit_use(viewer, use_id=pk),
        done=_("已提交，等待另一人审批"),
    )
    return redirect("seals:use-detail", pk=pk)


@login_required
@require_POST
def use_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a request back."""
    viewer = reader_of(request, permissions.USE)
    tell(request, lambda: services.withdraw_use(viewer, use_id=pk), done=_("已撤回"))
    return redirect("seals:use-detail", pk=pk)


@login_required
@require_POST
def use_decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    """The approver's word on the document shown."""
    viewer = reader_of(request, permissions.APPROVE)
    selectors.get_use(viewer, pk=pk)
    demands.require(request, "seal.use")
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请刷新页面后重试"))
        return redirect("seals:use-detail", pk=pk)
    digest, note, level = form.cleaned_data["digest"], form.cleaned_data["note"], proved(request)
    if decision == "approve":
        tell(
            request,
            lambda: services.approve_use(viewer, use_id=pk, digest=digest, note=note, level=level),
            done=_("已批准，正在盖章"),
        )
    elif decision == "refuse":
        tell(
            request,
            lambda: services.refuse_use(viewer, use_id=pk, note=note),
            done=_("未批准"),
        )
    else:
        raise Http404
    return redirect("seals:use-detail", pk=pk)


@login_required
@require_GET
def use_file(request: HttpRequest, pk: int, which: str) -> HttpResponseBase:
    """The document as handed in, or the sealed copy."""
    viewer = reader_of(request)
    use = selectors.get_use(viewer, pk=pk)
    stored = {"sealed": use.sealed, "original": use.document, "source": use.source}.get(which)
    if stored is None:
        raise Http404
    audit.record(
        viewer, "seal_use.downloaded", object_type="seals.use", object_id=use.pk,
        object_label=use.number, data={"which": which, "digest": stored.sha256},
    )  # fmt: skip
    return files.file_response(stored, download_name=use.title)


@login_required
@require_http_methods(["GET", "POST"])
def batch_new(request: HttpRequest) -> HttpResponse:
    """Several documents with the same seals, submitted together."""
    viewer = reader_of(request, permissions.USE)
    uploads = request.FILES.getlist("files")
    data = request.POST.copy()
    data.setdefault("title", _("批量"))
    form = UseForm(data or None, {"file": uploads[0]} if uploads else None, viewer=viewer)
    if request.method == "GET":
        form = UseForm(viewer=viewer)
    elif form.is_valid():
        demands.require(request, "seal.use")
        given = form.cleaned_data
        new = NewBatch(
            request.POST.get("name", ""), given["reason"], form.wanted(), given["matter"],
            proved(request), given["form"],
        )  # fmt: skip
        batch = take(form, lambda: services.open_batch(viewer, new=new, uploads=uploads))
        if batch is not None:
            messages.success(request, _("文件已收到，正在逐份检查并提交审批"))
            return redirect("seals:batch-detail", pk=batch.pk)
    return render(
        request, "seals/batch_new.html", {"form": form}, status=422 if form.errors else 200
    )


@login_required
@require_GET
def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a batch is."""
    viewer = reader_of(request)
    batch = selectors.get_batch(viewer, pk=pk)
    rows = selectors.list_uses(viewer).filter(batch=batch)
    context = paged(request, rows) | {
        "batch": batch,
        "progress": selectors.batch_progress(batch),
        "unfit": batch.papers.exclude(trouble="")[:MOST_UNFIT],
        "is_mine": batch.requested_by_id == viewer.pk,
        "may_decide": viewer.has_perm(permissions.APPROVE) and batch.requested_by_id != viewer.pk,
    }
    return render(request, "seals/batch_detail.html", context)


@login_required
@require_POST
def batch_add(request: HttpRequest, pk: int) -> HttpResponse:
    """More documents for one's own batch."""
    viewer = reader_of(request, permissions.USE)
    demands.require(request, "seal.use")
    uploads = request.FILES.getlist("files")
    tell(
        request,
        lambda: services.add_papers(viewer, batch_id=pk, uploads=uploads),
        done=_("文件已收到，正在逐份检查并提交审批"),
    )
    return redirect("seals:batch-detail", pk=pk)


@login_required
@require_POST
def batch_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves what waits in a batch, each document by its own digest."""
    viewer = reader_of(request, permissions.APPROVE)
    batch = selectors.get_batch(viewer, pk=pk)
    demands.require(request, "seal.use")
    level, done = proved(request), 0
    for use in selectors.list_uses(viewer).filter(batch=batch, state=UseState.WAITING):
        try:
            services.approve_use(viewer, use_id=use.pk, digest=use.digest, level=level)
            done += 1
        except DomainError as error:
            messages.error(request, f"{use.number}：{error}")
    messages.success(request, _("已批准 %(n)d 份，正在盖章") % {"n": done})
    return redirect("seals:batch-detail", pk=pk)


def _page_number(request: HttpRequest, count: int) -> int:
    told = request.GET.get("p", "")
    number = int(told) if told.isdecimal() and len(told) < 5 else 1
    return max(1, min(number, count))
