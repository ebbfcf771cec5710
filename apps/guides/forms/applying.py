"""What applicants fill in, and what the public searches and follows with."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import forms_data
from apps.common.errors import DomainError
from apps.guides import services
from apps.guides.enums import Audience, Via
from apps.guides.selectors.plans import Guided
from apps.matters.models import MatterType

WHO, OWN, PAPERS = "who", "form", "paper"


def who_definition() -> dict[str, Any]:
    """Will give the form every applicant fills in."""
    return {
        "fields": [
            {
                "name": "name",
                "label": gettext("申请人姓名"),
                "type": "text",
                "required": True,
                "max_length": 60,
            },
            {
                "name": "id_number",
                "label": gettext("身份证号"),
                "type": "id_number",
                "required": True,
                "masked": True,
            },
            {
                "name": "phone",
                "label": gettext("手机号"),
                "type": "phone",
                "required": True,
                "masked": True,
                "help": gettext("用于接收通知和查询进度"),
            },
        ]
    }


class ApplyForms:
    """The page of an application: who applies, the matter's own form, the materials.

    guided: where the questions led; it fills in fields and leaves out materials not needed.
    """

    def __init__(
        self, matter: MatterType, *, data: QueryDict | None = None, guided: Guided | None = None
    ) -> None:
        assert matter.current_version is not None
        self.body: Mapping[str, Any] = matter.current_version.body
        self.matter, self.guided = matter, guided
        preset = guided.preset if guided is not None else {}
        form = self.body.get("form", {})
        self.who = forms_data.build_form(who_definition())(data, prefix=WHO)
        self.own = forms_data.build_form(form)(data, prefix=OWN, initial=dict(preset))
        self.papers = forms_data.build_form(self._papers())(data, prefix=PAPERS)
        for material in self._materials():
            self._tell(material)

    @property
    def all(self) -> list[forms_data.DataForm]:
        """The three forms in the order of the page."""
        return [self.who, self.own, self.papers]

    @classmethod
    def take_uploads(cls, matter: MatterType, data: QueryDict, uploads: Any) -> QueryDict:
        """Will keep the files just sent, of fields and of materials. Raises: InvalidInput."""
        unfilled = cls(matter)
        taken = forms_data.take_uploads(unfilled.body.get("form", {}), data, uploads, prefix=OWN)
        return forms_data.take_uploads(unfilled._papers(), taken, uploads, prefix=PAPERS)

    def is_valid(self) -> bool:
        """Will check all three, so that every fault is told at once."""
        faulty = [form for form in self.all if not form.is_valid()]
        return not faulty

    def application(self, *, via: Via, marker: str, source_key: str) -> services.NewApplication:
        """Will give what the service takes."""
        who = self.who.cleaned_data
        return services.NewApplication(
            matter=self.matter.code,
            name=who["name"],
            phone=who["phone"],
            id_number=who["id_number"],
            values=self.own.plain_data(),
            materials=self.papers.plain_data(),
            asked=self.guided.materials if self.guided is not None else None,
            via=via,
            guided=marker,
            source_key=source_key,
        )

    def refuse(self, error: DomainError) -> None:
        """Will show a refusal at the field it names, or above the form."""
        field = error.field or ""
        for form in (self.papers, self.own):
            if field in form.fields:
                form.add_error(field, str(error))
                return
        self.who.add_error(None, str(error))

    def _materials(self) -> list[Mapping[str, Any]]:
        """All that may be asked of the applicant, whatever the answers."""
        asked = self.guided.materials if self.guided is not None else None
        return [
            material
            for material in self.body.get("materials_in", [])
            if material.get("source", "citizen") == "citizen"
            and (asked is None or material["code"] in asked)
        ]

    def _papers(self) -> dict[str, Any]:
        return {
            "fields": [
                {
                    "name": material["code"],
                    "label": material["label"],
                    "type": "files",
                    "help": material.get("note", ""),
                }
                for material in self._materials()
            ]
        }

    def _tell(self, material: Mapping[str, Any]) -> None:
        field: Any = self.papers.fields[material["code"]]
        field.is_wanted = bool(material.get("required"))
        if condition := material.get("show_if"):
            values = ",".join(str(value) for value in condition.get("in", []))
            field.show_if = f"{OWN}-{condition.get('field')}={values}"


class SearchForm(forms.Form):
    """Narrows the list of guides."""

    q = forms.CharField(label=_("找什么"), required=False, max_length=60)
    audience = forms.ChoiceField(
        label=_("服务对象"),
        required=False,
        choices=[("", _("全部")), *[c for c in Audience.choices if c[0] != Audience.BOTH]],
    )
    domain = forms.CharField(required=False, max_length=60)


class TrackForm(forms.Form):
    """Receipt number, and the telephone that belongs to it."""

    number = forms.CharField(label=_("受理编号"), max_length=40)
    phone = forms.CharField(
        label=_("申请时留的手机号"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )


class WithdrawForm(forms.Form):
    """Why somebody wants it no more."""

    reason = forms.CharField(label=_("撤回原因"), required=False, max_length=300)
