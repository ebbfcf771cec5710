"""What people fill in about disputes, their sittings, agreements and visits."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.periods import Period, last_days
from apps.governance.enums import (
    ConsentWay,
    DisputeKind,
    DisputeResult,
    Fulfilment,
    PartyKind,
    PartyRole,
    SessionOutcome,
)
from apps.governance.models import Centre, Dispute
from apps.governance.services.disputes import NewParty

ROWS = 4


def area_of_text(rows: int = 4) -> forms.Textarea:
    """Will give a text area of so many lines."""
    return forms.Textarea(attrs={"rows": rows})


class DisputeForm(forms.Form):
    """A new dispute, without its parties."""

    centre = forms.ModelChoiceField(label=_("受理中心"), queryset=Centre.objects.none())
    kind = forms.ChoiceField(label=_("纠纷类型"), choices=DisputeKind.choices)
    title = forms.CharField(label=_("标题"), max_length=120)
    text = forms.CharField(label=_("纠纷经过和诉求"), max_length=4000, widget=area_of_text(6))
    amount = forms.DecimalField(
        label=_("涉及金额（元）"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    address = forms.CharField(label=_("发生地点"), max_length=200, required=False)

    def __init__(self, *args: Any, centres: list[Centre], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["centre"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Centre.objects.filter(pk__in=[c.pk for c in centres])
        if len(centres) == 1:
            field.initial = centres[0]


class PartyForm(forms.Form):
    """One party; a row left empty is none."""

    role = forms.ChoiceField(label=_("身份"), choices=PartyRole.choices)
    kind = forms.ChoiceField(label=_("类别"), choices=PartyKind.choices)
    name = forms.CharField(label=_("姓名或名称"), max_length=60)
    phone = forms.CharField(label=_("手机"), max_length=20, required=False)
    id_number = forms.CharField(label=_("身份证号码"), max_length=20, required=False)

    def as_party(self) -> NewParty:
        """Will give what the service takes; only once valid."""
        d = self.cleaned_data
        return NewParty(
            role=PartyRole(d["role"]),
            kind=PartyKind(d["kind"]),
            name=d["name"],
            phone=d["phone"],
            id_number=d["id_number"],
        )


class BasePartyFormSet(forms.BaseFormSet):
    """Rows of parties: the first two stand for the two sides."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        sides = (PartyRole.APPLICANT, PartyRole.RESPONDENT)
        role = sides[index] if index is not None and index < len(sides) else PartyRole.THIRD
        return {"initial": {"role": role.value, "kind": PartyKind.PERSON.value}}


PartyFormSet = forms.formset_factory(
    PartyForm, formset=BasePartyFormSet, extra=ROWS, max_num=20, validate_max=True
)


def parties_of(rows: forms.BaseFormSet) -> list[NewParty]:
    """Will give the rows somebody filled in; only once valid."""
    return [form.as_party() for form in rows.forms if form.cleaned_data.get("name")]


class ListForm(forms.Form):
    """Narrows the list of disputes."""

    q = forms.CharField(label=_("标题或编号"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=_("纠纷类型"), required=False, choices=[("", _("全部类型")), *DisputeKind.choices]
    )

    def wanted(self) -> dict[str, str]:
        """Will give what was asked for, nothing where it makes no sense."""
        if not self.is_valid():
            return {}
        return {"text": self.cleaned_data["q"], "kind": self.cleaned_data["kind"]}


class MediatorsForm(forms.Form):
    """Who presides and who helps."""

    chief = forms.ModelChoiceField(label=_("主持调解员"), queryset=User.objects.none())
    helpers = forms.ModelMultipleChoiceField(
        label=_("其他调解员"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = User.objects.filter(pk__in=[p.pk for p in people])
        self.fields["chief"].queryset = known  # type: ignore[attr-defined]
        self.fields["helpers"].queryset = known  # type: ignore[attr-defined]


class SessionForm(forms.Form):
    """The record of a sitting."""

    held_at = forms.DateTimeField(
        label=_("调解时间"),
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("地点"), max_length=120)
    present = forms.MultipleChoiceField(label=_("到场当事人"), widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(label=_("调解记录"), max_length=4000, widget=area_of_text(6))
    outcome = forms.ChoiceField(label=_("结果"), choices=SessionOutcome.choices)
    next_on = forms.DateField(
        label=_("下次调解日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("择期再调时填写"),
    )

    def __init__(self, *args: Any, dispute: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = [(p.pk, f"{p.get_role_display()} {p.shown_name}") for p in dispute.parties.all()]
        self.fields["present"].choices = parties  # type: ignore[attr-defined]


class AgreementForm(forms.Form):
    """The text of an agreement."""

    terms = forms.CharField(
        label=_("协议内容"),
        max_length=4000,
        widget=area_of_text(8),
        help_text=_("一行一条；当事人以“申请人”“被申请人”称呼"),
    )
    perform_by = forms.DateField(
        label=_("履行期限"), widget=forms.DateInput(attrs={"type": "date"})
    )


class ConsentForm(forms.Form):
    """That a party agreed."""

    party = forms.ChoiceField(label=_("当事人"))
    way = forms.ChoiceField(label=_("方式"), choices=ConsentWay.choices)
    witness = forms.CharField(label=_("见证人"), max_length=60)
    file = forms.FileField(label=_("签字页照片"), required=False)

    def __init__(self, *args: Any, dispute: Dispute, done: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].choices = [  # type: ignore[attr-defined]
            (p.pk, f"{p.get_role_display()} {p.shown_name}")
            for p in dispute.parties.all()
            if p.pk not in done
        ]


class ConcludeForm(forms.Form):
    """How the mediation ended."""

    result = forms.ChoiceField(label=_("调解结果"), choices=DisputeResult.choices)
    note = forms.CharField(label=_("说明"), max_length=1000, widget=area_of_text(3))


class PassForm(forms.Form):
    """Why a dispute goes up, or to which centre below."""

    target = forms.ModelChoiceField(
        label=_("下级中心"),
        queryset=Centre.objects.none(),
        required=False,
        empty_label=_("上交上级中心"),
        help_text=_("不选即上交上级中心"),
    )
    reason = forms.CharField(label=_("理由"), max_length=900, widget=area_of_text(3))

    def __init__(self, *args: Any, centre: Centre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = centre.children.filter(is_active=True)
        if centre.parent_id is None:
            field.required, field.empty_label = True, _("请选择")
            field.help_text = ""


class VisitForm(forms.Form):
    """What a visit found."""

    found = forms.ChoiceField(label=_("履行情况"), choices=Fulfilment.choices)
    note = forms.CharField(label=_("回访记录"), max_length=2000, widget=area_of_text(3))


class PurposeForm(forms.Form):
    """Why somebody reads the parties as they are."""

    purpose = forms.CharField(label=_("查看事由"), min_length=2, max_length=200)


class PeriodForm(forms.Form):
    """From a day to a day, the last 90 days at first."""

    first = forms.DateField(
        label=_("开始日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("结束日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def period(self, *, days: int = 90) -> Period:
        """Will give the period asked for; the last days where none or a wrong one was."""
        if self.is_valid():
            first, last = self.cleaned_data["first"], self.cleaned_data["last"]
            if first and last and first <= last and (last - first).days <= 1100:
                return Period(first, last)
        return last_days(days)
