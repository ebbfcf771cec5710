"""Doing one action on a case."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.common import files, forms_data
from apps.common.errors import DomainError
from apps.matters import selectors, services
from apps.matters.actions import Action, get_action
from apps.matters.definition import MatterDefinition, definition_of
from apps.matters.errors import CaseMoved
from apps.matters.views.cases import page_context
from apps.matters.views.requests import viewer_of


@login_required
@require_http_methods(["GET", "POST"])
def case_action(request: HttpRequest, case_id: int, action: str) -> HttpResponse:
    """One action: GET shows its form, POST does it. A refusal keeps what was typed."""
    viewer = viewer_of(request)
    case = selectors.get_case(viewer, case_id=case_id)
    offered = {a.code: a for a in selectors.offered_actions(viewer, case)}
    if action not in offered and request.method == "GET":
        messages.error(request, _("案件状态已变化，该操作已不可用"))
        return redirect("matters:case-detail", case_id=case.pk)
    verb = get_action(action) if action in offered else None
    problem: DomainError | None = None
    definition = definition_of(case.version_id, case.version.body)
    data: QueryDict = request.POST
    if request.method == "POST":
        try:
            data = _with_uploads(request, verb or get_action(action), definition)
            outcome = services.perform(
                viewer,
                case_id=case.pk,
                action=action,
                data=data,
                expected_version=_version(request.POST.get("version", "")),
                key=request.POST.get("key") or None,
                files=_store(request),
            )
        except DomainError as error:
            problem = error
            if verb is None:
                verb = get_action(action)
            case.refresh_from_db()
        else:
            messages.success(request, _("%(label)s：已完成") % {"label": outcome.event.label})
            return redirect("matters:case-detail", case_id=case.pk)
    assert verb is not None
    form = verb.form_class(
        data if request.method == "POST" else None,
        case=case,
        actor=viewer,
        definition=definition,
    )
    context = page_context(request, viewer, case) | {
        "action": offered.get(action),
        "action_code": action,
        "action_label": offered[action].label if action in offered else str(verb.label),
        "takes_files": verb.files_as is not None,
        "form": form,
        "problem": problem,
        "is_stale": isinstance(problem, CaseMoved),
        "key": request.POST.get("key") or uuid.uuid4().hex,
    }
    return render(
        request, "matters/case_action.html", context, status=problem.status if problem else 200
    )


def _with_uploads(request: HttpRequest, verb: Action, definition: MatterDefinition) -> QueryDict:
    """What was typed, with the files of the matter's own fields kept and named by key."""
    if not issubclass(verb.form_class, forms_data.DataForm):
        return request.POST
    return forms_data.take_uploads(definition.form, request.POST, request.FILES)


def _version(raw: str) -> int | None:
    return int(raw) if raw.isdigit() else None


def _store(request: HttpRequest) -> list[services.NewFile]:
    return [
        services.NewFile(files.store(upload), upload.name or "")
        for upload in request.FILES.getlist("files")
    ]
