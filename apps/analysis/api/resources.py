"""What clients may reach of analysis (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.registry import Resource

READ, RUN, JUDGE = "analysis.read", "analysis.run", "analysis.judge"
RESOURCE = Resource(
    "analysis",
    _("视频分析"),
    _("查询分析作业、计数和发现，立即运行作业，核实发现；只涉及服务账号管辖范围内的作业。"),
    ("/api/v1/video/analysis/",),
    scopes={
        READ: _("查询视频分析"),
        RUN: _("立即运行分析作业"),
        JUDGE: _("核实分析发现"),
    },
)
