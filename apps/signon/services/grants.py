"""Sign-ons: opened when a code, device or ticket is granted, redeemed once, ended for good.

Called by the provider's endpoints, inside their transaction. A spent code or refresh token
that comes a second time has been copied: everything given out of that sign-on ends, and the
security administrators are told. Source: AC-02; RFC 9700 section 4.14.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.idp.oidc.models import Token
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.accounts.signals import WordToPeople, word_to_people
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.signon.enums import GrantKind
from apps.signon.models import Application, GivenToken, Grant, SeenToken
from apps.signon.services.logouts import queue_logout

KEEP = timedelta(days=30)  # how long an ended sign-on stays on the lists
CODE_LIFE = timedelta(seconds=60)


@dataclass(frozen=True)
class Standing:
    """What a browser session had proved. level: 1-4; methods: as RFC 8176 names them."""

    level: int
    methods: tuple[str, ...]
    at: datetime
    sid: str
    issuer: str


def hash_of(value: str) -> str:
    """Will give the digest under which a code, ticket or token is known."""
    return hashlib.sha256(value.encode()).hexdigest()


def sid_of(session_key: str) -> str:
    """Will name a browser session without telling its key."""
    return salted_hmac("signon.sid", session_key, algorithm="sha256").hexdigest()[:40]


def life() -> timedelta:
    """How long a sign-on lasts at most: as long as a browser session."""
    return timedelta(hours=settings.SIGNON_HOURS)


@transaction.atomic
def open_grant(
    user: User,
    *,
    application: Application,
    kind: GrantKind,
    secret: str,
    standing: Standing,
    lives: timedelta = CODE_LIFE,
    service: str = "",
) -> Grant:
    """Will note that a person lets an application in, and what their session had proved.

    secret: the code, device code or ticket that will be exchanged for it. Audited.
    """
    moment = clock.now()
    grant = Grant.objects.create(
        application=application,
        user=user,
        kind=kind,
        code_hash=hash_of(secret),
        code_expires_at=moment + lives,
        sid=standing.sid,
        issuer=standing.issuer,
        service=service[:1000],
        acr=standing.level,
        amr=list(standing.methods),
        auth_time=standing.at,
        created_at=moment,
    )
    _note(user, "sign_on.granted", grant, kind=kind.value, acr=standing.level)
    return grant


def lock_by_code(secret: str) -> Grant | None:
    """Will give the sign-on a code stands for, locked: of two exchanges one waits."""
    return _locked(Q(code_hash=hash_of(secret)))


def lock_by_refresh(token: str) -> tuple[Grant, GivenToken] | None:
    """Will give the sign-on a refresh token belongs to, locked, and the token."""
    known = GivenToken.objects.filter(hash=hash_of(token), kind=GivenToken.Kind.REFRESH).first()
    if known is None:
        return None
    grant = _locked(Q(pk=known.grant_id))
    known.refresh_from_db()
    return (grant, known) if grant else None


def is_over(grant: Grant) -> bool:
    """Will tell whether nothing more is given out of a sign-on."""
    if grant.ended_at is not None or not grant.user.is_active or not grant.application.is_live:
        return True
    return clock.now() - grant.created_at > life()


def note_exchange(
    grant: Grant, *, access: str, refresh: str | None, spent: GivenToken | None = None
) -> None:
    """Will note what was given out of a sign-on, and the refresh token it was given for."""
    moment = clock.now()
    if grant.redeemed_at is None:
        grant.redeemed_at = moment
        grant.save(update_fields=["redeemed_at"])
    if spent is not None:
        spent.spent_at = moment
        spent.save(update_fields=["spent_at"])
    given = [(GivenToken.Kind.ACCESS, access)]
    if refresh:
        given.append((GivenToken.Kind.REFRESH, refresh))
    GivenToken.objects.bulk_create(
        GivenToken(grant=grant, kind=kind, hash=hash_of(value), given_at=moment)
        for kind, value in given
    )


def punish_replay(grant: Grant, *, what: str) -> None:
    """Will end a sign-on whose code or refresh token came a second time; tell and log it.

    what: ``code`` or ``refresh_token``. Within the caller's transaction, the sign-on locked.
    """
    if grant.ended_at is not None:
        return
    _note(SYSTEM, "sign_on.replayed", grant, what=what)
    _end([grant], reason="replayed")
    tenant_id = grant.application.owner.tenant_id
    told = users_with_permission("accounts.unlock_users").filter(
        appointments__post__organization__tenant_id=tenant_id
    )
    word_to_people.send(
        sender=Grant,
        event=WordToPeople(
            user_ids=tuple(told.distinct().values_list("pk", flat=True)),
            kind="security",
            title=_("应用“%(name)s”的登录凭据被重复使用") % {"name": grant.application.name},
            body=_("%(person)s在该应用的登录已全部作废，请核实是否泄露。")
            % {"person": grant.user.display_name},
            url=f"/signon/applications/{grant.application_id}/",
            key=f"signon:replayed:{grant.pk}",
        ),
    )


@transaction.atomic
def end_of_person(user_id: int, *, reason: str) -> int:
    """Will end every sign-on of a person and queue the words to the applications."""
    return _end(_open().filter(user_id=user_id), reason=reason)


@transaction.atomic
def end_of_session(user_id: int, *, session_key: str, reason: str) -> int:
    """Will end the sign-ons made out of one browser session."""
    return _end(_open().filter(user_id=user_id, sid=sid_of(session_key)), reason=reason)


@transaction.atomic
def end_of_application(application: Application, *, reason: str) -> int:
    """Will end every sign-on at an application."""
    return _end(_open().filter(application=application), reason=reason)


def end_quietly(grant: Grant, *, reason: str) -> None:
    """Will end one sign-on the application itself gave up; it need not be told."""
    _close([grant], reason=reason)


def purge() -> int:
    """Will forget sign-ons of more than thirty days ago, worn-out tokens and seen numbers."""
    moment = clock.now()
    Token.objects.expired().delete()
    SeenToken.objects.filter(expires_at__lt=moment).delete()
    return Grant.objects.filter(created_at__lt=moment - KEEP).delete()[0]


def _open() -> QuerySet[Grant]:
    return Grant.objects.filter(ended_at__isnull=True)


def _locked(wanted: Q) -> Grant | None:
    return (
        Grant.objects.select_for_update(of=("self",))
        .select_related("application__owner", "user")
        .filter(wanted)
        .first()
    )


def _end(grants: Iterable[Grant] | QuerySet[Grant], *, reason: str) -> int:
    if isinstance(grants, QuerySet):
        grants = (
            grants.select_for_update(of=("self",))
            .select_related("application", "user")
            .order_by("pk")
        )
    ended = _close(grants, reason=reason)
    for grant in ended:
        if grant.redeemed_at is not None:
            queue_logout(grant, reason=reason)
    return len(ended)


def _close(grants: Iterable[Grant], *, reason: str) -> list[Grant]:
    moment, ended = clock.now(), list(grants)
    keys = [grant.pk for grant in ended]
    hashes = GivenToken.objects.filter(grant__in=keys).values_list("hash", flat=True)
    Token.objects.filter(hash__in=list(hashes)).delete()
    Grant.objects.filter(pk__in=keys).update(ended_at=moment, ended_reason=reason[:40])
    for grant in ended:
        grant.ended_at, grant.ended_reason = moment, reason
    return ended


def _note(actor: Actor, action: str, grant: Grant, **data: object) -> None:
    record(
        actor,
        action,
        object_type="signon.application",
        object_id=grant.application_id,
        object_label=grant.application.name,
        data={"grant": grant.pk, "user": grant.user_id, **data},
    )
