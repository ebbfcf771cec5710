"""What clients may reach of diagnosis (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

READ, RUN = "diagnosis.read", "diagnosis.run"
RESOURCE = Resource(
    "diagnosis",
    _("视频质量诊断"),
    _("查询诊断预案、任务和结果，发起诊断；只涉及服务账号管辖范围内的摄像机。"),
    ("/api/v1/video/diagnosis/",),
    scopes={READ: _("查询视频质量诊断"), RUN: _("发起视频质量诊断")},
)
