"""Scripts written, approved by somebody else, and found useful or not. Audited. Source: HL-04."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.callcentre import permissions
from apps.callcentre.enums import ScriptState
from apps.callcentre.models import Script, ScriptVersion, ScriptVote
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.models import Line

_PLACE = ("title", "situation", "line", "class_code")


@dataclass(frozen=True)
class ScriptSpec:
    """A script as it shall be; see ``Script``."""

    title: str
    situation: str
    body: str
    line: Line | None = None
    class_code: str = ""


@transaction.atomic
def write_script(
    actor: User, *, tenant: Tenant, spec: ScriptSpec, script_id: int | None = None
) -> ScriptVersion:
    """Will submit a wording, of a new script or as the next version of one. Locks the script.

    The version in use stays so until this one is approved; one that waited is replaced.
    Raises: NotAllowed; NotFound; InvalidInput (fields "title", "situation", "body", "line");
        Refused (nothing changed).
    """
    permissions.require(actor, permissions.WRITE_SCRIPTS, tenant.pk)
    script = Script(tenant=tenant)
    if script_id is not None:
        found = Script.objects.select_for_update().filter(tenant=tenant, pk=script_id).first()
        if found is None:
            raise NotFound(_("没有这条话术"))
        script = found
    _check(tenant, script, spec)
    before = audit.snapshot(script, *_PLACE)
    script.title, script.situation = spec.title.strip(), spec.situation.strip()
    script.line, script.class_code = spec.line, spec.class_code.strip()
    script.save()
    newest = script.versions.order_by("-number").first()
    changed = audit.changes(before, audit.snapshot(script, *_PLACE))
    body = spec.body.strip()
    if newest is not None and newest.body == body and newest.state != ScriptState.REJECTED:
        if not changed["after"]:
            raise Refused(_("内容没有变化"))
        audit.record(actor, "callcentre.script_placed", **_told(newest), data=changed)
        return newest
    script.versions.filter(state=ScriptState.SUBMITTED).update(state=ScriptState.RETIRED)
    version = ScriptVersion.objects.create(
        script=script,
        number=newest.number + 1 if newest else 1,
        body=body,
        author=actor,
        created_at=clock.now(),
    )
    audit.record(actor, "callcentre.script_submitted", **_told(version), data=changed)
    return version


@transaction.atomic
def rule_script(actor: User, *, version_id: int, agrees: bool) -> ScriptVersion:
    """Will put a submitted wording in use instead of the one before, or send it back.

    Raises: NotFound; NotAllowed (no approver, or the author); Refused (ruled already).
    """
    version = (
        ScriptVersion.objects.select_for_update(of=("self", "script"))
        .select_related("script")
        .filter(pk=version_id)
        .first()
    )
    if version is None:
        raise NotFound(_("没有这条话术"))
    permissions.require(actor, permissions.APPROVE_SCRIPTS, version.script.tenant_id)
    if actor.pk == version.author_id:
        raise NotAllowed(_("编写人不能审批自己的话术"))
    if version.state != ScriptState.SUBMITTED:
        raise Refused(_("这个版本已审批"))
    before = audit.snapshot(version, "state")
    if agrees:
        version.script.versions.filter(state=ScriptState.APPROVED).update(state=ScriptState.RETIRED)
    version.state = ScriptState.APPROVED if agrees else ScriptState.REJECTED
    version.ruled_by, version.ruled_at = actor, clock.now()
    version.save(update_fields=["state", "ruled_by", "ruled_at"])
    changed = audit.changes(before, audit.snapshot(version, "state"))
    audit.record(actor, "callcentre.script_ruled", **_told(version), data=changed)
    return version


@transaction.atomic
def vote_script(actor: User, *, version_id: int, is_useful: bool) -> ScriptVote:
    """Will note whether a wording in use helped the agent; the newest word counts.

    Raises: NotFound (not in use in a body where the actor takes calls).
    """
    version = (
        ScriptVersion.objects.filter(
            permissions.within(actor, permissions.TAKE, field="script__tenant_id"),
            pk=version_id,
            state=ScriptState.APPROVED,
        )
        .select_related("script")
        .first()
    )
    if version is None:
        raise NotFound(_("没有这条话术"))
    vote, _made = ScriptVote.objects.update_or_create(
        version=version, user=actor, defaults={"is_useful": is_useful, "at": clock.now()}
    )
    return vote


def _check(tenant: Tenant, script: Script, spec: ScriptSpec) -> None:
    title = spec.title.strip()
    same = Script.objects.filter(tenant=tenant, title=title).exclude(pk=script.pk)
    if not 1 <= len(title) <= 60 or same.exists():
        raise InvalidInput(_("请填写 60 字以内、未用过的标题"), field="title")
    if not 1 <= len(spec.situation.strip()) <= 100:
        raise InvalidInput(_("请填写 100 字以内的适用情形"), field="situation")
    if not 1 <= len(spec.body.strip()) <= 2000:
        raise InvalidInput(_("请填写 2000 字以内的话术内容"), field="body")
    if spec.line is not None and spec.line.tenant_id != tenant.pk:
        raise InvalidInput(_("没有这条热线"), field="line")


def _told(version: ScriptVersion) -> dict[str, str]:
    return {
        "object_type": "script_version",
        "object_id": str(version.pk),
        "object_label": f"{version.script.title} v{version.number}",
    }
