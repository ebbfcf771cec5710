"""The cryptography of the gateway, for the inventory (``apps.common.ciphers``)."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Min, Q
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.ciphers import DIGEST, SIGNATURE, Use, sealing_use
from apps.common.sealing import has_older
from apps.gateway.enums import SignatureAlgorithm
from apps.gateway.models import (
    ApiClient,
    ApiKey,
    ClientCertificate,
    Connector,
    InboundSecret,
    SigningKey,
)
from apps.gateway.sealing import BOX

ROTATION = timedelta(days=365)  # this house's; shorter ones are set per key
PLACE = "apps.gateway"
_SHARED = {SignatureAlgorithm.HMAC_SHA256: ("HMAC-SHA256", DIGEST)}


def uses() -> Iterator[Use]:
    """Will tell of keys, signing keys, certificates, secrets of connectors, and sealing."""
    live = Q(ends_at=None) | Q(ends_at__gt=clock.now())
    for client in ApiClient.objects.filter(revoked_at=None).select_related("owner_person"):
        owner = client.owner_person.display_name if client.owner_person else ""
        yield from _of_client(client, owner, live)
    for connector in Connector.objects.order_by("name"):
        yield Use(
            _("对接系统“%s”的消息签名") % connector.name,
            f"{PLACE}.signing",
            "HMAC-SHA256",
            DIGEST,
            connector.created_by_name,
            created_at=connector.created_at if not connector.previous_secret else None,
        )
    for secret in InboundSecret.objects.filter(live).select_related("connector"):
        yield Use(
            _("对接系统“%s”的来信验签") % secret.connector.name,
            f"{PLACE}.signing",
            "HMAC-SHA256",
            DIGEST,
            secret.issued_by_name,
            created_at=secret.issued_at,
            rotate_by=secret.ends_at or secret.issued_at + ROTATION,
        )
    yield sealing_use(_("密钥、证件号等加密保存"), f"{PLACE}.sealing", is_older=has_older(BOX))


def _of_client(client: ApiClient, owner: str, live: Q) -> Iterator[Use]:
    oldest = ApiKey.objects.filter(live, client=client).aggregate(at=Min("issued_at"))["at"]
    if oldest is not None:
        yield Use(
            _("接口客户端“%s”的密钥摘要") % client.name, f"{PLACE}.keys", "SHA-256", DIGEST, owner,
            created_at=oldest, rotate_by=oldest + ROTATION,
        )  # fmt: skip
    for key in SigningKey.objects.filter(live, client=client):
        algorithm, national = _SHARED.get(SignatureAlgorithm(key.algorithm), ("Ed25519", SIGNATURE))
        yield Use(
            _("接口客户端“%(client)s”的请求签名 %(key)s")
            % {"client": client.name, "key": key.keyid},
            f"{PLACE}.httpsig", algorithm, national, owner, created_at=key.issued_at,
            rotate_by=key.ends_at or key.issued_at + ROTATION,
        )  # fmt: skip
    for found in ClientCertificate.objects.filter(client=client, ends_at=None):
        yield Use(
            _("接口客户端“%s”的客户端证书") % client.name, f"{PLACE}.certificates", "X.509",
            SIGNATURE, owner, created_at=found.issued_at, rotate_by=found.not_after,
        )  # fmt: skip
