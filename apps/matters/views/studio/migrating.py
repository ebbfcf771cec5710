"""Moving running cases to another version: map, preview, approve, watch."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.common.errors import DomainError, NotFound
from apps.matters import permissions, services
from apps.matters.definition import definition_of
from apps.matters.enums import MigrationState, StateCategory, VersionState
from apps.matters.models import MatterVersion
from apps.matters.selectors import definitions, migrating
from apps.matters.views.requests import viewer_of
from apps.matters.views.studio.shared import tell


@login_required
@require_http_methods(["GET", "POST"])
def migration_create(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """From one version to another: a counterpart for every state, with how many cases stand."""
    actor = viewer_of(request)
    source = definitions.get_version(actor, code=code, number=number)
    permissions.require_edit(actor)
    targets = list(
        definitions.list_versions(source.matter_type)
        .filter(state=VersionState.PUBLISHED)
        .exclude(pk=source.pk)
    )
    chosen = request.POST.get("target") or request.GET.get("target", "")
    target = next((t for t in targets if str(t.number) == chosen), None)
    context: dict[str, Any] = {
        "matter": source.matter_type,
        "version": source,
        "targets": targets,
        "target": target,
        "note": request.POST.get("note", ""),
    }
    if target is not None:
        found = _mapping(request, source, target)
        if request.method == "POST" and "propose" in request.POST:
            try:
                migration = services.propose_migration(
                    actor,
                    source_id=source.pk,
                    target_id=target.pk,
                    mapping=found,
                    note=context["note"],
                )
            except DomainError as error:
                context["problem"] = str(error)
            else:
                messages.success(request, _("已提交，等待另一人复核"))
                return redirect("studio:migration-detail", pk=migration.pk)
        context["lines"] = migrating.preview(source, target, found)
        context["choices"] = _goals(target)
    status = 400 if "problem" in context else 200
    return render(request, "studio/migration_create.html", context, status=status)


def _mapping(request: HttpRequest, source: MatterVersion, target: MatterVersion) -> dict[str, str]:
    if request.method != "POST":
        return migrating.suggest(source, target)
    states = definition_of(source.pk, source.body).states
    typed = {state: request.POST.get(f"to_{state}", "") for state in states}
    return {state: goal for state, goal in typed.items() if goal}


def _goals(target: MatterVersion) -> list[tuple[str, str]]:
    states = definition_of(target.pk, target.body).states.values()
    return [(s.code, s.label) for s in states if s.category != StateCategory.ENDED]


@login_required
@require_GET
def migration_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One move: what it maps, how far it is, and who may decide."""
    viewer = viewer_of(request)
    migration = migrating.get_migration(viewer, pk=pk)
    is_waiting = migration.state == MigrationState.SUBMITTED
    may_publish = viewer.has_perm(permissions.PUBLISH)
    context = {
        "migration": migration,
        "matter": migration.matter_type,
        "lines": migrating.preview(migration.source, migration.target, migration.mapping),
        "left": migrating.cases_to_move(migration).count(),
        "may_decide": is_waiting and may_publish and migration.author_id != viewer.pk,
        "may_withdraw": is_waiting and migration.author_id == viewer.pk,
        "may_resume": migration.state == MigrationState.RUNNING and may_publish,
    }
    return render(request, "studio/migration_detail.html", context)


@login_required
@require_POST
def migration_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Approves, refuses (or takes back), or resumes a move."""
    if deed == "approve":
        require(request, "definition.publish")
    actor = viewer_of(request)
    migration = migrating.get_migration(actor, pk=pk)
    note = request.POST.get("note", "")
    try:
        match deed:
            case "approve":
                services.approve_migration(actor, migration_id=migration.pk, note=note)
                messages.success(request, _("已批准，案件正在分批迁移"))
            case "refuse":
                services.refuse_migration(actor, migration_id=migration.pk, note=note)
                messages.success(request, _("已退回"))
            case "resume":
                services.resume_migration(actor, migration_id=migration.pk)
                messages.success(request, _("继续迁移"))
            case _other:
                raise NotFound(_("没有这个操作"))
    except NotFound:
        raise
    except DomainError as error:
        tell(request, error)
    return redirect("studio:migration-detail", pk=pk)
