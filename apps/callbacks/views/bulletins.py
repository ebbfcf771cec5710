"""The monthly bulletin from counting to issue."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.callbacks import permissions, selectors, services
from apps.callbacks.enums import BulletinState
from apps.callbacks.forms import ParagraphsForm, StartForm
from apps.callbacks.models import Bulletin
from apps.callbacks.views._common import person_with, tenant_with
from apps.callbacks.wording import HEADINGS, in_order
from apps.common import files
from apps.common.errors import NotFound
from apps.common.pages import do_named, paged, take

_DEEDS: dict[str, tuple[Callable[..., Bulletin], Any]] = {
    "submit": (services.submit_bulletin, gettext_lazy("已送审")),
    "send-back": (services.send_back_bulletin, gettext_lazy("已退回")),
    "approve": (services.approve_bulletin, gettext_lazy("已审批，正在制作文件")),
}


@login_required
@require_http_methods(["GET", "POST"])
def bulletin_list(request: HttpRequest) -> HttpResponse:
    """Every edition, and the form that begins another."""
    person = person_with(request, *permissions.BULLETIN_READERS)
    may_draft = person.has_perm(permissions.DRAFT)
    form = StartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        tenant = tenant_with(person, permissions.DRAFT)
        data = form.cleaned_data
        made = take(
            form,
            lambda: services.start_bulletin(
                person, tenant=tenant, month=data["month"], correction=data["correction"]
            ),
        )
        if made is not None:
            return redirect("callbacks:bulletin-detail", pk=made.pk)
    context = paged(request, selectors.list_bulletins(person)) | {
        "form": form,
        "may_draft": may_draft,
    }
    status = 422 if form.errors else 200
    return render(request, "callbacks/bulletin_list.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def bulletin_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One edition: its figures with where they come from, its text, what may be done next."""
    person = person_with(request, *permissions.BULLETIN_READERS)
    bulletin = selectors.get_bulletin(person, pk=pk)
    is_editable = bulletin.state == BulletinState.DRAFT and person.has_perm(permissions.DRAFT)
    data = request.POST if request.method == "POST" else None
    form = ParagraphsForm(data, paragraphs=bulletin.paragraphs)
    if data is not None and form.is_valid():
        texts = form.cleaned_data
        if take(form, lambda: services.edit_bulletin(person, bulletin_id=pk, texts=texts)):
            messages.success(request, _("文字已保存"))
            return redirect("callbacks:bulletin-detail", pk=pk)
    context = _shown(person, bulletin) | {"form": form, "is_editable": is_editable}
    if "recount" in request.GET and bulletin.figures:
        counted = selectors.count_figures(bulletin.tenant, bulletin.month)
        context["differences"] = selectors.differences(bulletin.figures, counted)
        context["is_recounted"] = True
    status = 422 if form.errors else 200
    return render(request, "callbacks/bulletin_detail.html", context, status=status)


def _shown(person: User, bulletin: Bulletin) -> dict[str, Any]:
    may_approve = person.has_perm(permissions.APPROVE) and bulletin.author_id != person.pk
    return {
        "bulletin": bulletin,
        "figures": bulletin.figures,
        "texts": [(HEADINGS[c], bulletin.paragraphs.get(c, "")) for c in HEADINGS],
        "deeds": in_order(bulletin.figures, "deeds") if bulletin.figures else [],
        "rates": in_order(bulletin.figures, "rates") if bulletin.figures else [],
        "is_waiting": bulletin.state in (BulletinState.COUNTING, BulletinState.APPROVED),
        "may_submit": bulletin.state == BulletinState.DRAFT and person.has_perm(permissions.DRAFT),
        "may_approve": bulletin.state == BulletinState.SUBMITTED and may_approve,
    }


@login_required
@require_POST
def bulletin_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Submit, send back, approve."""
    person = person_with(request, permissions.DRAFT, permissions.APPROVE)
    selectors.get_bulletin(person, pk=pk)
    do_named(request, deed, _DEEDS, bulletin_id=pk)
    return redirect("callbacks:bulletin-detail", pk=pk)


@login_required
@require_GET
def bulletin_file(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The issued edition as Word or PDF; audited. Raises: NotFound."""
    person = person_with(request, *permissions.BULLETIN_READERS)
    bulletin = selectors.get_bulletin(person, pk=pk)
    stored = {"docx": bulletin.word, "pdf": bulletin.pdf}.get(form)
    if stored is None:
        raise NotFound(_("没有这份文件"))
    audit.record(
        person,
        "bulletin.downloaded",
        object_type="bulletin",
        object_id=bulletin.pk,
        object_label=str(bulletin),
        data={"form": form},
    )
    name = f"{_('热线月报')}-{bulletin.month:%Y%m}-{bulletin.edition}.{form}"
    return files.file_response(stored, download_name=name)
