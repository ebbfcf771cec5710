"""Wording a version before anybody reviews it.

A draft belongs to its author; somebody else copies it. So the one who wrote is always one
person, and the database can keep that person from approving.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import document_changes, record
from apps.common.errors import InvalidInput, NotAllowed, Stale
from apps.rules import loading, permissions, selectors
from apps.rules.engine.check import Report
from apps.rules.engine.conditions import Condition
from apps.rules.engine.problems import InvalidTable
from apps.rules.engine.table import Table
from apps.rules.engine.vocabulary import Vocabulary
from apps.rules.enums import VersionState
from apps.rules.errors import InvalidRules, WrongState
from apps.rules.models import RuleDraftStep, RuleTable, RuleTableVersion

MAX_BODY_BYTES = 10 * 1024 * 1024
_STEPS_KEPT = 20

Change = Callable[[dict[str, Any]], dict[str, Any]]


@transaction.atomic
def save_draft(
    actor: User,
    *,
    table: RuleTable,
    body: Mapping[str, Any],
    note: str = "",
    version: RuleTableVersion | None = None,
    expected_revision: int | None = None,
) -> RuleTableVersion:
    """Will keep a body as a new draft, or as the new wording of the author's draft.

    body: see ``Table.parse``; it may lack outputs, which the check reports later. The wording
    before is kept for ``undo_draft``.
    expected_revision: the revision the author looked at; another one means Stale.
    Locks the table, then the version.
    Raises: NotAllowed; InvalidRules (data["problems"]: cells and why); WrongState; Stale.
    """
    table = RuleTable.objects.select_for_update().get(pk=table.pk)
    permissions.require_edit(actor, table)
    accepted = accept_body(selectors.vocabulary_of(table), body)
    before: dict[str, Any] = {}
    if version is None:
        version = new_version(table, actor, accepted, note)
    else:
        version = lock_draft(actor, version, expected_revision)
        before = version.body
        _keep_step(version)
        version.note = note[:500] or version.note
        _write(version, accepted)
    changed = document_changes(before, accepted)
    record_version(actor, "rule_draft.saved", version, rows=len(accepted["rows"]), **changed)
    return version


@transaction.atomic
def edit_draft(
    actor: User, *, version: RuleTableVersion, expected_revision: int, change: Change
) -> RuleTableVersion:
    """Will apply one change of rows (see ``rules.rows``) to the author's draft.

    Raises: as ``save_draft``.
    """
    current = lock_draft(actor, version, expected_revision)
    return save_draft(
        actor, table=current.table, body=change(current.body), note=current.note, version=current
    )


@transaction.atomic
def undo_draft(
    actor: User, *, version: RuleTableVersion, expected_revision: int
) -> RuleTableVersion:
    """Will take back the newest change of the author's draft; the 20 newest can be.

    Raises: NotAllowed, Stale; WrongState (nothing to take back, or no draft); InvalidRules
        (a choice was closed since).
    """
    current = lock_draft(actor, version, expected_revision)
    step = current.steps.first()
    if step is None:
        raise WrongState(_("没有可以撤销的修改"))
    before = current.body
    _write(current, accept_body(selectors.vocabulary_of(current.table), step.body))
    step.delete()
    record_version(actor, "rule_draft.undone", current, **document_changes(before, current.body))
    return current


@transaction.atomic
def copy_to_draft(actor: User, *, version: RuleTableVersion, note: str = "") -> RuleTableVersion:
    """Will start a new draft of the actor's from any version of the table."""
    return save_draft(actor, table=version.table, body=version.body, note=note)


@transaction.atomic
def discard_draft(actor: User, *, version: RuleTableVersion) -> None:
    """Will delete the author's draft. Raises: NotAllowed, WrongState."""
    current = lock_draft(actor, version, None)
    record_version(actor, "rule_draft.discarded", current)
    current.delete()


def check_draft(version: RuleTableVersion) -> Report:
    """Will run the static check. Raises: InvalidRules (a choice was closed since)."""
    accept_body(selectors.vocabulary_of(version.table), version.body)
    return selectors.check_version(version)


def parse_condition(vocabulary: Vocabulary, raw: Any) -> Condition:
    """Will read a condition tree for guards and listeners, areas as they are today.

    Raises: InvalidRules.
    """
    try:
        return Condition.parse(vocabulary, raw, expand_area=loading.expand_area)
    except InvalidTable as error:
        raise invalid_rules(error) from None


def accept_body(vocabulary: Vocabulary, body: Any) -> dict[str, Any]:
    """Will parse a body from outside and give its stored form. Raises: InvalidRules."""
    try:
        table = Table.parse(vocabulary, body)
    except InvalidTable as error:
        raise invalid_rules(error) from None
    accepted = table.to_json()
    if len(json.dumps(accepted)) > MAX_BODY_BYTES:
        limit = MAX_BODY_BYTES // 1024 // 1024
        raise InvalidRules(_("规则表内容超过 %(limit)s MB") % {"limit": limit}, field="body")
    return accepted


def _keep_step(version: RuleTableVersion) -> None:
    RuleDraftStep.objects.create(version=version, revision=version.revision, body=version.body)
    kept = version.steps.values_list("pk", flat=True)[:_STEPS_KEPT]
    version.steps.exclude(pk__in=list(kept)).delete()


def _write(version: RuleTableVersion, body: dict[str, Any]) -> None:
    version.body, version.hit_policy = body, body["hit_policy"]
    version.revision += 1
    version.save(update_fields=["body", "hit_policy", "note", "revision", "updated_at"])


def invalid_rules(error: InvalidTable) -> InvalidRules:
    problems = [
        {"row": p.row, "column": p.column, "message": p.message, "text": str(p)}
        for p in error.problems
    ]
    return InvalidRules(str(error), field="body", data={"problems": problems})


def new_version(
    table: RuleTable, author: User, body: dict[str, Any], note: str
) -> RuleTableVersion:
    """Will add the next version; the caller holds the table's lock."""
    if len(note) > 500:
        raise InvalidInput(_("变更说明最长 500 字"), field="note")
    last = table.versions.aggregate(last=Max("number"))["last"] or 0
    return RuleTableVersion.objects.create(
        table=table,
        number=last + 1,
        body=body,
        hit_policy=body["hit_policy"],
        note=note,
        author=author,
    )


def lock_version(version: RuleTableVersion) -> RuleTableVersion:
    """Will lock the table, then the version, and give the version as it is now."""
    table = RuleTable.objects.select_for_update().get(pk=version.table_id)
    current = RuleTableVersion.objects.select_for_update().filter(pk=version.pk).first()
    if current is None:
        raise WrongState(_("这个版本已被删除"))
    current.table = table
    return current


def lock_draft(
    actor: User, version: RuleTableVersion, expected_revision: int | None
) -> RuleTableVersion:
    current = lock_version(version)
    permissions.require_edit(actor, current.table)
    if current.state != VersionState.DRAFT:
        raise WrongState(_("只有草稿可以修改"))
    if current.author_id != actor.pk:
        raise NotAllowed(_("草稿只能由编写人修改，您可以复制一份"))
    if expected_revision is not None and current.revision != expected_revision:
        raise Stale(_("草稿已在别处改动，您的这次修改没有保存，请刷新后再改"))
    return current


def record_version(actor: User, action: str, version: RuleTableVersion, **data: Any) -> None:
    record(
        actor,
        action,
        object_type="rule_table",
        object_id=version.table_id,
        object_label=version.table.name,
        data={"number": version.number, "revision": version.revision, **data},
    )
