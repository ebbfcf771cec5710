"""What clients may reach of cases (``gateway.registry``)."""

from django.utils.translation import gettext_lazy as _

from apps.gateway.enums import PersonalField
from apps.gateway.registry import Resource

RESOURCES = (
    Resource(
        "cases",
        _("案件"),
        _("查询案件、经过和时限，办理案件，跟随变更，回传外部结果。"),
        (
            "/api/v1/cases/",
            "/api/v1/changes/",
            "/api/v1/results/",
            "/api/v1/connectors/",
            "/api/v1/files/",
        ),
        {
            "cases.read": _("查询案件"),
            "cases.report": _("登记诉求和申报"),
            "cases.move": _("办理案件"),
            "cases.results": _("回传外部结果"),
        },
        personal=tuple(PersonalField),
    ),
    Resource(
        "matters",
        _("事项表单"),
        _("事项所需填写内容的 JSON Schema。"),
        ("/api/v1/matters/",),
    ),
    Resource(
        "listeners",
        _("事项监听"),
        _("谁在等待哪些变化、各次联动的结果，失败后重试。"),
        ("/api/v1/listeners/", "/api/v1/deliveries/"),
        {"listeners.read": _("查询监听"), "listeners.replay": _("重试监听")},
    ),
)
