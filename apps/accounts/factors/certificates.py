"""Cards bound to accounts: bound by two people, ended by one, proved by a signature.

The only writer of ``Certificate``. Binding goes through ``factors.acts`` (two persons). What a
card proves is judged by ``checking.checker``; whose it is, here.
"""

from allauth.account.internal.flows.login import record_authentication
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.factors import challenges, proxy
from apps.accounts.factors.checking import (
    CertificateRefused,
    Holder,
    Proof,
    checker,
    is_offered,
)
from apps.accounts.models import Certificate, User
from apps.audit.middleware import client_address
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused

METHOD = "certificate"  # in the session's records, as ``levels.Method`` reads them
TRIED_PER_TEN_MINUTES = 60  # from one address: a hall of people with cards
_NOT_OURS = _("该证书没有登记到可用的账号，请联系安全管理员。")


def list_certificates(user: User) -> QuerySet[Certificate]:
    """Will give the certificates of a person, ended ones too, the newest first."""
    return Certificate.objects.filter(user=user).order_by("-registered_at", "-pk")


def read_certificate(text: str) -> Holder:
    """Will say whom a certificate names, for whoever registers it.

    Raises: InvalidInput (certificates are not taken here; not trusted, revoked, too old).
    """
    if not is_offered():
        raise InvalidInput(_("本系统没有启用数字证书。"), field="certificate")
    try:
        return checker().holder_of(text, at=clock.now())
    except CertificateRefused as error:
        raise InvalidInput(error.message, field="certificate") from error


@transaction.atomic
def bind(actor: Actor, *, user: User, certificate: str, checked_by: User | None) -> Certificate:
    """Will let a certificate speak for an account; for approved changes. Locks the person.

    Raises: NotAllowed; InvalidInput (as ``read_certificate``); Refused (bound already, the
        account is closed).
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not permissions.can_unlock(actor, locked.tenant_id):
        raise NotAllowed(_("只有安全管理员可以登记数字证书。"))
    if not locked.is_active:
        raise Refused(_("该账号已停用，不能登记数字证书。"), code="inactive")
    holder = read_certificate(certificate)
    try:
        with transaction.atomic():
            made = Certificate.objects.create(
                user=locked,
                serial=holder.serial,
                issuer_digest=holder.issuer_digest,
                fingerprint=holder.fingerprint,
                subject=holder.subject,
                issuer=holder.issuer,
                expires_at=holder.expires_at,
                registered_at=clock.now(),
                registered_by=actor.display_name[:100],
                checked_by=checked_by.display_name[:100] if checked_by else "",
            )
    except IntegrityError as error:
        raise Refused(_("该证书已登记到一个账号，须先停用。"), code="bound_already") from error
    _note(actor, "second_factor.certificate_added", locked, made)
    return made


@transaction.atomic
def end(actor: User, *, certificate_id: int, reason: str) -> Certificate:
    """Will take a certificate out of use: lost, replaced, handed back. Locks it.

    The holder may do so, and whoever unlocks accounts there; one person is enough to close.

    Raises: NotFound; NotAllowed; InvalidInput (no reason); Refused (ended before).
    """
    found = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=certificate_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有找到该证书。"))
    if not may_end(actor, found):
        raise NotAllowed(_("您不能停用该证书。"))
    if len(reason.strip()) < 2:
        raise InvalidInput(_("请写明停用原因。"), field="reason")
    if found.ended_at is not None:
        raise Refused(_("该证书已停用。"), code="ended")
    _end(actor, found, reason.strip()[:200])
    return found


def may_end(actor: User, certificate: Certificate) -> bool:
    """Will tell whether somebody may take this certificate out of use."""
    own = actor.pk == certificate.user_id
    return own or permissions.can_unlock(actor, certificate.user.tenant_id)


@transaction.atomic
def end_all(actor: Actor, *, user: User, reason: str) -> int:
    """Will end every certificate of a person and give their number; safe to run twice.

    For what ends all access, and for a reset; the caller has checked the right.
    """
    live = Certificate.objects.select_for_update().filter(user=user, ended_at=None).order_by("pk")
    found = list(live)
    for certificate in found:
        _end(actor, certificate, reason[:200])
    return len(found)


def prove(request: HttpRequest, proof: Proof, *, user: User | None = None) -> Certificate:
    """Will say whose card signed the text this browser was asked to sign.

    user: who it must be; None: whoever it is, for signing in by card alone. Takes the
    challenge, right or wrong. Writes what was refused, and why, to the log.

    Raises: TooMany (this address); CertificateRefused (signature, certificate, or not bound).
    """
    _count(request)
    try:
        challenge = challenges.take(request)
        holder = checker().prove(challenge, proof, at=clock.now())
        challenges.spend(challenge)
        return _bound(holder, user)
    except CertificateRefused as error:
        _note_refused(error, user)
        raise


def prove_by_tls(request: HttpRequest, *, user: User | None = None) -> Certificate:
    """Will say whose certificate the browser showed to our web server; else as ``prove``."""
    _count(request)
    try:
        shown = proxy.shown_certificate(request)
        if not shown:
            raise CertificateRefused(_("浏览器没有出示证书。"), why="none shown")
        return _bound(checker().holder_of(shown, at=clock.now()), user)
    except CertificateRefused as error:
        _note_refused(error, user)
        raise


def note_use(
    request: HttpRequest, user: User, certificate: Certificate, *, again: bool = False
) -> None:
    """Will remember in the session and on the row that a card was used."""
    Certificate.objects.filter(pk=certificate.pk).update(last_used_at=clock.now())
    record_authentication(request, user, "mfa", type=METHOD, reauthenticated=again or None)
    _note(user, "second_factor.certificate_used", user, certificate)


def _bound(holder: Holder, user: User | None) -> Certificate:
    found = (
        Certificate.objects.select_related("user")
        .filter(serial=holder.serial, issuer_digest=holder.issuer_digest, ended_at=None)
        .first()
    )
    if found is None or not found.user.is_active:
        raise CertificateRefused(_NOT_OURS, why="not bound")
    if found.fingerprint != holder.fingerprint:
        raise CertificateRefused(_NOT_OURS, why="other certificate of the same number")
    if user is not None and found.user_id != user.pk:
        raise CertificateRefused(_NOT_OURS, why="somebody else's")
    return found


def _count(request: HttpRequest) -> None:
    address = client_address(request) or ""
    limit = TRIED_PER_TEN_MINUTES
    ratelimit.hit("factor.certificate", address, limit=limit, per_seconds=600)
    if not is_offered():
        raise CertificateRefused(_("本系统没有启用数字证书。"), why="closed")


def _end(actor: Actor, certificate: Certificate, reason: str) -> None:
    certificate.ended_at, certificate.ended_for = clock.now(), reason
    certificate.save(update_fields=["ended_at", "ended_for"])
    _note(actor, "second_factor.certificate_removed", certificate.user, certificate, reason=reason)


def _note(actor: Actor, action: str, user: User, certificate: Certificate, **data: str) -> None:
    record(
        actor,
        action,
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
        data={"serial": certificate.serial, "subject": certificate.subject, **data},
    )


def _note_refused(error: CertificateRefused, user: User | None) -> None:
    record(
        user or SYSTEM,
        "second_factor.certificate_refused",
        object_type="accounts.user",
        object_id=user.pk if user else "",
        object_label=user.display_name if user else "",
        data={"why": error.why[:200]},
    )
