"""What colleagues type about guides and about instant approval."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PublishForm(forms.Form):
    """Where one can go with a matter."""

    windows = forms.CharField(
        label=_("办理窗口"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("每行一个：名称 | 地址 | 时间 | 电话"),
    )


class RetireForm(forms.Form):
    """Why a guide is taken back, and what to read instead."""

    reason = forms.CharField(label=_("停用原因"), max_length=200)
    successor_code = forms.CharField(
        label=_("替代事项代码"), required=False, max_length=60, help_text=_("没有可不填")
    )


class SwitchForm(forms.Form):
    """On or off, how much is sampled, and why."""

    matter_code = forms.CharField(widget=forms.HiddenInput)
    is_on = forms.BooleanField(label=_("开启即时审批"), required=False)
    share = forms.DecimalField(
        label=_("抽查比例（%）"), min_value=0, max_value=100, decimal_places=2
    )
    reason = forms.CharField(label=_("原因"), max_length=200)


class ReviewForm(forms.Form):
    """What was found about a drawn approval."""

    verdict = forms.ChoiceField(
        label=_("抽查结论"),
        choices=[("right", _("无误")), ("wrong", _("有误"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("说明"), required=False, max_length=500)
