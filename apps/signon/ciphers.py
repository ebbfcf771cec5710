"""The cryptography of single sign-on, for the inventory (``apps.common.ciphers``)."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.ciphers import SIGNATURE, Use, sealing_use
from apps.common.sealing import has_older
from apps.signon.models import SigningKey
from apps.signon.sealing import BOX


def uses() -> Iterator[Use]:
    """Will tell of the keys that sign identity tokens, and of how they are kept."""
    moment, owner = clock.now(), _("系统管理员")
    live = SigningKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=moment))
    for key in live:
        yield Use(
            _("身份令牌签名 %s") % key.fingerprint[:12],
            "apps.signon",
            "RS256",
            SIGNATURE,
            owner,
            created_at=key.created_at,
            rotate_by=key.expires_at,
        )
    yield sealing_use(_("单点登录密钥加密保存"), "apps.signon.sealing", is_older=has_older(BOX))
