"""Applications of edge nodes: released, rolled out, rolled back. Nodes fetch; nothing is pushed.

A keeper orders a version for nodes; a node learns of it with its next heartbeat, fetches the
package, checks its digest, and says with a later heartbeat what runs. Every order is a row that
is never changed but for its end. Source: IO-19.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.alarms.enums import Level, Source
from apps.alarms.services import raise_alarm, recover_alarm
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.places.models import Area
from apps.polling import permissions
from apps.polling.enums import InstallState, RolloutKind, RolloutOutcome
from apps.polling.models import EdgeApplication, EdgeInstall, EdgeNode, EdgeRelease, EdgeRollout

KIND = "edge_application_failed"
MOST_NODES = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}")
_SOURCE = re.compile(r"https?://[^\s@]{3,280}")


@dataclass(frozen=True)
class ApplicationSpec:
    """An application as it shall be; see ``EdgeApplication``."""

    code: str
    name: str
    unit: Organization
    area: Area
    note: str = ""


@dataclass(frozen=True)
class ReleaseSpec:
    """A version to add; see ``EdgeRelease``."""

    version: str
    digest: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class Said:
    """What a node says of one application. version: "" where nothing of it runs."""

    code: str
    version: str
    state: str
    error: str = ""


@transaction.atomic
def save_application(
    actor: Actor, *, spec: ApplicationSpec, application_id: int | None = None
) -> EdgeApplication:
    """Will write an application, new or over the one given. Locks it; audited.

    Raises: NotFound; NotAllowed; InvalidInput (field "code": taken).
    """
    permissions.require_keep_in(actor, spec.area)
    application = EdgeApplication(created_at=clock.now())
    if application_id is not None:
        application = _locked(actor, application_id)
    if EdgeApplication.objects.filter(code=spec.code).exclude(pk=application.pk).exists():
        raise InvalidInput(_("代码“%(code)s”已被使用") % {"code": spec.code}, field="code")
    names = ("code", "name", "unit_id", "area_id", "note")
    before = audit.snapshot(application, *names) if application.pk else {}
    for name in ApplicationSpec.__dataclass_fields__:
        setattr(application, name, getattr(spec, name))
    application.save()
    action = "edge_application.changed" if before else "edge_application.created"
    changes = audit.document_changes(before, audit.snapshot(application, *names))
    _note(actor, action, application, **changes)
    return application


@transaction.atomic
def add_release(actor: Actor, *, application_id: int, spec: ReleaseSpec) -> EdgeRelease:
    """Will add a version. Locks the application; audited.

    Raises: NotFound; NotAllowed; InvalidInput (fields "version", "digest", "source").
    """
    application = _locked(actor, application_id)
    if not _VERSION.fullmatch(spec.version):
        raise InvalidInput(_("版本只能用字母、数字、点、加号、横线"), field="version")
    if application.releases.filter(version=spec.version).exists():
        raise InvalidInput(_("版本“%s”已登记") % spec.version, field="version")
    if not _DIGEST.fullmatch(spec.digest):
        raise InvalidInput(_("请填安装包的 SHA-256：64 位小写十六进制"), field="digest")
    if not _SOURCE.fullmatch(spec.source):
        raise InvalidInput(_("请填 http 或 https 地址，不含账号密码"), field="source")
    release = EdgeRelease.objects.create(
        application=application,
        version=spec.version,
        digest=spec.digest,
        source=spec.source,
        note=spec.note.strip()[:300],
        added_by=actor if isinstance(actor, User) else None,
        added_at=clock.now(),
    )
    _note(actor, "edge_release.added", application, version=spec.version, digest=spec.digest)
    return release


@transaction.atomic
def withdraw_release(actor: Actor, *, release_id: int) -> EdgeRelease:
    """Will let a version be ordered no more; where it runs it stays. Twice is harmless.

    Locks the application. Raises: NotFound; NotAllowed.
    """
    release = EdgeRelease.objects.filter(pk=release_id).first()
    if release is None:
        raise NotFound(_("没有这个版本"))
    application = _locked(actor, release.application_id)
    if release.withdrawn_at is None:
        release.withdrawn_at = clock.now()
        release.save(update_fields=["withdrawn_at"])
        _note(actor, "edge_release.withdrawn", application, version=release.version)
    return release


@transaction.atomic
def roll_out(actor: Actor, *, release_id: int, node_ids: Collection[int]) -> int:
    """Will have a version run on these nodes and give on how many that is new.

    Locks the nodes in order of their keys. A node that is to run it already is left alone,
    unless it failed there: then it is tried again.
    Raises: NotFound; NotAllowed (a node outside the actor's areas); Refused (withdrawn; no node,
    or too many; a node out of use).
    """
    release = EdgeRelease.objects.select_related("application").filter(pk=release_id).first()
    if release is None:
        raise NotFound(_("没有这个版本"))
    permissions.require_keep(actor)
    if release.withdrawn_at is not None:
        raise Refused(_("版本“%s”已撤回，不能下发") % release.version)
    changed = 0
    for install in _installs(actor, release.application, node_ids):
        if install.wanted_id != release.pk or install.state == InstallState.FAILED:
            _order(actor, install, RolloutKind.ROLL_OUT, release)
            changed += 1
    return changed


@transaction.atomic
def roll_back(actor: Actor, *, application_id: int, node_ids: Collection[int]) -> int:
    """Will have the version before run again on these nodes, each its own; gives on how many.

    The version before is the last other one that ran there. Raises: as ``roll_out``; Refused (a
    node has run no other version that may still be ordered).
    """
    application = _found(application_id)
    changed = 0
    for install in _installs(actor, application, node_ids):
        before = _ran_before(install)
        if before is None:
            raise Refused(_("节点“%s”没有可回退的版本") % install.node.name)
        _order(actor, install, RolloutKind.ROLL_BACK, before)
        changed += 1
    return changed


@transaction.atomic
def remove(actor: Actor, *, application_id: int, node_ids: Collection[int]) -> int:
    """Will have nothing of an application run on these nodes; gives on how many that is new.

    Raises: as ``roll_out``.
    """
    application = _found(application_id)
    changed = 0
    for install in _installs(actor, application, node_ids):
        if install.wanted_id is not None:
            _order(actor, install, RolloutKind.REMOVE, None)
            changed += 1
    return changed


def take_report(edge: EdgeNode, told: Iterable[Said]) -> None:
    """Will note what runs on a node; codes nobody knows here are passed over.

    Within the heartbeat's transaction, the node locked. told: everything of ours on the node. What
    was ordered is done when its version runs, failed when the node says so of that version; a
    failure raises an alarm, which ends when it runs.
    """
    installs = {
        install.application.code: install
        for install in edge.installs.select_for_update(of=("self",)).select_related(
            "application", "wanted"
        )
    }
    said_of = {said.code: said for said in told}
    for code, install in installs.items():  # not named: nothing of it runs
        _hear(edge, install, said_of.get(code) or Said(code, "", InstallState.STOPPED))
    edge.installs.update(told_at=clock.now())


def orders_for(edge: EdgeNode) -> list[dict[str, str]]:
    """Will give what shall run on a node, as it is told to it; version "": nothing."""
    installs = edge.installs.select_related("application", "wanted").order_by("application__code")
    return [
        {
            "code": install.application.code,
            "version": install.wanted.version if install.wanted else "",
            "digest": install.wanted.digest if install.wanted else "",
            "source": install.wanted.source if install.wanted else "",
        }
        for install in installs
    ]


def _hear(edge: EdgeNode, install: EdgeInstall, said: Said) -> None:
    told = (said.version, said.state, said.error[:300])
    if told == (install.running, install.state, install.error):
        return  # as it was at the last heartbeat
    install.running, install.state, install.error = told
    install.save(update_fields=["running", "state", "error"])
    wanted = install.wanted.version if install.wanted else ""
    if said.state == InstallState.FAILED and said.version == wanted:
        _end(install, RolloutOutcome.FAILED, error=install.error)
        _tell_failure(edge, install, wanted)
        return
    runs = said.version if said.state == InstallState.RUNNING else ""
    if runs == wanted:
        _end(install, RolloutOutcome.DONE)
        recover_alarm(
            source=Source.DEVICE,
            kind=KIND,
            asset=None,
            key=_key(install),
            at=clock.now(),
            sentence=_("应用已按要求运行"),
        )


def _tell_failure(edge: EdgeNode, install: EdgeInstall, wanted: str) -> None:
    words = {"node": edge.name, "name": install.application.name, "error": install.error or "—"}
    raise_alarm(
        source=Source.DEVICE,
        kind=KIND,
        asset=None,
        key=_key(install),
        level=Level.YELLOW,
        at=clock.now(),
        sentence=_("边缘节点“%(node)s”上的应用“%(name)s”启动失败：%(error)s") % words,
        facts={"version": install.running, "wanted": wanted},
        title=_("边缘应用失败：%(name)s") % words,
        unit=edge.unit,
    )


def _order(
    actor: Actor, install: EdgeInstall, kind: RolloutKind, release: EdgeRelease | None
) -> None:
    before = install.wanted
    _end(install, RolloutOutcome.SUPERSEDED)
    EdgeRollout.objects.create(
        install=install,
        kind=kind,
        before=before,
        after=release,
        ordered_by=actor if isinstance(actor, User) else None,
        ordered_at=clock.now(),
    )
    install.wanted, install.state, install.error = release, InstallState.WAITING, ""
    install.save(update_fields=["wanted", "state", "error"])
    _note(
        actor,
        f"edge_application.{kind.name.lower()}",
        install.application,
        node=install.node.code,
        before=before.version if before else "",
        after=release.version if release else "",
    )


def _end(install: EdgeInstall, outcome: RolloutOutcome, *, error: str = "") -> None:
    waiting = install.rollouts.filter(outcome=RolloutOutcome.WAITING)
    waiting.update(outcome=outcome, ended_at=clock.now(), error=error)


def _installs(
    actor: Actor, application: EdgeApplication, node_ids: Collection[int]
) -> list[EdgeInstall]:
    """Locks the nodes and gives their installs of an application, new ones where there is none."""
    if not 0 < len(set(node_ids)) <= MOST_NODES:
        raise Refused(_("请选择 1 到 %d 个节点") % MOST_NODES)
    locked = EdgeNode.objects.select_for_update(of=("self",)).select_related("area", "unit")
    nodes = list(locked.filter(pk__in=node_ids).order_by("pk"))
    if len(nodes) != len(set(node_ids)):
        raise NotFound(_("没有这个边缘节点"))
    found = []
    for node in nodes:
        permissions.require_keep_in(actor, node.area)
        if not node.is_active:
            raise Refused(_("节点“%s”已停用") % node.name)
        install, _new = EdgeInstall.objects.select_related("wanted").get_or_create(
            node=node, application=application
        )
        install.node, install.application = node, application
        found.append(install)
    return found


def _ran_before(install: EdgeInstall) -> EdgeRelease | None:
    ran = install.rollouts.filter(
        outcome=RolloutOutcome.DONE, after__isnull=False, after__withdrawn_at=None
    )
    other = ran.exclude(after_id=install.wanted_id).select_related("after")
    last = other.order_by("-ended_at", "-pk").first()
    return last.after if last is not None else None


def _found(application_id: int) -> EdgeApplication:
    application = EdgeApplication.objects.filter(pk=application_id).first()
    if application is None:
        raise NotFound(_("没有这个边缘应用"))
    return application


def _locked(actor: Actor, application_id: int) -> EdgeApplication:
    found = EdgeApplication.objects.select_for_update(of=("self",)).select_related("area")
    application = found.filter(pk=application_id).first()
    if application is None:
        raise NotFound(_("没有这个边缘应用"))
    permissions.require_keep_in(actor, application.area)
    return application


def _key(install: EdgeInstall) -> str:
    return f"edge:{install.node_id}:app:{install.application_id}"


def _note(actor: Actor, action: str, application: EdgeApplication, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="edge_application",
        object_id=application.pk,
        object_label=application.name,
        data=data,
    )
