"""Matter types and the wording of their versions (MT-01, MT-02).

A draft belongs to its author; somebody else copies it. So the one who wrote is always one
person, and the database can keep that person from approving. What the product itself loads (a
profile, the demo) has no author and takes ``publish_version``, the system's own way.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import Actor, SystemActor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Stale
from apps.matters import permissions
from apps.matters.actions import known_actions
from apps.matters.definition import accept, check, switch_problems
from apps.matters.enums import MatterKind, VersionState
from apps.matters.errors import InvalidDefinition, WrongStanding
from apps.matters.models import MatterDomain, MatterType, MatterVersion
from apps.matters.services.spans import end_predecessor, point_at_version_in_force

NOTE_MAX = 500
_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}(\.[a-z][a-z0-9_]{0,29}){0,2}\Z")


@transaction.atomic
def ensure_domain(actor: Actor, *, code: str, name: str) -> MatterDomain:
    """Will give the field of matters of this code, made if there is none; audited then."""
    domain, created = MatterDomain.objects.get_or_create(code=code, defaults={"name": name})
    if created:
        audit.record(
            actor,
            "matter_domain.created",
            object_type="matter_domain",
            object_id=domain.pk,
            object_label=name,
        )
    return domain


@transaction.atomic
def create_matter_type(
    actor: Actor, *, code: str, name: str, kind: MatterKind, domain: MatterDomain
) -> MatterType:
    """Will make a matter type without a version; nothing can be opened with it yet.

    code: "domain.word", lower case, at most three parts.
    Raises: NotAllowed; InvalidInput (code: its shape, or taken; name; domain closed).
    """
    permissions.require_edit(actor)
    if not _CODE.match(code):
        raise InvalidInput(
            _("代码须为小写字母开头的字母、数字、下划线，可用点分成至多三段"), field="code"
        )
    if not name.strip():
        raise InvalidInput(_("请填写事项名称"), field="name")
    if not domain.is_active:
        raise InvalidInput(_("业务领域“%s”已停用") % domain, field="domain")
    matter_type, created = MatterType.objects.get_or_create(
        code=code, defaults={"name": name.strip(), "kind": kind, "domain": domain}
    )
    if not created:
        raise InvalidInput(_("事项代码“%s”已存在") % code, field="code")
    audit.record(
        actor,
        "matter_type.created",
        object_type="matter_type",
        object_id=matter_type.pk,
        object_label=name,
    )
    return matter_type


@transaction.atomic
def save_draft(
    actor: Actor,
    *,
    matter_type_id: int,
    body: dict[str, Any],
    version_id: int | None = None,
    expected_revision: int | None = None,
    note: str = "",
) -> MatterVersion:
    """Will keep a body as the next version, or as the new wording of the author's draft.

    body: may be unfinished (the check says what is missing) but never misshapen or oversized.
    expected_revision: the revision the author looked at; another one means Stale.
    Locks the matter type, then the version.
    Raises: NotAllowed; InvalidDefinition (data "problems"); WrongStanding; Stale; InvalidInput.
    """
    permissions.require_edit(actor)
    matter_type = MatterType.objects.select_for_update().get(pk=matter_type_id)
    _require_shape(body)
    if version_id is None:
        return new_version(actor, matter_type, body, note)
    version = lock_draft(actor, version_id, expected_revision)
    changed = audit.document_changes(version.body, body)
    version.body, version.saved_at = body, clock.now()
    version.note = _note(note) or version.note
    version.revision += 1
    version.save(update_fields=["body", "saved_at", "note", "revision"])
    record_version(actor, "matter_draft.saved", version, **changed)
    return version


def copy_version(actor: User, *, version_id: int, note: str = "") -> MatterVersion:
    """Will start a new draft of the actor's from any version. Raises: as ``save_draft``."""
    source = find_version(version_id)
    return save_draft(actor, matter_type_id=source.matter_type_id, body=source.body, note=note)


@transaction.atomic
def discard_draft(actor: User, *, version_id: int) -> None:
    """Will delete the author's draft. Raises: NotAllowed, WrongStanding."""
    version = lock_draft(actor, version_id, None)
    record_version(actor, "matter_draft.discarded", version)
    version.delete()


@transaction.atomic
def publish_version(actor: Actor, *, version_id: int) -> MatterVersion:
    """Will put a definition the product itself loads in force at once (profile, demo, import).

    Only for the system: people go through ``submit_version`` and ``approve_version``, which
    also ask what only the running city can tell (tables published, roles given, the parts of
    the kind). Running cases stay on their version. Locks the matter type, then the version.
    Raises: NotAllowed (a person); WrongStanding (not a draft of the system's);
        InvalidDefinition (data "problems": why the definition could trap a case, or what its
        kind does not have).
    """
    if not isinstance(actor, SystemActor):
        raise NotAllowed(_("发布须由编写人提交、另一人复核"))
    version = lock_version(version_id)
    if version.state != VersionState.DRAFT or version.author_id is not None:
        raise WrongStanding(_("只有草稿可以发布"))
    problems = check(version.body, known_actions=known_actions())
    problems = problems or list(switch_problems(version.body, version.matter_type.kind))
    if problems:
        raise refusal(problems)
    now = clock.now()
    end_predecessor(version, now)
    version.state, version.published_at = VersionState.PUBLISHED, now
    version.effective_from, version.published_by_name = now, actor.display_name
    version.save(update_fields=["state", "published_at", "effective_from", "published_by_name"])
    point_at_version_in_force(version.matter_type, now)
    record_version(actor, "matter_version.published", version)
    return version


def new_version(
    actor: Actor, matter_type: MatterType, body: dict[str, Any], note: str
) -> MatterVersion:
    """Will add the next version; the caller holds the lock of the matter type."""
    last = matter_type.versions.aggregate(last=Max("number"))["last"] or 0
    version = MatterVersion.objects.create(
        matter_type=matter_type,
        number=last + 1,
        body=body,
        note=_note(note),
        author=actor if isinstance(actor, User) else None,
        saved_at=clock.now(),
    )
    record_version(actor, "matter_draft.saved", version, **audit.document_changes({}, body))
    return version


def find_version(version_id: int) -> MatterVersion:
    """Raises: WrongStanding (it was deleted meanwhile)."""
    version = MatterVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise WrongStanding(_("这个版本已被删除"))
    return version


def lock_version(version_id: int) -> MatterVersion:
    """Will lock the matter type, then the version, and give the version as it is now."""
    matter_type = MatterType.objects.select_for_update().get(
        pk=find_version(version_id).matter_type_id
    )
    version = MatterVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise WrongStanding(_("这个版本已被删除"))
    version.matter_type = matter_type
    return version


def lock_draft(actor: Actor, version_id: int, expected_revision: int | None) -> MatterVersion:
    """Will lock the actor's own draft. Raises: NotAllowed, WrongStanding, Stale."""
    version = lock_version(version_id)
    permissions.require_edit(actor)
    if version.state != VersionState.DRAFT:
        raise WrongStanding(_("只有草稿可以修改"))
    if version.author_id != actor.pk:
        raise NotAllowed(_("草稿只能由编写人修改，您可以复制一份"))
    if expected_revision is not None and version.revision != expected_revision:
        raise Stale(
            _("草稿已在别处改动，您的这次修改没有保存。您填写的内容仍在下面，请核对后再保存。"),
            data={"revision": version.revision},
        )
    return version


def refusal(problems: list[Any]) -> InvalidDefinition:
    """Will word why a definition may not go on."""
    texts = [str(problem) for problem in problems]
    return InvalidDefinition(
        _("定义有%(count)s处问题：%(first)s") % {"count": len(texts), "first": texts[0]},
        field="body",
        data={"problems": texts},
    )


def record_version(actor: Actor, action: str, version: MatterVersion, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="matter_type",
        object_id=version.matter_type_id,
        object_label=f"{version.matter_type.name} v{version.number}",
        data={"number": version.number, "revision": version.revision, **data},
    )


def _require_shape(body: Any) -> None:
    problems = accept(body)
    if problems:
        raise refusal(problems)


def _note(note: str) -> str:
    note = note.strip()
    if len(note) > NOTE_MAX:
        raise InvalidInput(_("变更说明最长 500 字"), field="note")
    return note


@transaction.atomic
def ensure_shipped_matter(
    actor: Actor, *, shipped: Mapping[str, Any], kind: MatterKind = MatterKind.OPERATION
) -> MatterType:
    """Will put a matter the product ships in force where there is none of its code yet.

    shipped: {"code", "name", "domain": [code, name], "body"} (fixtures/<app>/matter.json).
    """
    found = MatterType.objects.filter(code=shipped["code"], current_version__isnull=False).first()
    if found is not None:
        return found
    code, name = shipped["domain"]
    matter = create_matter_type(
        actor, code=shipped["code"], name=shipped["name"], kind=kind,
        domain=ensure_domain(actor, code=code, name=name),
    )  # fmt: skip
    draft = save_draft(actor, matter_type_id=matter.pk, body=shipped["body"])
    publish_version(actor, version_id=draft.pk)
    return matter
