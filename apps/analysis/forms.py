"""Shape and conversion of what is entered about jobs and findings."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.alarms.enums import Level
from apps.algorithms.models import Algorithm
from apps.analysis.drawings import NEEDS
from apps.analysis.enums import Retention, Verdict
from apps.analysis.models import AnalysisJob
from apps.analysis.permissions import KEEP
from apps.analysis.selectors import units_of
from apps.analysis.services import JobSpec
from apps.common.narrowing import NarrowingForm
from apps.video.models import Camera
from apps.video.selectors import list_cameras

ALL = ("", gettext_lazy("全部"))
TASKS = [(task.value, task.label) for task in NEEDS]
_PLAIN = (
    "name", "per_second", "window_s", "every_s", "priority", "label", "limit", "retention",
)  # fmt: skip


class JobFilterForm(NarrowingForm):
    """Narrows the list of jobs."""

    q = forms.CharField(label=gettext_lazy("作业或摄像机"), required=False, max_length=60)
    task = forms.ChoiceField(label=gettext_lazy("用途"), choices=[ALL, *TASKS], required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        choices=[
            ALL,
            ("active", gettext_lazy("启用")),
            ("trouble", gettext_lazy("取流或运行异常")),
            ("stopped", gettext_lazy("停用")),
        ],
        required=False,
    )


class FindingFilterForm(forms.Form):
    """Narrows the list of findings."""

    q = forms.CharField(label=gettext_lazy("作业、区域或摄像机"), required=False, max_length=60)
    task = forms.ChoiceField(label=gettext_lazy("用途"), choices=[ALL, *TASKS], required=False)
    verdict = forms.ChoiceField(
        label=gettext_lazy("核实"), choices=[ALL, *Verdict.choices], required=False
    )
    lasting = forms.BooleanField(label=gettext_lazy("仅进行中"), required=False)

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_findings`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "task": given.get("task") or "",
            "verdict": given.get("verdict") or "",
            "lasting": bool(given.get("lasting")),
        }


class JobForm(forms.Form):
    """A job. What is drawn comes as JSON from the editor's fields."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    camera = forms.ModelChoiceField(
        label=gettext_lazy("摄像机"), queryset=Camera.objects.none(), to_field_name="gb_code"
    )
    algorithm = forms.ModelChoiceField(
        label=gettext_lazy("算法"), queryset=Algorithm.objects.none(), to_field_name="code"
    )
    unit = forms.ModelChoiceField(
        label=gettext_lazy("责任单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    per_second = forms.FloatField(
        label=gettext_lazy("每秒帧数"), min_value=0.1, max_value=25, initial=5
    )
    window_s = forms.IntegerField(
        label=gettext_lazy("每次分析时长（秒）"), min_value=5, max_value=600, initial=60
    )
    every_s = forms.IntegerField(
        label=gettext_lazy("间隔（秒）"),
        min_value=5,
        max_value=86400,
        initial=60,
        help_text=gettext_lazy("从一次开始到下一次开始；与分析时长相同即连续分析"),
    )
    priority = forms.IntegerField(label=gettext_lazy("优先级"), min_value=1, max_value=9, initial=5)
    label = forms.SlugField(label=gettext_lazy("工作节点标签"), max_length=40, required=False)
    alarm_level = forms.TypedChoiceField(
        label=gettext_lazy("告警级别"),
        choices=[("", gettext_lazy("不告警")), *Level.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    limit = forms.IntegerField(
        label=gettext_lazy("在内人数上限"), min_value=1, max_value=1_000_000, required=False
    )
    retention = forms.ChoiceField(
        label=gettext_lazy("图片保留"), choices=Retention, initial=Retention.ORDER
    )
    days = forms.MultipleChoiceField(
        label=gettext_lazy("运行的星期"),
        choices=[
            ("0", gettext_lazy("周一")), ("1", gettext_lazy("周二")), ("2", gettext_lazy("周三")),
            ("3", gettext_lazy("周四")), ("4", gettext_lazy("周五")), ("5", gettext_lazy("周六")),
            ("6", gettext_lazy("周日")),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("都不选即全天运行"),
    )  # fmt: skip
    begin = forms.CharField(label=gettext_lazy("开始时刻"), max_length=5, initial="00:00")
    end = forms.CharField(label=gettext_lazy("结束时刻"), max_length=5, initial="24:00")
    parameters = forms.CharField(
        label=gettext_lazy("阈值"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("每行一项：代码=数值；不写的用算法的默认值"),
    )
    drawing = forms.CharField(
        label=gettext_lazy("标绘"), max_length=50_000, widget=forms.HiddenInput, initial="{}"
    )

    def __init__(self, data: Any = None, *, viewer: User, job: AnalysisJob | None = None) -> None:
        super().__init__(data, initial=_initial_of(job) if job else None)
        fields: dict[str, Any] = self.fields
        cameras = list_cameras(viewer)
        fields["camera"].queryset = cameras.filter(pk=job.camera_id) if job else cameras
        fields["algorithm"].queryset = Algorithm.objects.filter(
            task__in=list(NEEDS), aliases__isnull=False
        ).distinct().order_by("code")  # fmt: skip
        fields["unit"].queryset = units_of(viewer, KEEP)

    def clean_drawing(self) -> dict[str, Any]:
        """JSON of the editor; its meaning is checked by the service."""
        try:
            told = json.loads(self.cleaned_data["drawing"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("标绘内容无法识别")) from error
        if not isinstance(told, dict):
            raise forms.ValidationError(_("标绘内容无法识别"))
        return told

    def clean_parameters(self) -> dict[str, float]:
        """Lines of code=number."""
        found: dict[str, float] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["parameters"].splitlines())):
            code, _equals, number = (part.strip() for part in line.partition("="))
            try:
                found[code] = float(number)
            except ValueError as error:
                raise forms.ValidationError(
                    _("“%(line)s”不是“代码=数值”") % {"line": line[:40]}
                ) from error
        return found

    def spec(self) -> JobSpec:
        """Will give the job as it shall be."""
        given = dict(self.cleaned_data)
        days = [int(day) for day in given.pop("days")]
        begin, end = given.pop("begin"), given.pop("end")
        hours = [{"days": days, "from": begin, "to": end}] if days else []
        camera: Camera = given.pop("camera")
        return JobSpec(**given, camera_id=camera.pk, hours=hours)


def _initial_of(job: AnalysisJob) -> dict[str, Any]:
    plain = {name: getattr(job, name) for name in _PLAIN}
    span = job.hours[0] if job.hours else {"days": [], "from": "00:00", "to": "24:00"}
    return plain | {
        "camera": job.camera.gb_code,
        "algorithm": job.algorithm.code,
        "unit": job.unit.code,
        "alarm_level": job.alarm_level,
        "days": [str(day) for day in span["days"]],
        "begin": span["from"],
        "end": span["to"],
        "parameters": "\n".join(f"{code}={value:g}" for code, value in job.parameters.items()),
        "drawing": json.dumps(job.drawing, ensure_ascii=False),
    }


class VerdictForm(forms.Form):
    """What a person says of a finding."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("核实结果"),
        choices=[
            (Verdict.CONFIRMED, Verdict.CONFIRMED.label),
            (Verdict.FALSE, Verdict.FALSE.label),
        ],
    )
    note = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("误报须写明原因，用于改进阈值"),
    )


class CompareForm(forms.Form):
    """Of which algorithm versions are compared, over how many days."""

    algorithm = forms.ModelChoiceField(
        label=gettext_lazy("算法"), queryset=Algorithm.objects.filter(task__in=NEEDS),
        to_field_name="code",
    )  # fmt: skip
    days = forms.TypedChoiceField(
        label=gettext_lazy("时段"), coerce=int, required=False, empty_value="7",
        choices=[(7, gettext_lazy("近 7 天")), (30, gettext_lazy("近 30 天"))],
    )  # fmt: skip

    def wanted(self) -> dict[str, Any] | None:
        """Will give what ``compare_versions`` takes; None where nothing is chosen yet."""
        if not self.is_valid():
            return None
        told = self.cleaned_data
        return {"code": told["algorithm"].code, "days": int(told["days"])}
