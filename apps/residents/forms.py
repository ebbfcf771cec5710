"""What staff type on the pages of public accounts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.residents.enums import AccountState, PersonState

ANY = ("", _("全部"))


class AccountFilterForm(forms.Form):
    """q: a whole phone or part of the name."""

    q = forms.CharField(label=_("查找"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[ANY, *AccountState.choices])
    level = forms.ChoiceField(
        label=_("核验等级"),
        required=False,
        choices=[ANY, ("1", _("1 级")), ("2", _("2 级")), ("3", _("3 级"))],
    )
    alike = forms.BooleanField(label=_("疑似同一人"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("完整手机号或姓名")

    def wanted(self) -> dict[str, Any]:
        """Will give the filters for ``selectors.list_accounts``; rubbish is left out."""
        self.is_valid()
        found = self.cleaned_data
        level = found.get("level")
        return {
            "query": found.get("q", ""),
            "state": found.get("state", ""),
            "level": int(level) if level else None,
            "alike": bool(found.get("alike")),
        }


class PersonFilterForm(forms.Form):
    """q: part of the name, or the whole credit code."""

    q = forms.CharField(label=_("查找"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[ANY, *PersonState.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("名称或统一社会信用代码")

    def wanted(self) -> dict[str, str]:
        """Will give the filters for ``selectors.list_legal_persons``; rubbish is left out."""
        self.is_valid()
        found = self.cleaned_data
        return {"query": found.get("q", ""), "state": found.get("state", "")}


class ReasonForm(forms.Form):
    """Why; kept in the log."""

    reason = forms.CharField(label=_("事由"), max_length=200)


class PurposeForm(forms.Form):
    """What somebody's data is needed for; kept in the log."""

    purpose = forms.CharField(label=_("查看事由"), max_length=200)
