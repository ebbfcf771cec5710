"""Certificates clients come with: registered, ended. Source: GW-01; RFC 8705."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.gateway.certificates import facts_of
from apps.gateway.models import ClientCertificate
from apps.gateway.services.guarding import lock_client, lock_usable_client, note_client

MOST_LIVE = 4  # two machines, and both while they change over


@transaction.atomic
def add_certificate(actor: Actor, *, client_id: int, pem: str) -> ClientCertificate:
    """Will register a certificate of a client, once it holds the key as well; audited.

    pem: the certificate, without its private key. Locks the client.
    Raises: NotAllowed; NotFound; Refused (revoked; four are live); InvalidInput (pem: no
        certificate, ended, registered already, or with a private key).
    """
    client = lock_usable_client(actor, client_id)
    if "PRIVATE KEY" in pem:
        raise InvalidInput(_("请只提供证书，不要提供私钥；该私钥应立即作废"), field="pem")
    try:
        facts = facts_of(pem)
    except ValueError as error:
        raise InvalidInput(_("请填写 PEM 格式的证书"), field="pem") from error
    moment = clock.now()
    if facts.not_after <= moment:
        raise InvalidInput(_("该证书已过期"), field="pem")
    if client.certificates.filter(thumbprint=facts.thumbprint).exists():
        raise InvalidInput(_("该证书已登记过"), field="pem")
    live = client.certificates.filter(ends_at=None, not_after__gt=moment)
    if live.count() >= MOST_LIVE:
        raise Refused(_("已有四个有效证书，请先停用其中一个"), code="certificates_full")
    found = ClientCertificate.objects.create(
        client=client,
        thumbprint=facts.thumbprint,
        subject=facts.subject,
        not_after=facts.not_after,
        issued_at=moment,
        issued_by_name=actor.display_name[:100],
    )
    note_client(
        actor,
        "api_client.certificate_added",
        client,
        thumbprint=facts.thumbprint,
        subject=facts.subject,
    )
    return found


@transaction.atomic
def end_certificate(actor: Actor, *, client_id: int, certificate_id: int) -> ClientCertificate:
    """Will end a certificate at once; a second time changes nothing; audited. Locks the client.

    Raises: NotAllowed; NotFound.
    """
    client = lock_client(actor, client_id)
    found = client.certificates.filter(pk=certificate_id).first()
    if found is None:
        raise NotFound(_("没有这个证书"))
    if found.ends_at is None:
        found.ends_at = clock.now()
        found.save(update_fields=["ends_at"])
        note_client(actor, "api_client.certificate_ended", client, thumbprint=found.thumbprint)
    return found
