"""Shapes of what people fill in about connectors."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant
from apps.gateway.enums import DeliveryState
from apps.gateway.forms._styled import Styled
from apps.gateway.models import ApiClient, Connector
from apps.gateway.services.connectors import ConnectorData


class ConnectorForm(Styled):
    """Everything of a connector that may be changed later."""

    name = forms.CharField(label=_("名称"), max_length=80)
    url = forms.CharField(
        label=_("接收地址"),
        max_length=500,
        help_text=_("https 地址；域名须在允许外呼的名单中，城市内网地址段内可用 http"),
    )
    reconcile_url = forms.CharField(
        label=_("对账地址"),
        max_length=500,
        required=False,
        help_text=_("每天以 GET 加 date 参数询问对方前一天收到了哪些消息；留空则不对账"),
    )
    topics = forms.CharField(
        label=_("订阅主题"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个，如 case.state；case.* 表示其下全部。留空则只接收点名发送的消息"),
    )
    matters = forms.CharField(
        label=_("限定事项"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("每行一个事项代码，如 hotline.demand；留空为全部事项"),
    )
    timeout_s = forms.IntegerField(label=_("超时（秒）"), min_value=1, max_value=30, initial=5)
    client = forms.ModelChoiceField(
        label=_("对应的接口客户端"),
        queryset=ApiClient.objects.none(),
        required=False,
        help_text=_("发出的内容默认遮盖姓名、电话、证件号和住址；该客户端经批准可看的字段不遮盖"),
    )

    def __init__(self, *args: Any, clients: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["client"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = clients, str(_("未指定（全部遮盖）"))

    @property
    def connector_data(self) -> ConnectorData:
        """What was filled in, as the service takes it; only once valid."""
        d = self.cleaned_data
        return ConnectorData(
            name=d["name"],
            url=d["url"],
            topics=d["topics"].splitlines(),
            matters=d["matters"].splitlines(),
            timeout_s=d["timeout_s"],
            client=d["client"],
            reconcile_url=d["reconcile_url"],
        )


class NewConnectorForm(ConnectorForm):
    """The same with what never changes again."""

    field_order = ["code", "tenant"]
    code = forms.SlugField(
        label=_("代码"), max_length=60, help_text=_("规则和事项按此代码点名发送，建立后不再改变")
    )
    tenant = forms.ModelChoiceField(label=_("租户"), queryset=Tenant.objects.none())

    def __init__(self, *args: Any, tenants: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tenant"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = tenants
        if tenants.count() == 1:
            field.initial = tenants.first()


class InboundForm(Styled):
    """As whom the other system acts here."""

    client = forms.ModelChoiceField(
        label=_("以何客户端办理"),
        queryset=ApiClient.objects.none(),
        help_text=_("对方结果按该客户端的服务账号和授权范围办理，须含 cases.results"),
    )
    ends_now = forms.BooleanField(label=_("原有密钥立即失效"), required=False)

    def __init__(self, *args: Any, connector: Connector, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["client"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ApiClient.objects.filter(
            tenant_id=connector.tenant_id, revoked_at=None, service_user__is_active=True
        )
        field.initial = connector.inbound_client_id


class DeliveryFilter(Styled):
    """What narrows the list of deliveries; anything wrong is as if not asked."""

    connector = forms.ModelChoiceField(
        label=_("对接系统"), queryset=Connector.objects.none(), required=False
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部状态")), *DeliveryState.choices], required=False
    )
    topic = forms.CharField(label=_("主题"), max_length=60, required=False)
    since = forms.DateField(
        label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, connectors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["connector"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = connectors, str(_("全部系统"))
