"""What clients may reach here (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.districts.permissions import BACK_SCOPE, PUSH_SCOPE
from apps.gateway.registry import Resource

RESOURCE = Resource(
    "districts",
    _("市区两级汇聚"),
    _("区级平台按类汇入设备、小时读数、告警和案件，并取回市级的对比数据；限本区辖区。"),
    ("/api/v1/districts/",),
    {
        PUSH_SCOPE: _("区级数据汇入"),
        BACK_SCOPE: _("取回市级对比数据"),
    },
    is_exact=True,  # verdicts and counts; origins must come back as they were sent
)
