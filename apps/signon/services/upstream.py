"""Who somebody is to the platform above us, and ending what it says is over.

Nobody links themselves: an administrator of people does, and coming in through the platform
never makes an account. Source: AC-15.
"""

from collections.abc import Iterable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import can_manage_people
from apps.accounts.services import close_session
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.signon.models import SeenToken, UpstreamLink, UpstreamSession

FROM_ABOVE_KEY = "upstream_session"  # in a session on its way in: sid and sub of the platform
SEEN_FOR = timedelta(hours=1)  # longer than a logout token may be old


@transaction.atomic
def link_person(actor: Actor, *, person: User, subject: str) -> UpstreamLink:
    """Will note under which identifier the platform above knows a person; audited.

    Raises: NotAllowed; InvalidInput (no identifier, or one that is taken).
    """
    _require(actor, person)
    told = subject.strip()
    if not told or len(told) > 200:
        raise InvalidInput(_("请填写上级平台的人员标识。"), field="subject")
    issuer = settings.UPSTREAM_ISSUER.rstrip("/")
    taken = UpstreamLink.objects.filter(issuer=issuer, subject=told).exclude(user=person)
    if taken.exists():
        raise InvalidInput(_("该标识已绑定给另一人。"), field="subject")
    try:
        with transaction.atomic():
            link, _made = UpstreamLink.objects.update_or_create(
                user=person,
                defaults={
                    "issuer": issuer,
                    "subject": told,
                    "linked_at": clock.now(),
                    "linked_by": actor.display_name[:100],
                },
            )
    except IntegrityError as error:
        raise InvalidInput(_("该标识已绑定给另一人。"), field="subject") from error
    _note(actor, "upstream.linked", person)
    return link


@transaction.atomic
def unlink_person(actor: Actor, *, person: User) -> None:
    """Will forget it, and end the sessions that rest on it; audited. Raises: NotAllowed."""
    _require(actor, person)
    if UpstreamLink.objects.filter(user=person).delete()[0]:
        _end(UpstreamSession.objects.filter(user=person).values_list("session_key", flat=True))
        _note(actor, "upstream.unlinked", person)


def note_session(user: User, *, session_key: str, sid: str, sub: str) -> None:
    """Will remember that this browser session came in through the platform above."""
    UpstreamSession.objects.update_or_create(
        session_key=session_key,
        defaults={"user": user, "sid": sid, "sub": sub, "begun_at": clock.now()},
    )


@transaction.atomic
def end_upstream(*, issuer: str, subject: str, sid: str, jti: str) -> int:
    """Will end the sessions the platform above says are over, once per token; audited.

    sid: only those of that session there; "": all that came in as this person.
    Raises: Refused (the token was used before).
    """
    moment = clock.now()
    seen = SeenToken(
        issuer=issuer[:200],
        jti=jti[:200],
        expires_at=moment + SEEN_FOR,
    )
    try:
        with transaction.atomic():
            seen.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("退出令牌已经用过。"), code="token_replayed") from error
    found = UpstreamSession.objects.all()
    if sid:
        found = found.filter(sid=sid)
    if subject:
        found = found.filter(sub=subject)
    ended = _end(found.values_list("session_key", flat=True))
    record(SYSTEM, "upstream.signed_out", object_type="signon.upstream", data={"sessions": ended})
    return ended


def _end(keys: Iterable[str]) -> int:
    sessions = list(UserSession.objects.filter(session_key__in=keys))
    for session in sessions:
        close_session(session, reason="upstream")
    UpstreamSession.objects.filter(session_key__in=[s.session_key for s in sessions]).delete()
    return len(sessions)


def _require(actor: Actor, person: User) -> None:
    if not can_manage_people(actor, person.tenant_id):
        raise NotAllowed(_("您没有管理该单位人员的权限。"))


def _note(actor: Actor, action: str, person: User) -> None:
    record(
        actor,
        action,
        object_type="accounts.user",
        object_id=person.pk,
        object_label=person.display_name,
    )
