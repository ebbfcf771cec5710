"""Forms of both sides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.districts.enums import BackKind, Kind
from apps.districts.models import Link, Peer, Stream
from apps.districts.permissions import MANAGE_LINKS, MANAGE_PEERS, managed_tenants
from apps.districts.services import LinkSpec, PeerSpec
from apps.gateway.models import ApiClient
from apps.places.forms import AreaChoice
from apps.places.models import Area


class _OfBody(forms.Form):
    """A form about something of a body the viewer may keep such things for."""

    tenant = forms.ModelChoiceField(label=gettext_lazy("租户"), queryset=Tenant.objects.none())

    def _limit(self, viewer: User, right: str, tenant_id: int | None) -> list[Tenant]:
        fields: dict[str, Any] = self.fields
        tenants = managed_tenants(viewer, right)
        if tenant_id is not None:
            tenants = [each for each in tenants if each.pk == tenant_id]
        fields["tenant"].queryset = Tenant.objects.filter(pk__in=[each.pk for each in tenants])
        if len(tenants) == 1:
            fields["tenant"].initial = tenants[0]
        fields["area"].queryset = _areas([each.area.path for each in tenants if each.area])
        return tenants


class LinkForm(_OfBody):
    """A city platform. An empty secret keeps the one there is."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=60)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    url = forms.CharField(
        label=gettext_lazy("市级地址"),
        max_length=400,
        help_text=gettext_lazy(
            "到 /api/v1/districts 为止，如 https://city.example/api/v1/districts；须在允许外呼的名单中"
        ),
    )
    keyid = forms.CharField(label=gettext_lazy("签名密钥编号"), max_length=40)
    secret = forms.CharField(
        label=gettext_lazy("签名密钥"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "市级发来的 HMAC-SHA256 密钥，加密保存，不再显示；留空则保留原有密钥"
        ),
    )
    area = AreaChoice(
        label=gettext_lazy("范围"), queryset=Area.objects.none(), to_field_name="code"
    )
    timeout_s = forms.IntegerField(
        label=gettext_lazy("超时（秒）"), min_value=1, max_value=30, initial=10
    )

    def __init__(self, data: Any = None, *, viewer: User, link: Link | None = None) -> None:
        super().__init__(data, initial=_initial_of_link(link) if link else None)
        tenant_id = link.connector.tenant_id if link else None
        self._limit(viewer, MANAGE_LINKS, tenant_id)
        if link is not None:
            self.fields["code"].disabled = True

    def spec(self) -> LinkSpec:
        """Will give the link as it shall be."""
        given = dict(self.cleaned_data)
        del given["tenant"], given["code"]
        return LinkSpec(**given)


class StreamForm(forms.Form):
    """One class of a link: whether it is passed on, and what of it."""

    is_on = forms.BooleanField(label=gettext_lazy("启用"), required=False)
    filters = forms.CharField(
        label=gettext_lazy("限定代码"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "一行一个，留空为全部：设备和小时读数填型号代码，告警填来源代码，案件填事项代码"
        ),
    )
    area = AreaChoice(
        label=gettext_lazy("限定范围"),
        queryset=Area.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("同链路"),
    )

    def __init__(self, data: Any = None, *, stream: Stream) -> None:
        initial = {
            "is_on": stream.is_on,
            "filters": "\n".join(stream.filters),
            "area": stream.area.code if stream.area else None,
        }
        super().__init__(data, initial=initial)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = _areas([stream.link.area.path])

    def clean_filters(self) -> list[str]:
        return str(self.cleaned_data["filters"]).split()


class ClearForm(forms.Form):
    """Asking that texts go as they are."""

    purpose = forms.CharField(label=gettext_lazy("用途"), max_length=200)
    days = forms.IntegerField(
        label=gettext_lazy("期限（天）"), min_value=1, max_value=365, initial=30
    )


class PeerForm(_OfBody):
    """A district that passes on."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    client = forms.ModelChoiceField(
        label=gettext_lazy("接口客户端"),
        queryset=ApiClient.objects.none(),
        help_text=gettext_lazy(
            "须授予“区级数据汇入”和“取回市级对比数据”，并登记 HMAC-SHA256 签名密钥"
        ),
    )
    area = AreaChoice(
        label=gettext_lazy("辖区"),
        queryset=Area.objects.none(),
        to_field_name="code",
        help_text=gettext_lazy("辖区以外的行一律拒收"),
    )
    promise_minutes = forms.IntegerField(
        label=gettext_lazy("最长静默（分钟）"),
        min_value=10,
        max_value=10080,
        initial=60,
        help_text=gettext_lazy("超过这么久没有联系就告警；区级平台没有新数据时每5分钟也会联系一次"),
    )
    is_active = forms.BooleanField(label=gettext_lazy("接收"), required=False, initial=True)

    def __init__(self, data: Any = None, *, viewer: User, peer: Peer | None = None) -> None:
        super().__init__(data, initial=_initial_of_peer(peer) if peer else None)
        tenants = self._limit(viewer, MANAGE_PEERS, peer.tenant_id if peer else None)
        fields: dict[str, Any] = self.fields
        clients = ApiClient.objects.filter(tenant__in=tenants, revoked_at=None)
        fields["client"].queryset = clients.order_by("name")

    def spec(self) -> PeerSpec:
        """Will give the district as it shall be."""
        given = dict(self.cleaned_data)
        del given["tenant"]
        return PeerSpec(**given)


class KindFilterForm(forms.Form):
    """Narrows a list to one class of data."""

    kind = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=[("", gettext_lazy("全部")), *Kind.choices],
        required=False,
    )

    def wanted(self) -> str:
        """Will give the class; nonsense narrows nothing."""
        self.is_valid()
        return str(self.cleaned_data.get("kind") or "")


class BackFilterForm(KindFilterForm):
    """Narrows what the city gave back to one kind."""

    kind = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=[("", gettext_lazy("全部")), *BackKind.choices],
        required=False,
    )


def _areas(paths: list[str]) -> Any:
    found = Area.objects.none()
    known = Area.objects.valid_on(clock.today()).filter(level__is_cell=False)
    for path in paths:
        found = found | known.filter(path__startswith=path)
    return found.defer("boundary").order_by("path")


def _initial_of_link(link: Link) -> dict[str, Any]:
    connector = link.connector
    return {
        "tenant": connector.tenant_id,
        "code": connector.code,
        "name": connector.name,
        "url": connector.url,
        "keyid": link.keyid,
        "area": link.area.code,
        "timeout_s": connector.timeout_s,
    }


def _initial_of_peer(peer: Peer) -> dict[str, Any]:
    return {
        "tenant": peer.tenant_id,
        "name": peer.name,
        "client": peer.client_id,
        "area": peer.area.code,
        "promise_minutes": peer.promise_minutes,
        "is_active": peer.is_active,
    }
