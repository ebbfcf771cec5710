"""Shape of what people write down of somebody else's service."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.gateway.forms._styled import Styled
from apps.gateway.services.catalogue import ServiceData


class ServiceForm(Styled):
    """A service of others."""

    code = forms.SlugField(label=_("代码"), max_length=60, help_text=_("建立后不再改变"))
    name = forms.CharField(label=_("名称"), max_length=80)
    description = forms.CharField(
        label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    tenant = forms.ModelChoiceField(label=_("租户"), queryset=Tenant.objects.none())
    owner = forms.ModelChoiceField(
        label=_("责任单位"), queryset=Organization.objects.none(), required=False
    )
    version = forms.CharField(label=_("版本"), max_length=20, initial="1")
    endpoint = forms.CharField(label=_("服务地址"), max_length=500)
    health_url = forms.CharField(
        label=_("健康检查地址"),
        max_length=500,
        required=False,
        help_text=_("每 5 分钟以 GET 访问，答复 2xx 为正常；域名须在允许外呼的名单中。"),
    )

    def __init__(self, *args: Any, tenants: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = tenants  # type: ignore[attr-defined]
        units = Organization.objects.filter(tenant__in=tenants).order_by("path")
        self.fields["owner"].queryset = units  # type: ignore[attr-defined]
        if tenants.count() == 1:
            self.fields["tenant"].initial = tenants.first()

    @property
    def service_data(self) -> ServiceData:
        """What was filled in, as the service takes it; only once valid."""
        names = ("name", "description", "version", "endpoint", "health_url", "owner")
        return ServiceData(**{name: self.cleaned_data[name] for name in names})
