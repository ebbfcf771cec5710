"""Moving running cases to another version of their matter (MT-01).

Never by itself: somebody maps every state a running case can be in, a second person approves,
then the worker moves the cases in batches. Each case is moved by one event through the one
writer, its clocks kept; what was moved is no longer found, so a batch may be repeated and
resumed at will.
"""

import logging
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.clocks import services as clocks
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput
from apps.common.phrases import series
from apps.matters import permissions
from apps.matters.actions.base import Context
from apps.matters.clockwork import active_clocks
from apps.matters.definition import ActionDef, MatterDefinition, definition_of
from apps.matters.enums import MigrationState, StateCategory, VersionState
from apps.matters.errors import SamePerson, WrongStanding
from apps.matters.models import CaseMigration, MatterType, MatterVersion
from apps.matters.selectors.migrating import cases_to_move
from apps.matters.services.performing import lock_case, write_event

logger = logging.getLogger(__name__)

TOPIC = "matters.migrate"
BATCH = 200
_OPEN = (MigrationState.SUBMITTED, MigrationState.RUNNING)


@transaction.atomic
def propose_migration(
    actor: User, *, source_id: int, target_id: int, mapping: Mapping[str, str], note: str
) -> CaseMigration:
    """Will ask a second person to let the running cases of one version move to another.

    mapping: state of the source to state of the target, for every state that has not ended.
    Locks the matter type. Raises: NotAllowed; InvalidInput (mapping: a state without a
        counterpart, data "states"; an ended or unknown one; note); WrongStanding (the target
        was never published, or a move of that version is already on its way).
    """
    permissions.require_edit(actor)
    source = MatterVersion.objects.select_related("matter_type").get(pk=source_id)
    target = MatterVersion.objects.get(pk=target_id)
    MatterType.objects.select_for_update().get(pk=source.matter_type_id)
    if source.pk == target.pk or source.matter_type_id != target.matter_type_id:
        raise InvalidInput(_("请选择同一事项的另一个版本"), field="target")
    if source.published_at is None or target.state != VersionState.PUBLISHED:
        raise WrongStanding(_("只能迁移到已发布的版本"))
    if CaseMigration.objects.filter(source=source, state__in=_OPEN).exists():
        raise WrongStanding(_("这个版本已有一项迁移在进行，请先等它结束"))
    if not note.strip():
        raise InvalidInput(_("请写明迁移的理由"), field="note")
    migration = CaseMigration(
        matter_type=source.matter_type,
        source=source,
        target=target,
        mapping=_checked(source, target, mapping),
        note=note.strip()[:500],
        author=actor,
    )
    migration.save()
    _record(actor, "case_migration.proposed", migration)
    return migration


@transaction.atomic
def approve_migration(actor: User, *, migration_id: int, note: str = "") -> CaseMigration:
    """Will let the worker begin to move the cases, as the second person (双人复核).

    Locks the move. Raises: NotAllowed; SamePerson; WrongStanding (decided already, or the
        target was retired meanwhile); InvalidInput (mapping, as ``propose_migration``).
    """
    migration = _lock(migration_id)
    _require_reviewer(actor, migration)
    if migration.target.state != VersionState.PUBLISHED:
        raise WrongStanding(_("目标版本已停用，请重新提出迁移"))
    _checked(migration.source, migration.target, migration.mapping)
    migration.state, migration.reviewer = MigrationState.RUNNING, actor
    migration.review_note = note.strip()[:500]
    migration.save(update_fields=["state", "reviewer", "review_note", "updated_at"])
    _record(actor, "case_migration.approved", migration)
    _order_batch(migration)
    return migration


@transaction.atomic
def refuse_migration(actor: User, *, migration_id: int, note: str) -> CaseMigration:
    """Will turn a proposed move down (note: why), or let its author take it back.

    Raises: NotAllowed; WrongStanding; InvalidInput.
    """
    migration = _lock(migration_id)
    if actor.pk != migration.author_id:
        _require_reviewer(actor, migration)
        if not note.strip():
            raise InvalidInput(_("请写明不同意的理由"), field="note")
    elif migration.state != MigrationState.SUBMITTED:
        raise WrongStanding(_("这项迁移已经处理过了"))
    migration.state, migration.review_note = MigrationState.REFUSED, note.strip()[:500]
    migration.save(update_fields=["state", "review_note", "updated_at"])
    _record(actor, "case_migration.refused", migration)
    return migration


@transaction.atomic
def resume_migration(actor: User, *, migration_id: int) -> CaseMigration:
    """Will order the next batch of a move that stopped. Raises: NotAllowed; WrongStanding."""
    permissions.require_publish(actor)
    migration = _lock(migration_id)
    if migration.state != MigrationState.RUNNING:
        raise WrongStanding(_("这项迁移不在进行中"))
    _record(actor, "case_migration.resumed", migration)
    _order_batch(migration)
    return migration


def run_batch(migration_id: int, *, most: int = BATCH) -> int:
    """Will move the next cases, each a savepoint of its own, and order the next batch.

    Gives how many were moved. Safe to repeat and to run twice at once: a case that was moved
    is on the target version and not found again. A case that refuses is logged and left; a
    batch that moves nothing orders no other, somebody resumes when the cause is mended.
    """
    migration = CaseMigration.objects.select_related("source", "target").get(pk=migration_id)
    if migration.state != MigrationState.RUNNING:
        return 0
    due = list(cases_to_move(migration).order_by("pk").values_list("pk", flat=True)[:most])
    moved = sum(_move_or_leave(migration, case_id) for case_id in due)
    _count(migration_id, moved)
    return moved


def _move_or_leave(migration: CaseMigration, case_id: int) -> bool:
    try:
        return _move(migration, case_id)
    except DomainError:
        logger.exception("case %s could not be moved", case_id)
        return False


@transaction.atomic
def _move(migration: CaseMigration, case_id: int) -> bool:
    case = lock_case(case_id)
    if case.version_id != migration.source_id or case.is_ended:
        return False  # moved or ended since the batch was read
    definition = definition_of(migration.target_id, migration.target.body)
    label = _("版本迁移")
    before = case.state
    ctx = Context(
        actor=SYSTEM,
        case=case,
        definition=definition,
        action=ActionDef(
            code="migrate",
            label=label,
            sources=frozenset(),
            who=(),
            to=migration.mapping[before],
        ),
        data={},
        now=clock.now(),
        note=_("从第%(old)s版迁移到第%(new)s版：%(note)s")
        % {
            "old": migration.source.number,
            "new": migration.target.number,
            "note": migration.note,
        },
        event_data={"migration": migration.pk, "from_version": migration.source.number},
    )
    state = definition.state(migration.mapping[before])
    # A state may keep its code and mean something else in the new version.
    ctx.set(version=migration.target, category=state.category)
    _stop_unknown_clocks(ctx, definition)
    write_event(ctx, label, key=f"migration:{migration.pk}")
    return True


def _stop_unknown_clocks(ctx: Context, definition: MatterDefinition) -> None:
    """A clock the new version does not know would run for ever."""
    known = {clock_def.name for clock_def in definition.clocks}
    for name, running in active_clocks(ctx.case).items():
        if name not in known:
            clocks.stop(running, at=ctx.now, outcome="migrate", by=ctx.actor)


@transaction.atomic
def _count(migration_id: int, moved: int) -> None:
    migration = _lock(migration_id)
    if migration.state != MigrationState.RUNNING:
        return
    migration.moved += moved
    if not cases_to_move(migration).exists():
        migration.state, migration.finished_at = MigrationState.DONE, clock.now()
        _record(SYSTEM, "case_migration.finished", migration)
    elif moved:
        _order_batch(migration)
    migration.save(update_fields=["moved", "state", "finished_at", "updated_at"])


def _order_batch(migration: CaseMigration) -> None:
    outbox.enqueue(
        TOPIC,
        key=f"{migration.pk}:{migration.moved}:{clock.now().timestamp():.6f}",
        payload={"migration": migration.pk},
    )


def _checked(
    source: MatterVersion, target: MatterVersion, mapping: Mapping[str, str]
) -> dict[str, str]:
    old = definition_of(source.pk, source.body).states
    new = definition_of(target.pk, target.body).states
    wanted = {code: s for code, s in old.items() if s.category != StateCategory.ENDED}
    missing = [s.label for code, s in wanted.items() if not mapping.get(code)]
    if missing:
        raise InvalidInput(
            _("这些状态还没有对应：%s") % series(missing),
            field="mapping",
            data={"states": missing},
        )
    for code in wanted:
        state = new.get(mapping[code])
        if state is None or state.category == StateCategory.ENDED:
            raise InvalidInput(
                _("状态“%s”须对应到目标版本中一个未结束的状态") % wanted[code].label,
                field="mapping",
            )
    return {code: mapping[code] for code in wanted}


def _lock(migration_id: int) -> CaseMigration:
    return (
        CaseMigration.objects.select_for_update(of=("self",))
        .select_related("source", "target", "matter_type")
        .get(pk=migration_id)
    )


def _require_reviewer(actor: User, migration: CaseMigration) -> None:
    permissions.require_publish(actor)
    if actor.pk == migration.author_id:
        raise SamePerson(_("双人复核：提出人不能批准自己的迁移，请由另一人复核"))
    if migration.state != MigrationState.SUBMITTED:
        raise WrongStanding(_("这项迁移已经处理过了"))


def _record(actor: Actor, action: str, migration: CaseMigration) -> None:
    audit.record(
        actor,
        action,
        object_type="matter_type",
        object_id=migration.matter_type_id,
        object_label=str(migration),
        data={"migration": migration.pk, "mapping": migration.mapping, "moved": migration.moved},
    )
