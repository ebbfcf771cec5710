"""Who may enter things into the register, survey them, and rule on surveys."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import holds_in
from apps.accounts.selectors import scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from apps.places.models import Area

REGISTER = "assets.register_asset"
SURVEY = "assets.survey_asset"
RULE = "assets.rule_survey"
DEFINE = "assets.define_classes"


def can_register_asset(actor: Any) -> bool:
    """Will tell whether the actor keeps the register."""
    return actor is SYSTEM or actor.has_perm(REGISTER)


def require_register_asset(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_register_asset(actor):
        raise NotAllowed(_("您没有登记部件的权限"))


def can_define(actor: Any) -> bool:
    """Will tell whether the actor says what a class of things is asked: it holds city-wide."""
    return actor is SYSTEM or bool(actor.has_perm(DEFINE))


def require_define(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_define(actor):
        raise NotAllowed(_("您没有维护部件类别自有字段的权限"))


def can_register_in(actor: Any, area: Area | None) -> bool:
    """Will tell whether the actor keeps the register of what stands in this area."""
    return holds_in(actor, REGISTER, area)


def require_register_in(actor: Any, area: Area | None) -> None:
    """Raises: NotAllowed (no right, or not a duty area of the actor)."""
    require_register_asset(actor)
    if not can_register_in(actor, area):
        raise NotAllowed(_("该位置不在您负责的区域内"))


def require_survey(actor: User) -> None:
    """Raises: NotAllowed."""
    if not actor.has_perm(SURVEY):
        raise NotAllowed(_("您没有普查部件的权限"))


def require_survey_in(actor: User, area: Area) -> None:
    """Raises: NotAllowed (not a duty area of the actor)."""
    if not scope_for(actor, SURVEY).covers_area(area.path):
        raise NotAllowed(_("该位置不在您负责的区域内"))


def can_rule(actor: User) -> bool:
    """Will tell whether the actor confirms surveys at all."""
    return bool(actor.has_perm(RULE))


def require_rule(actor: User) -> None:
    """Raises: NotAllowed."""
    if not can_rule(actor):
        raise NotAllowed(_("您没有确认部件普查的权限"))


def can_rule_in(actor: User, area: Area) -> bool:
    """Will tell whether the actor confirms surveys made in this area."""
    return can_rule(actor) and scope_for(actor, RULE).covers_area(area.path)


def require_rule_in(actor: User, area: Area) -> None:
    """Raises: NotAllowed (not a duty area of the actor)."""
    if not can_rule_in(actor, area):
        raise NotAllowed(_("该区域不在您负责的范围内"))


def is_reader(viewer: User) -> bool:
    """Will tell whether the viewer works with the register."""
    return any(viewer.has_perm(right) for right in (REGISTER, SURVEY, RULE, DEFINE))


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed (the pages of the register are for those who work with it)."""
    if not is_reader(viewer):
        raise NotAllowed(_("您没有查看部件台账的权限"))
