"""Shape and conversion of what people fill in about people."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.deputies.reading import possible_deputies
from apps.accounts.models import AppointmentKind, Organization, Post, Role, User
from apps.accounts.selectors import appointments_in_force
from apps.personnel import permissions
from apps.personnel.enums import ChangeKind, LeavingReason, PostCategory, PostLevel
from apps.personnel.models import Course, PostTemplate
from apps.personnel.selectors import people, training


def _day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


def _words(label: Any, *, most: int = 300, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, widget=forms.Textarea(attrs={"rows": 2}), **options
    )


class PersonChoice(forms.ModelChoiceField):
    """People by name and sign-in name: two may be called the same."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.full_name}（{obj.username}）"


class PersonField(forms.CharField):
    """One person by name, sign-in name or staff number; thousands do not fit a list."""

    def __init__(self, **options: Any) -> None:
        help_text = _("填姓名、登录名或工号；重名时填登录名。")
        super().__init__(max_length=60, help_text=help_text, **options)
        self.people: QuerySet[User] = User.objects.none()

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        exact = Q(username__iexact=text) | Q(employee_number__iexact=text)
        found = list(self.people.filter(exact)[:2]) or list(self.people.filter(full_name=text)[:2])
        if not found:
            raise forms.ValidationError(_("您管理的单位中没有这个人。"))
        if len(found) > 1:
            raise forms.ValidationError(_("有同名人员，请改填登录名。"))
        return found[0]


class LeavingForm(forms.Form):
    person = PersonField(label=_("离职人员"))
    leaves_at = forms.DateTimeField(
        label=_("离职时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("到时立即注销全部权限；填过去的时间则马上注销。"),
    )
    reason = forms.ChoiceField(label=_("离职原因"), choices=LeavingReason.choices)
    note_text = _words(_("说明"), required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _among(self, people.list_staff(viewer).exclude(pk=viewer.pk))


class HandOverForm(forms.Form):
    """To whom the chosen things go; nobody is the unit's queue."""

    to = PersonChoice(
        label=_("移交给"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("退回单位待办"),
    )

    def __init__(self, *args: Any, colleagues: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _of(self, "to", colleagues)


class JoinForm(forms.Form):
    post = forms.ModelChoiceField(label=_("岗位"), queryset=Post.objects.none())
    full_name = forms.CharField(label=_("姓名"), max_length=60)
    username = forms.CharField(
        label=_("登录名"), max_length=60, help_text=_("建议用姓名拼音或工号,设定后不能修改。")
    )
    employee_number = forms.CharField(label=_("工号"), max_length=30, required=False)
    phone = forms.CharField(label=_("手机"), max_length=30, required=False)
    starts_on = _day(_("到岗日期"))
    ends_on = _day(_("结束日期"), required=False, help_text=_("临时人员填写，长期留空。"))
    reason = _words(_("事由"))

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _of(self, "post", people.list_posts(viewer, permissions.MANAGE, permissions.LEAD))


class JoinImportForm(forms.Form):
    file = forms.FileField(label=_("人员表格"), help_text=_("xlsx 或 CSV，首行为列名。"))
    reason = _words(_("事由"))


class TransferForm(forms.Form):
    person = PersonField(label=_("人员"))
    kind = forms.ChoiceField(
        label=_("方式"),
        choices=AppointmentKind.choices,
        help_text=_("正式任职、借调会结束现岗位；兼任、代理保留现岗位。借调期满自动回原岗位。"),
    )
    new_post = forms.ModelChoiceField(label=_("调入岗位"), queryset=Post.objects.none())
    on = _day(_("生效日期"), help_text=_("前一天为原岗位最后一天。"))
    overlap_days = forms.IntegerField(
        label=_("交接天数"),
        min_value=0,
        max_value=14,
        initial=0,
        help_text=_("两岗同时有效的天数，一般为 0。"),
    )
    ends_on = _day(_("结束日期"), required=False, help_text=_("借调、代理必填。"))
    reason = _words(_("事由"))

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _among(self, people.list_staff(viewer).exclude(pk=viewer.pk))
        _of(self, "new_post", people.list_posts(viewer, permissions.MANAGE))

    def clean(self) -> dict[str, Any]:
        """The post that is left is the main one held today."""
        values: dict[str, Any] = super().clean() or {}
        person = values.pop("person", None)
        if person is not None:
            values["appointment"] = appointments_in_force(person).first()
        return values


class CourseForm(forms.Form):
    name = forms.CharField(label=_("课程名称"), max_length=80)
    valid_months = forms.IntegerField(label=_("有效月数"), min_value=1, max_value=120, initial=12)
    pass_score = forms.IntegerField(label=_("合格分"), min_value=0, max_value=100, initial=60)


class TrainingForm(forms.Form):
    person = PersonField(label=_("人员"))
    course = forms.ModelChoiceField(label=_("培训课程"), queryset=Course.objects.none())
    taken_on = _day(_("考核日期"))
    score = forms.IntegerField(label=_("成绩"), min_value=0, max_value=100)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = people.list_joinings(viewer, state="approved").values("account_id")
        staff = people.list_staff(viewer).values("pk")
        everybody = User.objects.filter(Q(pk__in=staff) | Q(pk__in=asked))
        _among(self, everybody.exclude(pk=viewer.pk))
        _of(self, "course", training.list_courses(viewer).filter(is_active=True))


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("模板名称"), max_length=60)
    level = forms.ChoiceField(label=_("岗位层级"), choices=PostLevel.choices)
    category = forms.ChoiceField(label=_("岗位类别"), choices=PostCategory.choices)
    roles = forms.ModelMultipleChoiceField(
        label=_("模板内的角色"),
        queryset=Role.objects.order_by("code"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("岗位若有此外的权限，会列入超出模板的清单。"),
    )
    courses = forms.ModelMultipleChoiceField(
        label=_("上岗须通过的培训"),
        queryset=Course.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    posts = forms.ModelMultipleChoiceField(
        label=_("适用岗位"),
        queryset=Post.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _of(self, "courses", training.list_courses(viewer).filter(is_active=True))
        _of(self, "posts", people.list_posts(viewer, permissions.MANAGE))

    @staticmethod
    def initial_of(template: PostTemplate) -> dict[str, Any]:
        """Will give the form's first values from a template on file."""
        return {
            "name": template.name,
            "level": template.level,
            "category": template.category,
            "roles": list(template.roles.all()),
            "courses": list(template.courses.all()),
            "posts": [standing.post_id for standing in template.standings.all()],
        }


class DelegationForm(forms.Form):
    deputy = PersonChoice(label=_("委托给"), queryset=User.objects.none())
    from_on = _day(_("开始日期"))
    to_on = _day(_("结束日期"), help_text=_("最长 30 天，到期自动结束。"))
    roles = forms.ModelMultipleChoiceField(
        label=_("委托的职责"),
        queryset=Role.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不勾选即委托本人岗位的全部办理职责；敏感权限不会转给他人。"),
    )
    reason = _words(_("事由"), most=200)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = [held.post_id for held in appointments_in_force(viewer)]
        _of(self, "deputy", possible_deputies(viewer))
        _of(self, "roles", Role.objects.filter(posts__in=posts).distinct().order_by("code"))


class ChangeStartForm(forms.Form):
    """What kind of change, of which unit; the rest is asked for on the next page."""

    kind = forms.ChoiceField(label=_("调整方式"), choices=ChangeKind.choices)
    unit = forms.ModelChoiceField(label=_("调整单位"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _of(self, "unit", people.list_units(viewer, permissions.MANAGE))


#: What each kind of change asks for besides the day and the document.
CHANGE_FIELDS = {
    ChangeKind.RENAME: ("new_name", "new_short_name"),
    ChangeKind.MOVE: ("target",),
    ChangeKind.MERGE: ("target",),
    ChangeKind.SPLIT: ("part_code", "part_name", "part_posts"),
}


class ReorganisationForm(forms.Form):
    """One change of one unit; fields its kind does not need are left out."""

    target = forms.ModelChoiceField(
        label=_("目标单位"),
        queryset=Organization.objects.none(),
        required=False,
        help_text=_("并入：接收单位；调整隶属：新的上级，留空为顶层。"),
    )
    new_name = forms.CharField(label=_("新名称"), max_length=80)
    new_short_name = forms.CharField(label=_("新简称"), max_length=30, required=False)
    part_code = forms.SlugField(label=_("拆出单位代码"))
    part_name = forms.CharField(label=_("拆出单位名称"), max_length=80)
    part_posts = forms.ModelMultipleChoiceField(
        label=_("拆出的岗位"),
        queryset=Post.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("岗位上的人员和他们手上的案件一并转到拆出的单位。"),
    )
    on = _day(_("生效日期"))
    reason = _words(_("依据文件"))

    def __init__(
        self, *args: Any, viewer: User, kind: str, unit: Organization, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in {name for names in CHANGE_FIELDS.values() for name in names}:
            if name not in CHANGE_FIELDS[ChangeKind(kind)]:
                del self.fields[name]
        if "target" in self.fields:
            others = people.list_units(viewer, permissions.MANAGE)
            _of(self, "target", others.exclude(path__startswith=unit.path))
        if "part_posts" in self.fields:
            _of(self, "part_posts", Post.objects.filter(organization=unit).order_by("name"))


def _among(form: forms.Form, rows: QuerySet[User]) -> None:
    """Gives the person field whom it may find."""
    field = form.fields["person"]
    assert isinstance(field, PersonField)
    field.people = rows


def _of(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    """Gives a choice its rows."""
    form.fields[name].queryset = rows  # type: ignore[attr-defined]
