"""Who sees groups, hot spots and topics, and who moves a topic on.

Joining and undoing are the engine's 合并 and 撤销合并, with the rights of the matter. What is
seen of a group is what the viewer sees of its cases.
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import Scope, area_scope_q, scope_of
from apps.common.errors import NotAllowed
from apps.voices.enums import TopicState
from apps.voices.models import Topic

#: Work that needs to see what the whole city speaks of.
READERS = (
    "matters.accept_case",
    "matters.dispatch_case",
    "matters.callback_case",
    "matters.supervise_case",
    "matters.view_tenant_cases",
    "hotline.view_statistics",
)
#: A unit sees the topics it is responsible for.
UNITS = ("matters.handle_case", "matters.head_case")
TOPIC_READERS = (*READERS, *UNITS)
READ, OWN = frozenset(READERS), frozenset(UNITS)
#: What an API client must be granted besides the rights of its account.
API_READ, API_KEEP = "voices.read", "voices.keep"
#: Who judges a topic, names its unit and makes a case of it.
KEEP = frozenset({"matters.dispatch_case", "matters.supervise_case"})
#: A unit learns of a topic when a person has found it to be one.
UNJUDGED = (TopicState.DETECTED, TopicState.DISMISSED)


def can_read(viewer: User) -> bool:
    """Will tell whether the viewer sees groups, hot spots and topics of the city."""
    scope = scope_of(viewer)
    return scope.everything or bool(scope.permissions & READ)


def can_read_topics(viewer: User) -> bool:
    """Will tell whether the viewer sees topics: the city's, or those of an own unit."""
    return can_read(viewer) or bool(scope_of(viewer).permissions & OWN)


def can_keep(viewer: User) -> bool:
    """Will tell whether the viewer judges topics at all."""
    scope = scope_of(viewer)
    return scope.everything or bool(scope.permissions & KEEP)


def can_keep_topic(actor: User, topic: Topic) -> bool:
    """Will tell whether the actor moves this topic on: of an own tenant and duty area."""
    scope = scope_of(actor)
    if scope.everything:
        return True
    near = topic.tenant_id in scope.tenant_ids and _covers(scope, topic.area_path)
    return near and can_keep(actor)


def _covers(scope: Scope, area_path: str) -> bool:
    """A topic without an area is the whole city's: of those who work for all of it."""
    return scope.covers_area(area_path)


def spots_q(viewer: User) -> Q:
    """Will match what lies in the viewer's tenants and duty areas, by ``area_path``."""
    scope = scope_of(viewer)
    if scope.everything:
        return Q()
    if not can_read(viewer):
        return Q(pk__in=[])
    return Q(tenant_id__in=scope.tenant_ids) & area_scope_q(scope, field="area_path")


def topics_q(viewer: User) -> Q:
    """Will match the topics in the viewer's duty areas and those of the viewer's units."""
    scope = scope_of(viewer)
    reach = spots_q(viewer)
    if scope.everything or not scope.permissions & OWN:
        return reach
    for path in scope.organization_paths:
        reach |= Q(unit_path__startswith=path) & ~Q(state__in=UNJUDGED)
    return reach


def require_read(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_read(viewer):
        raise NotAllowed(_("您没有查看诉求群组与热点的权限"))


def require_read_topics(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_read_topics(viewer):
        raise NotAllowed(_("您没有查看诉求专题的权限"))


def require_keep(actor: User) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有研判诉求专题的权限"))


def require_keep_topic(actor: User, topic: Topic) -> None:
    """Raises: NotAllowed."""
    if not can_keep_topic(actor, topic):
        raise NotAllowed(_("您没有研判这个专题的权限"))


#: Who speaks to citizens for the hotline: those who merge as well.
ANSWER = frozenset({"matters.accept_case", "matters.dispatch_case"})


def can_answer(viewer: User) -> bool:
    """Will tell whether the viewer writes the answer for a whole group."""
    scope = scope_of(viewer)
    return scope.everything or bool(scope.permissions & ANSWER)


def require_answer(actor: User) -> None:
    """Raises: NotAllowed."""
    if not can_answer(actor):
        raise NotAllowed(_("您没有填写统一答复的权限"))
