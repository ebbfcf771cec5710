"""Reads about moves of running cases between versions."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.matters.definition import StateDef, definition_of
from apps.matters.enums import StateCategory
from apps.matters.models import Case, CaseMigration, MatterVersion
from apps.matters.selectors.definitions import get_matter_type


@dataclass(frozen=True)
class Preview:
    """One state of the source: how many cases stand in it, and what they would become.

    doubt: why the change deserves a second look.
    """

    state: StateDef
    count: int
    target: StateDef | None
    doubt: str = ""


def cases_to_move(migration: CaseMigration) -> QuerySet[Case]:
    """Will give the running cases still on the version they are moved from."""
    return Case.objects.filter(version_id=migration.source_id).exclude(category=StateCategory.ENDED)


def preview(source: MatterVersion, target: MatterVersion, mapping: dict[str, str]) -> list[Preview]:
    """Will say per state that has not ended how many cases stand in it and where they go."""
    old, new = definition_of(source.pk, source.body), definition_of(target.pk, target.body)
    counts = dict(
        Case.objects.filter(version=source)
        .values_list("state")
        .annotate(count=Count("pk"))
        .order_by()
    )
    found = []
    for code, state in old.states.items():
        if state.category == StateCategory.ENDED:
            continue
        goal = new.states.get(mapping.get(code, ""))
        doubt = ""
        if goal is not None and goal.category != state.category:
            doubt = _("类别由“%(old)s”变为“%(new)s”，时限可能因此暂停或继续") % {
                "old": state.category.label,
                "new": goal.category.label,
            }
        found.append(Preview(state, counts.get(code, 0), goal, doubt))
    return found


def suggest(source: MatterVersion, target: MatterVersion) -> dict[str, str]:
    """Will map the states that keep their code and have not ended; the rest is for a person."""
    old, new = definition_of(source.pk, source.body), definition_of(target.pk, target.body)
    return {
        code: code
        for code, state in old.states.items()
        if state.category != StateCategory.ENDED
        and code in new.states
        and new.states[code].category != StateCategory.ENDED
    }


def get_migration(viewer: User, *, pk: int) -> CaseMigration:
    """Raises: NotAllowed, NotFound."""
    found = CaseMigration.objects.filter(pk=pk).select_related(
        "matter_type", "source", "target", "author", "reviewer"
    )
    migration = found.first()
    if migration is None:
        raise NotFound(_("没有这项迁移"))
    get_matter_type(viewer, code=migration.matter_type.code)
    return migration
