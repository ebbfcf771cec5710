"""The rating of people and posts in a computation, and every row it counted. Source: OP-17."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.appraisal.enums import Grade, StaffFactKind, StaffKind
from apps.appraisal.models.runs import Pass


class StaffLine(models.Model):
    """One person in one unit, or one post, in a computation (人员与岗位评定).

    key: "person:<id>:<unit id>" or "post:<id>". person: null for a post. unit_name, unit_path,
    post_name: as they were when it was computed; post_name is "" for who held no post of the
    unit. people: how many are in it. repairs: accepted in the month. rates: good and due by part.
    score: null where nothing was due, and for who repaired nothing in the month. place: among
    those of its kind; null without a score.
    """

    of = models.ForeignKey(Pass, models.CASCADE, related_name="staff")
    kind = models.CharField(_("对象"), max_length=6, choices=StaffKind)
    key = models.CharField(_("对象编号"), max_length=60)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+",
        verbose_name=_("人员"),
    )  # fmt: skip
    name = models.CharField(_("名称"), max_length=100)
    unit_name = models.CharField(_("单位"), max_length=120)
    unit_path = models.CharField(_("单位路径"), max_length=200)
    post_name = models.CharField(_("岗位"), max_length=60, blank=True, default="")
    people = models.PositiveIntegerField(_("人数"), default=1)
    repairs = models.PositiveIntegerField(_("完成维修"))
    rates: Any = models.JSONField(_("指标"))
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True)
    grade = models.CharField(_("评定"), max_length=9, choices=Grade, blank=True, default="")
    place = models.PositiveIntegerField(_("名次"), null=True)

    class Meta:
        verbose_name = _("人员与岗位评定")
        verbose_name_plural = _("人员与岗位评定")
        default_permissions = ()
        ordering = ["kind", models.F("place").asc(nulls_last=True), "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["of", "key"], name="ops_staff_line_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def why_unrated(self) -> str:
        """Why there is no score, "" where there is one. Source: OP-17."""
        if self.score is not None:
            return ""
        return gettext("没有应计数据") if self.repairs else gettext("该月没有维修工作")


class StaffFact(models.Model):
    """One row a person's rating was made of: a repair, a target of the post, a course it asks for.

    line: key of the person's line; post: key of the post's, "" where there is none. key: kind and
    number of the row it comes from, "repair:12", unique within a computation. area_path: where
    the thing stood, of the whole body for what has no place. detail: of a repair "seconds",
    "cents", "late" (null: not judged) and "work"; of a target "work", "quantity", "hours" (text)
    and "cents"; of a course "is_valid". ruled_id: the appeal that changed it, as counted.
    """

    of = models.ForeignKey(Pass, models.CASCADE, related_name="staff_facts")
    line = models.CharField(_("人员"), max_length=60)
    post = models.CharField(_("岗位"), max_length=60, blank=True, default="")
    kind = models.CharField(_("来源"), max_length=6, choices=StaffFactKind)
    key = models.CharField(_("来源编号"), max_length=60)
    label = models.CharField(_("内容"), max_length=160)
    on = models.DateField(_("日期"))
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    left_out = models.BooleanField(_("不计入"), default=False)
    ruled_id = models.BigIntegerField(_("申诉编号"), null=True)
    detail: Any = models.JSONField(_("明细"))

    class Meta:
        verbose_name = _("人员评定依据")
        verbose_name_plural = _("人员评定依据")
        default_permissions = ()
        ordering = ["kind", "on", "key"]
        constraints = [
            models.UniqueConstraint(fields=["of", "key"], name="ops_staff_fact_once"),
        ]
        indexes = [
            models.Index(fields=["of", "line"], name="ops_staff_fact_line"),
            models.Index(fields=["of", "post"], name="ops_staff_fact_post"),
        ]

    def __str__(self) -> str:
        return self.label
