"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

SCOPE = "evidence.witness"
RESOURCE = Resource(
    "evidence",
    _("存证见证"),
    _("见证单位读取检查点并回签；按摘要核对检查点为公开信息。"),
    ("/api/v1/evidence/",),
    scopes={SCOPE: _("见证审计检查点")},
    is_exact=True,
)
