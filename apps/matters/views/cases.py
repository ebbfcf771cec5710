"""One case: its page, its dossier, its files, its links."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.clocks import selectors as clock_reads
from apps.common import clock, files, forms_data
from apps.common.errors import DomainError
from apps.geodata.selectors import objects_of
from apps.matters import permissions, selectors, services
from apps.matters.clockwork import SUBJECT
from apps.matters.definition import definition_of
from apps.matters.enums import LinkKind
from apps.matters.forms import LinkForm
from apps.matters.model_target import KIND as CASE_OBJECTS
from apps.matters.models import Case, CaseAttachment
from apps.matters.registry import cards_of, extension_of, links_beside
from apps.matters.routing import read_proposal
from apps.matters.views.requests import viewer_of


@login_required
@require_GET
def case_detail(request: HttpRequest, case_id: int) -> HttpResponse:
    """The case page: what is known on the left, what to do on the right, history below."""
    viewer = viewer_of(request)
    case = selectors.get_case(viewer, case_id=case_id)
    return render(request, "matters/case_detail.html", page_context(request, viewer, case))


def page_context(request: HttpRequest, viewer: User, case: Case) -> dict[str, Any]:
    """Will gather what the case page, its action pages and its dossier show."""
    definition = definition_of(case.version_id, case.version.body)
    offered = selectors.offered_actions(viewer, case)
    extension = extension_of(case.matter_type.code)
    clocks = clock_reads.clocks_of(SUBJECT, [case.pk])[case.pk]
    return {
        "case": case,
        "state": definition.state(case.state),
        "definition": definition,
        "main_actions": [a for a in offered if a.style == "primary"],
        "other_actions": [a for a in offered if a.style != "primary"],
        "form_values": forms_data.show(definition.form, case.form_data),
        "form_has_masked": bool(forms_data.masked_names(definition.form) & case.form_data.keys()),
        "can_reveal_form": permissions.can_reveal_form(viewer, case),
        "panel": extension.panel(request, case),
        "panel_template": extension.panel_template,
        "timeline": list(selectors.list_timeline(case)),
        "attachments": list(selectors.list_attachments(case)),
        "tasks": list(
            case.tasks.filter(countersigning=None).select_related("unit", "person").order_by("-id")
        ),
        "countersignings": list(
            case.countersignings.prefetch_related("tasks__unit", "tasks__person").order_by("-id")
        ),
        "now": clock.now(),
        "requests": list(case.requests.select_related("unit").order_by("-id")),
        "orders": list(case.orders.order_by("-id")),
        "evaluations": list(case.evaluations.order_by("id")),
        "links": _links(viewer, case),
        "links_beside": links_beside(viewer, case),
        "cards": cards_of(viewer, case),
        "model_objects": objects_of(viewer, CASE_OBJECTS, [case.number]).get(case.number, []),
        "strip": selectors.strip_of(viewer, case),
        "link_form": LinkForm(),
        "clocks": [(c, clock_reads.remaining(c), clock_reads.explain(c)) for c in clocks],
        "proposal": read_proposal(case),
    }


def _links(viewer: User, case: Case) -> list[dict[str, Any]]:
    seen = selectors.visible_cases(viewer)
    rows: list[dict[str, Any]] = [
        {"label": link.get_kind_display(), "case": link.target}
        for link in case.links_out.select_related("target").order_by("id")
    ]
    for link in case.links_in.select_related("source").order_by("id"):
        label = _("被其%(kind)s") % {"kind": link.get_kind_display()}
        rows.append({"label": label, "case": link.source})
    allowed = set(seen.filter(pk__in=[r["case"].pk for r in rows]).values_list("pk", flat=True))
    return [r for r in rows if r["case"].pk in allowed]


@login_required
@require_POST
def case_link(request: HttpRequest, case_id: int) -> HttpResponse:
    """Relates the case to another one named by its receipt number."""
    viewer = viewer_of(request)
    case = selectors.get_case(viewer, case_id=case_id)
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写受理编号"))
        return redirect("matters:case-detail", case_id=case.pk)
    try:
        target = selectors.get_case(viewer, number=form.cleaned_data["number"].strip())
        services.link_cases(
            viewer,
            source_id=case.pk,
            target_id=target.pk,
            kind=LinkKind(form.cleaned_data["kind"]),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已关联%s") % target.number)
    return redirect("matters:case-detail", case_id=case.pk)


@login_required
@require_GET
def attachment(request: HttpRequest, case_id: int, attachment_id: int) -> FileResponse:
    """A file of a case, for whoever may see the case; ``?thumbnail=1`` the small picture."""
    case = selectors.get_case(viewer_of(request), case_id=case_id)
    found = get_object_or_404(
        CaseAttachment.objects.select_related("file"), case=case, pk=attachment_id
    )
    return files.file_response(
        found.file, download_name=found.name, thumbnail="thumbnail" in request.GET
    )


@login_required
@require_GET
def case_print(request: HttpRequest, case_id: int) -> HttpResponse:
    """The dossier: the whole case on paper."""
    viewer = viewer_of(request)
    case = selectors.get_case(viewer, case_id=case_id)
    audit.record(
        viewer, "case.printed", object_type="case", object_id=case.pk, object_label=str(case)
    )
    return render(request, "matters/case_print.html", page_context(request, viewer, case))
