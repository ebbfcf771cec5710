"""Input of the shell's own pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """The style guide's form: one field of each kind, so that all states can be seen."""

    title = forms.CharField(label=_("标题"), max_length=40, help_text=_("一句话说清是什么事。"))
    text = forms.CharField(
        label=_("诉求内容"), max_length=200, widget=forms.Textarea(attrs={"rows": 4})
    )
    channel = forms.ChoiceField(
        label=_("来源"), choices=[("", _("请选择")), ("phone", _("电话")), ("web", _("网站"))]
    )
    callback_phone = forms.CharField(label=_("回访电话"), max_length=20, required=False)
    wanted = forms.MultipleChoiceField(
        label=_("希望的答复方式"),
        required=False,
        choices=[("call", _("电话答复")), ("text", _("短信答复"))],
        widget=forms.CheckboxSelectMultiple,
    )
    on = forms.DateField(
        label=_("发生日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    is_secret = forms.BooleanField(label=_("为反映人保密"), required=False)
