"""The cryptography of evidence and of the installation itself, for the inventory."""

import ssl
from collections.abc import Iterator
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import get_hashers
from django.utils.translation import gettext as _

from apps.accounts.factors.sealing import SEEDS
from apps.accounts.models import User
from apps.common.ciphers import DIGEST, SIGNATURE, TRANSPORT, Use, sealing_use
from apps.evidence.models import Chain, SigningKey, Witness
from apps.evidence.services.leaves import sm3

ROTATION = timedelta(days=365)
LEAST_SECRET = 50  # characters; django.core.checks.security.base W009


def uses() -> Iterator[Use]:
    """Will tell of checkpoints, witnesses, chains, row digests; passwords, sessions, TLS."""
    yield from _evidence()
    yield from _passwords()
    yield from _installation()


def _evidence() -> Iterator[Use]:
    security, audit = _("安全管理员"), _("审计管理员")
    for key in SigningKey.objects.filter(retired_at=None):
        yield Use(
            _("检查点签名 %s") % key.short, "apps.evidence.services.keys", "Ed25519", SIGNATURE,
            security, created_at=key.made_at, rotate_by=key.made_at + ROTATION,
        )  # fmt: skip
    for witness in Witness.objects.filter(is_active=True):
        yield Use(
            _("见证方“%s”的签名") % witness.name, "apps.evidence.services.witnesses", "Ed25519",
            SIGNATURE, security, created_at=witness.registered_at,
        )  # fmt: skip
    for chain in Chain.objects.all():
        yield Use(
            _("存证链“%s”的回执签名") % chain.name, "apps.evidence.services.chains", "Ed25519",
            SIGNATURE, security, created_at=chain.registered_at, fault=chain.last_error,
        )  # fmt: skip
    yield Use(_("审计日志的链和树"), "apps.audit.seals", "SHA-256", DIGEST, audit)
    has_sm3 = bool(sm3("-"))
    yield Use(
        _("检查点摘要"), "apps.evidence.services.checkpoints",
        "SHA-256, SM3" if has_sm3 else "SHA-256", DIGEST, audit, has_national=has_sm3,
        fault="" if has_sm3 else _("本机 OpenSSL 不支持 SM3"),
    )  # fmt: skip
    yield Use(_("数据行摘要"), "apps.evidence.services.rows", "HMAC-SHA256", DIGEST, audit)
    if settings.EVIDENCE_TSA:
        name = _("时间戳（%s）") % settings.EVIDENCE_TSA
        yield Use(name, "apps.evidence.adapters.time_stamps", "RFC 3161, SHA-256", SIGNATURE, audit)


def _passwords() -> Iterator[Use]:
    owner = _("系统管理员")
    chosen, *others = get_hashers()
    accounts = User.objects.filter(is_active=True)
    yield Use(_("口令摘要"), "PASSWORD_HASHERS", str(chosen.algorithm), DIGEST, owner)
    for hasher in others:
        count = accounts.filter(password__startswith=f"{hasher.algorithm}$").count()
        if count:
            yield Use(
                _("旧口令摘要（%d 个账号，下次登录时更换）") % count, "PASSWORD_HASHERS",
                str(hasher.algorithm), DIGEST, owner,
            )  # fmt: skip
    if Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists():
        yield Use(_("动态口令"), "apps.accounts.adapters", "TOTP, HMAC-SHA1", DIGEST, owner)
        older = Authenticator.objects.filter(data__secret__regex=SEEDS.older)
        yield sealing_use(
            _("动态口令种子加密保存"), "apps.accounts.factors.sealing", is_older=older.exists()
        )
    if Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists():
        yield Use(_("通行密钥"), "allauth.mfa", "WebAuthn, ES256/EdDSA", SIGNATURE, owner)


def _installation() -> Iterator[Use]:
    owner = _("系统管理员")
    short = len(settings.SECRET_KEY) < LEAST_SECRET
    yield Use(
        _("系统主密钥（会话、签名链接、派生密钥）"), "CITYBRAIN_SECRET_KEY",
        "HMAC-SHA256, HKDF-SHA256", DIGEST, owner,
        fault=_("长度不足 %d 个字符") % LEAST_SECRET if short else "",
    )  # fmt: skip
    is_tls = getattr(settings, "SECURE_SSL_REDIRECT", False)
    yield Use(
        _("浏览器和接口的传输加密"), "deploy/nginx", "TLS 1.2, TLS 1.3", TRANSPORT, owner,
        fault="" if is_tls else _("本次运行未要求 HTTPS"),
    )  # fmt: skip
    least = ssl.create_default_context().minimum_version.name.replace("_", " ")
    yield Use(_("外呼的传输加密"), "apps.common.http", f"≥ {least}", TRANSPORT, owner)
