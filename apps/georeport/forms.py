"""Shape and conversion of what is entered about offered classes and peers."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.common.narrowing import NarrowingForm
from apps.gateway.enums import DeliveryState
from apps.gateway.models import ApiClient
from apps.georeport.enums import AnswerKind
from apps.georeport.models import OpenService, Peer
from apps.georeport.permissions import managed_tenants
from apps.georeport.services import PeerSpec, ServiceSpec
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.registry import extension_of
from apps.places.forms import AreaChoice
from apps.places.models import Area

QUESTION_TYPES = (
    ("text", gettext_lazy("单行文字")),
    ("longtext", gettext_lazy("多行文字")),
    ("integer", gettext_lazy("整数")),
    ("decimal", gettext_lazy("小数")),
    ("date", gettext_lazy("日期")),
    ("datetime", gettext_lazy("日期时间")),
    ("choice", gettext_lazy("单选")),
    ("multichoice", gettext_lazy("多选")),
    ("boolean", gettext_lazy("是否")),
)


class ServiceFilterForm(NarrowingForm):
    """Narrows the list of offered classes."""

    q = forms.CharField(label=gettext_lazy("名称或代码"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[
            ("", gettext_lazy("全部")),
            ("open", gettext_lazy("对外开放")),
            ("closed", gettext_lazy("未开放")),
        ],
        required=False,
    )


class ServiceForm(forms.Form):
    """A class as it is offered outside. Its questions stand in ``QuestionFormSet``."""

    tenant = forms.ModelChoiceField(label=gettext_lazy("租户"), queryset=Tenant.objects.none())
    class_code = forms.ChoiceField(label=gettext_lazy("诉求分类"))
    code = forms.CharField(
        label=gettext_lazy("服务代码"),
        max_length=40,
        help_text=gettext_lazy("对方程序以它指明类别（service_code），有上报后不能更改"),
    )
    name = forms.CharField(label=gettext_lazy("对外名称"), max_length=80)
    description = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    group = forms.CharField(label=gettext_lazy("分组"), max_length=40, required=False)
    keywords = forms.CharField(
        label=gettext_lazy("关键词"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("以逗号分开"),
    )
    answer = forms.ChoiceField(label=gettext_lazy("答复方式"), choices=AnswerKind)
    takes_anonymous = forms.BooleanField(
        label=gettext_lazy("接受匿名上报"), required=False, initial=True
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("公开列出这类诉求"),
        required=False,
        initial=True,
        help_text=gettext_lazy("任何人可查；个人信息已遮盖，要求保密的和投诉举报类从不列出"),
    )
    is_place_public = forms.BooleanField(
        label=gettext_lazy("公开具体位置"),
        required=False,
        help_text=gettext_lazy("适用于道路设施等公共场所；涉及住户的类别请勿勾选，只公开到街道"),
    )

    def __init__(
        self, data: Any = None, *, viewer: User, service: OpenService | None = None
    ) -> None:
        super().__init__(data, initial=_initial_of(service) if service else None)
        fields: dict[str, Any] = self.fields
        tenants = Tenant.objects.filter(pk__in=[each.pk for each in managed_tenants(viewer)])
        fields["tenant"].queryset = tenants.order_by("pk")
        if service is not None:
            fields["tenant"].queryset = tenants.filter(pk=service.tenant_id)
        elif len(tenants) == 1:
            fields["tenant"].initial = tenants[0]
        fields["class_code"].choices = extension_of(MATTER_TYPE).class_choices()

    def spec(self, questions: "list[dict[str, Any]]", presets: dict[str, str]) -> ServiceSpec:
        """Will give the class as it shall be offered."""
        given = dict(self.cleaned_data)
        del given["tenant"]
        words = given.pop("keywords").replace("，", ",").split(",")
        return ServiceSpec(
            **given,
            keywords=[word.strip() for word in words if word.strip()],
            questions=questions,
            presets=presets,
        )


def _initial_of(service: OpenService) -> dict[str, Any]:
    names = ("tenant", "class_code", "code", "name", "description", "group", "answer")
    flags = ("takes_anonymous", "is_public", "is_place_public")
    plain = {name: getattr(service, name) for name in (*names, *flags)}
    return plain | {"keywords": ",".join(service.keywords)}


class QuestionForm(forms.Form):
    """One question of a class; a row without a name is left out."""

    name = forms.CharField(label=gettext_lazy("代码"), max_length=40, required=False)
    label = forms.CharField(label=gettext_lazy("问题"), max_length=80, required=False)
    type = forms.ChoiceField(label=gettext_lazy("类型"), choices=QUESTION_TYPES)
    required = forms.BooleanField(label=gettext_lazy("必答"), required=False)
    choices = forms.CharField(
        label=gettext_lazy("选项"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("单选、多选：代码=名称，以分号分开"),
    )
    preset = forms.CharField(
        label=gettext_lazy("固定值"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("填写后不再询问，由本系统填入"),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("name") and not given.get("label"):
            self.add_error("label", _("请填写问题"))
        if given.get("label") and not given.get("name"):
            self.add_error("name", _("请填写代码"))
        return given

    def entry(self) -> dict[str, Any]:
        """Will give the question as an entry of a form definition."""
        given = self.cleaned_data
        found = {name: given[name] for name in ("name", "label", "type", "required")}
        if given["type"] in {"choice", "multichoice"}:
            found["choices"] = _choices(given["choices"])
        return found


def _choices(text: str) -> list[list[str]]:
    pairs = [part.partition("=") for part in text.replace("；", ";").split(";") if part.strip()]
    return [[code.strip(), (name or code).strip()] for code, _equals, name in pairs]


QuestionFormSet = forms.formset_factory(QuestionForm, extra=2, max_num=20)


def initial_of_questions(service: OpenService) -> list[dict[str, Any]]:
    """Will give what the rows of the editor begin with."""
    return [
        {name: entry.get(name, "") for name in ("name", "label", "type", "required")}
        | {
            "choices": "; ".join(f"{each[0]}={each[1]}" for each in entry.get("choices", [])),
            "preset": service.presets.get(entry["name"], ""),
        }
        for entry in service.questions.get("fields", [])
    ]


def read_questions(rows: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Will give the questions of a valid formset, and the values the server gives itself."""
    written = [row for row in rows if row.cleaned_data.get("name")]
    presets = {
        row.cleaned_data["name"]: row.cleaned_data["preset"]
        for row in written
        if row.cleaned_data["preset"]
    }
    return [row.entry() for row in written], presets


class PeerForm(forms.Form):
    """A server cases are passed on to. An empty key keeps the one there is."""

    tenant = forms.ModelChoiceField(label=gettext_lazy("租户"), queryset=Tenant.objects.none())
    code = forms.SlugField(label=gettext_lazy("代码"), max_length=60)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    url = forms.CharField(
        label=gettext_lazy("接口地址"),
        max_length=400,
        help_text=gettext_lazy("requests.xml 所在的地址，不含 requests.xml；须在允许外呼的名单中"),
    )
    jurisdiction_id = forms.CharField(label=gettext_lazy("辖区标识"), max_length=80, required=False)
    api_key = forms.CharField(
        label=gettext_lazy("接口密钥"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("对方发给本系统的密钥，加密保存，不再显示；留空则保留原有密钥"),
    )
    client = forms.ModelChoiceField(
        label=gettext_lazy("对方在本系统的接口客户端"),
        queryset=ApiClient.objects.none(),
        help_text=gettext_lazy("对方告知的进展以它的权限记入；由它上报的诉求不会转回"),
    )
    area = AreaChoice(
        label=gettext_lazy("范围"),
        queryset=Area.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("不限"),
    )
    classes = forms.CharField(
        label=gettext_lazy("类别对照"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("一行一个：本系统分类代码=对方服务代码，如 road.manhole=MANHOLE"),
    )
    is_automatic = forms.BooleanField(label=gettext_lazy("受理后自动转送"), required=False)
    timeout_s = forms.IntegerField(
        label=gettext_lazy("超时（秒）"), min_value=1, max_value=30, initial=5
    )

    def __init__(self, data: Any = None, *, viewer: User, peer: Peer | None = None) -> None:
        super().__init__(data, initial=_initial_of_peer(peer) if peer else None)
        fields: dict[str, Any] = self.fields
        managed = [each.pk for each in managed_tenants(viewer)]
        tenants = Tenant.objects.filter(pk__in=managed).order_by("pk")
        if peer is not None:
            tenants = tenants.filter(pk=peer.connector.tenant_id)
            fields["code"].disabled = True
        fields["tenant"].queryset = tenants
        if len(tenants) == 1:
            fields["tenant"].initial = tenants[0]
        clients = ApiClient.objects.filter(tenant__in=tenants, revoked_at=None)
        fields["client"].queryset = clients.order_by("name")
        areas = Area.objects.valid_on(clock.today()).filter(level__is_cell=False)
        paths = [each.area.path for each in tenants.select_related("area") if each.area]
        fields["area"].queryset = _within(areas, paths).defer("boundary").order_by("path")

    def clean_classes(self) -> Mapping[str, str]:
        """Lines of ``ours=theirs``."""
        found: dict[str, str] = {}
        for line in self.cleaned_data["classes"].splitlines():
            ours, equals, theirs = line.partition("=")
            if not line.strip():
                continue
            if not equals or not ours.strip() or not theirs.strip():
                raise forms.ValidationError(_("这一行应形如 分类代码=服务代码：%s") % line[:80])
            found[ours.strip()] = theirs.strip()
        return found

    def spec(self) -> PeerSpec:
        """Will give the server as it shall be."""
        given = dict(self.cleaned_data)
        del given["tenant"], given["code"]
        return PeerSpec(**given)


def _within(areas: Any, paths: list[str]) -> Any:
    found = areas.none()
    for path in paths:
        found = found | areas.filter(path__startswith=path)
    return found


def _initial_of_peer(peer: Peer) -> dict[str, Any]:
    connector = peer.connector
    return {
        "tenant": connector.tenant_id,
        "code": connector.code,
        "name": connector.name,
        "url": connector.url,
        "jurisdiction_id": peer.jurisdiction_id,
        "client": connector.inbound_client_id,
        "area": peer.area.code if peer.area else None,
        "classes": "\n".join(f"{ours}={theirs}" for ours, theirs in peer.classes.items()),
        "is_automatic": peer.is_automatic,
        "timeout_s": connector.timeout_s,
    }


class ForwardingFilterForm(forms.Form):
    """Narrows what was passed on by how the sending goes."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[("", gettext_lazy("全部")), *DeliveryState.choices],
        required=False,
    )

    def wanted(self) -> str:
        """Will give the state; nonsense narrows nothing."""
        self.is_valid()
        return str(self.cleaned_data.get("state") or "")
