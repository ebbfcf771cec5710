from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotAllowed
from apps.rules.enums import VersionState
from apps.rules.models import RuleTable, RuleTableVersion

EDIT = "rules.edit_rules"
PUBLISH = "rules.publish_rules"


def can_reach(actor: User, table: RuleTable) -> bool:
    """The table is the whole city's or of a tenant of the actor."""
    scope = scope_of(actor)
    return scope.everything or table.tenant_id is None or table.tenant_id in scope.tenant_ids


def can_edit(actor: User, table: RuleTable) -> bool:
    return actor.has_perm(EDIT) and can_reach(actor, table)


def can_change_draft(actor: User, version: RuleTableVersion) -> bool:
    """Only its author changes a draft, so that "who wrote it" stays one person."""
    return (
        version.state == VersionState.DRAFT
        and version.author_id == actor.pk
        and can_edit(actor, version.table)
    )


def can_review(actor: User, version: RuleTableVersion) -> bool:
    return (
        version.state == VersionState.TESTING
        and version.author_id != actor.pk
        and can_publish(actor, version.table)
    )


def can_publish(actor: User, table: RuleTable) -> bool:
    return actor.has_perm(PUBLISH) and can_reach(actor, table)


def can_restore(actor: User, version: RuleTableVersion) -> bool:
    """Whether this earlier version may be put in force again without asking anybody else."""
    return (
        version.published_at is not None
        and version.author_id != actor.pk
        and can_publish(actor, version.table)
    )


def require_edit(actor: User, table: RuleTable) -> None:
    if not can_edit(actor, table):
        raise NotAllowed(_("您没有编写这张规则表的权限"))


def require_publish(actor: User, table: RuleTable) -> None:
    if not can_publish(actor, table):
        raise NotAllowed(_("您没有复核发布这张规则表的权限"))
