"""Two people: who made a version never publishes it. Names are moved at once, and back.

Source: CP-03, CP-05 (upgrade and roll-back), docs/decisions/0067.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.algorithms import permissions
from apps.algorithms.enums import AliasName, State
from apps.algorithms.models import Algorithm, AlgorithmVersion, Alias, AliasMove
from apps.algorithms.services.registering import note
from apps.algorithms.services.testing import lock_version
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.places.models import Area

#: All cameras, in percent.
WHOLE = 100


@transaction.atomic
def publish(actor: User, *, version_id: int) -> AlgorithmVersion:
    """Will let a measured version be used; twice is harmless. Locks it.

    Raises: NotFound; NotAllowed (no right, or the actor registered it); Refused (not evaluated).
    """
    permissions.require_publish(actor)
    version = lock_version(version_id)
    if version.state == State.PUBLISHED:
        return version
    if version.made_by_id == actor.pk:
        raise NotAllowed(_("登记人不能发布自己登记的版本，请由他人发布"))
    if version.state != State.EVALUATED:
        raise Refused(_("只有已评测的版本可以发布"))
    version.state, version.published_by = State.PUBLISHED, actor
    version.published_at = clock.now()
    version.save(update_fields=["state", "published_by", "published_at"])
    note(actor, "algorithm.published", version, score=version.score)
    return version


@transaction.atomic
def retire(actor: User, *, version_id: int, reason: str) -> AlgorithmVersion:
    """Will let a version be used no more; results that name it stay. Locks it.

    Raises: NotFound; NotAllowed; Refused (an alias points at it); InvalidInput ("reason").
    """
    permissions.require_publish(actor)
    version = lock_version(version_id)
    _require_reason(reason)
    if version.state == State.RETIRED:
        return version
    if version.aliases.exists():
        raise Refused(_("仍有别名指向该版本，请先移动别名"))
    before, version.state, version.retired_at = version.state, State.RETIRED, clock.now()
    version.save(update_fields=["state", "retired_at"])
    note(actor, "algorithm.retired", version, before=before, reason=reason)
    return version


@transaction.atomic
def move_alias(
    actor: User,
    *,
    algorithm_id: int,
    name: str,
    version_id: int,
    reason: str,
    area: Area | None = None,
    share: int = WHOLE,
) -> Alias:
    """Will have a name mean another version from the next piece of work on.

    area: only there; None everywhere. share: of the cameras there that a canary is meant by, in
    percent, 0 to 100. Work that runs goes on with what it began with. The same again changes
    nothing. Locks the algorithm. Raises: NotAllowed; NotFound; Refused (not published);
    InvalidInput ("reason", "name", "share").
    """
    permissions.require_publish(actor)
    _require_reason(reason)
    if name not in AliasName.values:
        raise InvalidInput(_("没有这个别名"), field="name")
    if not 0 <= share <= WHOLE or (share < WHOLE and name != AliasName.CANARY):
        raise InvalidInput(_("灰度份额须为 0 到 100，生产别名只能是 100"), field="share")
    algorithm = _lock(algorithm_id)
    version = algorithm.versions.filter(pk=version_id).first()
    if version is None:
        raise NotFound(_("没有这个算法版本"))
    if version.state != State.PUBLISHED:
        raise Refused(_("别名只能指向已发布的版本"))
    alias = algorithm.aliases.filter(name=name, area=area).first()
    if alias is None:
        alias = Alias(algorithm=algorithm, name=name, area=area)
    elif alias.version_id == version.pk and alias.share == share:
        return alias
    return _point(actor, alias, version, reason, share=share)


@transaction.atomic
def roll_back(actor: User, *, alias_id: int, reason: str) -> Alias:
    """Will have a name mean what it meant before, at once. Locks the algorithm.

    Raises: NotAllowed; NotFound; Refused (there was nothing before, or it is retired).
    """
    alias = _alias(actor, alias_id, reason)
    if alias.before is None or alias.before.state != State.PUBLISHED:
        raise Refused(_("没有可回退的版本"))
    return _point(actor, alias, alias.before, reason, is_back=True)


@transaction.atomic
def end_canary(actor: User, *, alias_id: int, reason: str) -> None:
    """Will have a canary mean nothing any more: its cameras are back at production, at once.

    Locks the algorithm. Raises: NotAllowed; NotFound (ended already); Refused (no canary);
    InvalidInput ("reason").
    """
    alias = _alias(actor, alias_id, reason)
    _require_canary(alias)
    _end(actor, alias, reason, is_back=True)


@transaction.atomic
def promote_canary(actor: User, *, alias_id: int, reason: str) -> Alias:
    """Will make a canary's version the production one of its area and end the canary, in one.

    Locks the algorithm. Raises: NotAllowed; NotFound; Refused (no canary); InvalidInput
    ("reason").
    """
    alias = _alias(actor, alias_id, reason)
    _require_canary(alias)
    held = {"algorithm": alias.algorithm, "name": AliasName.PRODUCTION, "area": alias.area}
    target = Alias.objects.select_related("version").filter(**held).first() or Alias(**held)
    _end(actor, alias, reason)
    if target.pk and target.version_id == alias.version_id:
        return target
    return _point(actor, target, alias.version, reason)


def _point(
    actor: Actor,
    alias: Alias,
    version: AlgorithmVersion,
    reason: str,
    *,
    share: int | None = None,
    is_back: bool = False,
) -> Alias:
    before, share_before = (alias.version, alias.share) if alias.pk else (None, None)
    if before != version:  # another share of the same version is no place to go back to
        alias.before = before
    alias.share = alias.share if share is None else share
    alias.version, alias.moved_at = version, clock.now()
    alias.save()
    AliasMove.objects.create(
        algorithm=alias.algorithm, name=alias.name, area=alias.area, before=before,
        after=version, share=alias.share, reason=reason, is_back=is_back, at=alias.moved_at,
        moved_by=actor if isinstance(actor, User) else None,
    )  # fmt: skip
    note(
        actor, "algorithm.rolled_back" if is_back else "algorithm.alias_moved", version,
        alias=alias.name, area=alias.area.code if alias.area else "", reason=reason,
        before=before.version if before else "", after=version.version,
        share_before=share_before, share=alias.share,
    )  # fmt: skip
    return alias


def _end(actor: Actor, alias: Alias, reason: str, *, is_back: bool = False) -> None:
    AliasMove.objects.create(
        algorithm=alias.algorithm, name=alias.name, area=alias.area, before=alias.version,
        after=None, share=0, reason=reason, is_back=is_back, at=clock.now(),
        moved_by=actor if isinstance(actor, User) else None,
    )  # fmt: skip
    note(
        actor, "algorithm.canary_ended", alias.version, alias=alias.name, reason=reason,
        area=alias.area.code if alias.area else "", before=alias.version.version, after="",
        share_before=alias.share, share=0,
    )  # fmt: skip
    alias.delete()


def _alias(actor: User, alias_id: int, reason: str) -> Alias:
    permissions.require_publish(actor)
    _require_reason(reason)
    known = Alias.objects.filter(pk=alias_id).first()
    if known is None:
        raise NotFound(_("没有这个别名"))
    _lock(known.algorithm_id)
    found = Alias.objects.select_related("algorithm", "area", "before", "version")
    alias = found.filter(pk=alias_id).first()
    if alias is None:
        raise NotFound(_("没有这个别名"))
    return alias


def _require_canary(alias: Alias) -> None:
    if alias.name != AliasName.CANARY:
        raise Refused(_("只有灰度别名可以这样处理"))


def _lock(algorithm_id: int) -> Algorithm:
    algorithm = Algorithm.objects.select_for_update().filter(pk=algorithm_id).first()
    if algorithm is None:
        raise NotFound(_("没有这个算法"))
    return algorithm


def _require_reason(reason: str) -> None:
    if not 2 <= len(reason.strip()) <= 200:
        raise InvalidInput(_("请写明理由（2 到 200 字）"), field="reason")
