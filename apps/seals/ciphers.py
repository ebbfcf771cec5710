"""The keys of seals, for the inventory of cryptography."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.ciphers import SIGNATURE, Use
from apps.seals.enums import Algorithm
from apps.seals.models import SealIssue

RENEW = timedelta(days=30)  # before the certificate ends


def uses() -> Iterator[Use]:
    """Will tell of every seal key in force."""
    issues = SealIssue.objects.filter(ended_at=None).select_related("seal__unit")
    for issue in issues.defer("picture", "structure", "seal__picture"):
        is_over = issue.not_after <= clock.now()
        yield Use(
            _("印章签名 %s") % issue.seal.name,
            f"apps.seals.crypto.stores ({issue.key_store})",
            issue.get_algorithm_display(),
            SIGNATURE,
            issue.seal.unit.name,
            has_national=issue.algorithm == Algorithm.SM2,
            created_at=issue.made_at,
            rotate_by=issue.not_after - RENEW,
            fault=_("证书已过期") if is_over else "",
        )
