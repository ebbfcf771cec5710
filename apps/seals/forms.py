"""Shape and conversion of what is entered about seals."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, Post, User
from apps.accounts.reach import admin_reach
from apps.common import clock
from apps.seals import permissions, selectors
from apps.seals.crypto.stores import DEVICE, SOFTWARE, TOKEN
from apps.seals.enums import (
    Algorithm,
    KeepingLevel,
    MediumKind,
    MediumState,
    Rule,
    SealKind,
    SealState,
    SignedForm,
    UseState,
)
from apps.seals.models import Seal
from apps.seals.services import NewGrant, NewMedium, NewSeal, Wanted

STORES = (
    (SOFTWARE, gettext_lazy("软件密钥库")),
    (TOKEN, gettext_lazy("密钥盘或密码机（PKCS#11）")),
    (DEVICE, gettext_lazy("密码设备（GM/T 0016，未接通）")),
)


def _units_of(viewer: User, right: str) -> Any:
    reach = admin_reach(viewer, right)
    near = Q() if reach.everything else Q(tenant_id__in=reach.tenant_ids)
    for path in () if reach.everything else reach.paths:
        near |= Q(path__startswith=path)
    return Organization.objects.filter(near, is_active=True).order_by("path")


class _Filter(forms.Form):
    """Narrows a list; nonsense narrows nothing."""

    def wanted(self) -> dict[str, Any]:
        """Will give what the selector takes."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SealFilterForm(_Filter):
    text = forms.CharField(label=gettext_lazy("名称、编码或单位"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False,
        choices=[("", gettext_lazy("全部状态")), *SealState.choices],
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"), required=False,
        choices=[("", gettext_lazy("全部类别")), *SealKind.choices],
    )  # fmt: skip


class UseFilterForm(_Filter):
    text = forms.CharField(label=gettext_lazy("文件名称或编号"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False,
        choices=[("", gettext_lazy("全部状态")), *UseState.choices],
    )  # fmt: skip
    mine = forms.BooleanField(label=gettext_lazy("只看我申请的"), required=False)


class MediumFilterForm(_Filter):
    state = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False,
        choices=[("", gettext_lazy("全部状态")), *MediumState.choices],
    )  # fmt: skip


class LogFilterForm(_Filter):
    text = forms.CharField(
        label=gettext_lazy("人员、用印编号或摘要"), required=False, max_length=64
    )
    result = forms.ChoiceField(
        label=gettext_lazy("结果"), required=False,
        choices=[
            ("", gettext_lazy("全部结果")),
            ("done", gettext_lazy("已盖章")),
            ("refused", gettext_lazy("拒绝")),
        ],
    )  # fmt: skip
    since = forms.DateField(
        label=gettext_lazy("起"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("止"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class SealForm(forms.Form):
    """An application for a seal."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("所属单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    name = forms.CharField(
        label=gettext_lazy("印章名称"), max_length=60,
        help_text=gettext_lazy("与印面文字一致的全称"),
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=SealKind)
    purpose = forms.CharField(label=gettext_lazy("用途"), max_length=200)
    basis = forms.CharField(
        label=gettext_lazy("刻制依据"), max_length=200,
        help_text=gettext_lazy("批准设立的文号或有关规定"),
    )  # fmt: skip
    picture = forms.FileField(
        label=gettext_lazy("印模"),
        help_text=gettext_lazy("白纸上的清晰印迹扫描件，或透明底的 PNG；边缘空白会自动裁去"),
    )
    width_mm = forms.FloatField(
        label=gettext_lazy("印面宽（毫米）"), initial=40, min_value=10, max_value=80
    )
    height_mm = forms.FloatField(
        label=gettext_lazy("印面高（毫米）"), initial=40, min_value=10, max_value=80
    )
    algorithm = forms.ChoiceField(label=gettext_lazy("签名算法"), choices=Algorithm)
    key_store = forms.ChoiceField(label=gettext_lazy("密钥存储"), choices=STORES)
    level = forms.ChoiceField(
        label=gettext_lazy("保存级别"), choices=KeepingLevel, initial=KeepingLevel.BASIC,
        required=False,
        help_text=gettext_lazy("长期和归档级别把吊销信息和时间戳放进文件，证书到期后仍可核验"),
    )  # fmt: skip

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = _units_of(viewer, permissions.APPLY)

    def clean_level(self) -> str:
        """The basic one where nothing is said."""
        return self.cleaned_data["level"] or KeepingLevel.BASIC

    def clean_picture(self) -> bytes:
        """The bytes, at most 5 MB."""
        upload = self.cleaned_data["picture"]
        if upload.size > 5 * 2**20:
            raise forms.ValidationError(_("印模不超过 5 MB"))
        return bytes(upload.read())

    def new(self) -> NewSeal:
        """Will give what is applied for."""
        return NewSeal(**self.cleaned_data)


class FilingForm(forms.Form):
    """The filing of a seal."""

    number = forms.CharField(label=gettext_lazy("备案编号"), max_length=60)
    authority = forms.CharField(label=gettext_lazy("备案机关"), max_length=100)
    on = forms.DateField(
        label=gettext_lazy("备案日期"), widget=forms.DateInput(attrs={"type": "date"})
    )


class CertificateForm(forms.Form):
    """A certificate brought from the city's authority."""

    certificate = forms.FileField(label=gettext_lazy("证书文件（PEM 或 DER）"))


class GrantForm(forms.Form):
    """Who may use a seal."""

    post = forms.ModelChoiceField(label=gettext_lazy("岗位"), queryset=Post.objects.none())
    matter = forms.CharField(
        label=gettext_lazy("限用事项"), max_length=80, required=False,
        help_text=gettext_lazy("事项代码；留空为不限"),
    )  # fmt: skip
    quota = forms.IntegerField(
        label=gettext_lazy("次数"), required=False, min_value=1,
        help_text=gettext_lazy("留空为不限"),
    )  # fmt: skip
    from_on = forms.DateField(
        label=gettext_lazy("起"), widget=forms.DateInput(attrs={"type": "date"})
    )
    to_on = forms.DateField(
        label=gettext_lazy("止"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip

    def __init__(self, *args: Any, seal: Seal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        posts = Post.objects.filter(
            organization__tenant_id=seal.unit.tenant_id, organization__is_active=True
        )
        fields["post"].queryset = posts.select_related("organization").order_by(
            "organization__path", "name"
        )
        fields["from_on"].initial = clock.today()

    def new(self) -> NewGrant:
        """Will give the grant."""
        return NewGrant(**self.cleaned_data)


class MediumForm(forms.Form):
    """A key medium to enter."""

    serial = forms.CharField(label=gettext_lazy("介质编号"), max_length=40)
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=MediumKind)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("保管单位"), queryset=Organization.objects.none(), to_field_name="code"
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = _units_of(viewer, permissions.KEEP)

    def new(self) -> NewMedium:
        """Will give the medium."""
        return NewMedium(**self.cleaned_data)


class LendForm(forms.Form):
    """To whom a medium is lent."""

    to = forms.CharField(label=gettext_lazy("借用人账号"), max_length=150)
    due_on = forms.DateField(
        label=gettext_lazy("应还日期"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_to(self) -> User:
        """The person of this account name."""
        found = User.objects.filter(username=self.cleaned_data["to"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("没有这个账号"))
        return found


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


class UseForm(forms.Form):
    """A request to seal one document. More seals and places: ``wanted`` as JSON (the API)."""

    file = forms.FileField(
        label=gettext_lazy("待盖章文件"),
        help_text=gettext_lazy("PDF、图片、办公文件，最大 20 MB；数据签名交 JSON 或文本"),
    )
    form = forms.ChoiceField(
        label=gettext_lazy("签名格式"), choices=SignedForm, initial=SignedForm.PDF, required=False
    )
    title = forms.CharField(label=gettext_lazy("文件名称"), max_length=120)
    reason = forms.CharField(label=gettext_lazy("用印事由"), max_length=200)
    seals = forms.ModelMultipleChoiceField(
        label=gettext_lazy("印章"), queryset=Seal.objects.none(), to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    rule = forms.ChoiceField(label=gettext_lazy("用印方式"), choices=Rule)
    keyword = forms.CharField(
        label=gettext_lazy("关键字"), max_length=40, required=False,
        help_text=gettext_lazy("按关键字盖章时填写，盖在最后一处"),
    )  # fmt: skip
    matter = forms.CharField(label=gettext_lazy("事项代码"), max_length=80, required=False)
    case_number = forms.CharField(label=gettext_lazy("案件编号"), max_length=40, required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["seals"].queryset = selectors.usable_seals(viewer)
        if not settings.SEALS_OFFICE:
            fields["file"].help_text = _(
                "PDF 或图片，最大 20 MB；未启用办公文件转换；数据签名交 JSON 或文本"
            )

    def clean_form(self) -> str:
        """A PDF where nothing is said."""
        return self.cleaned_data["form"] or SignedForm.PDF

    def clean(self) -> dict[str, Any]:
        """A keyword where one is asked for."""
        given = super().clean() or self.cleaned_data
        if given.get("rule") == Rule.KEYWORD and not given.get("keyword"):
            self.add_error("keyword", _("请填写关键字"))
        return given

    def wanted(self) -> list[Wanted]:
        """Will give the seals, side by side at the foot of the last page to begin with."""
        rule, keyword = self.cleaned_data["rule"], self.cleaned_data["keyword"]
        return [
            Wanted(seal, rule, 0, 20 + 45 * number, 200, keyword, is_loose=True)
            for number, seal in enumerate(self.cleaned_data["seals"])
        ]


class PlaceForm(forms.Form):
    """Where a seal was dragged to."""

    position = forms.IntegerField(min_value=1, max_value=9)
    page = forms.IntegerField(min_value=1, max_value=500)
    x_mm = forms.FloatField(min_value=0, max_value=5100)
    y_mm = forms.FloatField(min_value=0, max_value=5100)


class DecisionForm(forms.Form):
    """What the approver says; digest: of the document on the page."""

    digest = forms.CharField(max_length=64, min_length=64)
    note = forms.CharField(label=gettext_lazy("审批意见"), max_length=200, required=False)


class VerifyForm(forms.Form):
    """A document handed in by anybody."""

    file = forms.FileField(
        label=gettext_lazy("盖章文件"),
        help_text=gettext_lazy("盖章的 PDF 或 OFD，或签名的数据文件；不保存"),
    )
    signature = forms.FileField(
        label=gettext_lazy("签名文件"), required=False,
        help_text=gettext_lazy("核验数据文件时一并上传 .p7s 或 .jws"),
    )  # fmt: skip


class CodeForm(forms.Form):
    """A verification code typed from paper."""

    code = forms.CharField(label=gettext_lazy("验证码"), max_length=20)


def wanted_of_json(text: str, viewer: User) -> list[Wanted]:
    """Will read the seals a program asks for: a JSON list of objects.

    Raises: forms.ValidationError (names what is wrong).
    """
    try:
        told = json.loads(text)
    except ValueError as error:
        raise forms.ValidationError(_("seals 应为 JSON 数组")) from error
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise forms.ValidationError(_("seals 应为 JSON 数组"))
    seals = {seal.code: seal for seal in selectors.list_seals(viewer).filter(
        code__in=[str(each.get("code", "")) for each in told]
    )}  # fmt: skip
    wanted = []
    for each in told:
        seal = seals.get(str(each.get("code", "")))
        if seal is None:
            raise forms.ValidationError(_("没有编码为“%s”的印章") % str(each.get("code", ""))[:20])
        try:
            wanted.append(
                Wanted(
                    seal, str(each.get("rule", Rule.POINT)), int(each.get("page", 0)),
                    float(each.get("x_mm", 0)), float(each.get("y_mm", 0)),
                    str(each.get("keyword", ""))[:40],
                )
            )  # fmt: skip
        except (TypeError, ValueError) as error:
            raise forms.ValidationError(_("页码和坐标应为数字")) from error
    return wanted
