"""Which cases are called back, when, by which questions: data, not code. Source: HL-14, HL-17."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.callbacks.enums import RedoRule, ScriptState, Takes


class Script(models.Model):
    """One version of what is said and asked.

    code: the same for all versions. body: a definition of ``common.forms_data`` with the
    questions beside the four every call-back asks; checked before it is published, never
    changed afterwards.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    code = models.SlugField(_("代码"), max_length=40)
    number = models.PositiveIntegerField(_("版本号"))
    name = models.CharField(_("名称"), max_length=60)
    greeting = models.TextField(_("开场白"), max_length=1000)
    closing = models.TextField(_("结束语"), max_length=1000, blank=True, default="")
    body = models.JSONField(_("问题"), default=dict)
    state = models.CharField(
        _("状态"), max_length=10, choices=ScriptState, default=ScriptState.DRAFT
    )
    written_at = models.DateTimeField(_("编写时间"))
    written_by_name = models.CharField(_("编写人"), max_length=100)

    class Meta:
        verbose_name = _("回访问卷")
        verbose_name_plural = _("回访问卷")
        default_permissions = ()
        ordering = ["tenant", "code", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "code", "number"], name="callback_script_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Pool(models.Model):
    """Which cases are called back; a case goes to the first pool that wants it.

    takes: answered ones that wait for it, or closed ones nobody was called about (抽查).
    class_codes, channels: any of them, a class with those below it; empty: all. units: the same
    with the units below. first_round: 2 takes only what was done again. score_most: only where
    the citizen's last score of the result was this or lower. share_percent, seed: the sample;
    who is drawn follows from the seed and the case, so it can be shown again. earliest_h,
    latest_h: hours after the unit's answer, of closed ones after the end. from_time, to_time:
    local hours of calling. tries: calls before "not reached" is final. link_h: how long the link
    in an SMS is good.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=60)
    script_code = models.SlugField(_("回访问卷"), max_length=40)
    takes = models.CharField(
        _("抽取对象"),
        max_length=8,
        choices=Takes,
        default=Takes.ANSWERED,
        db_default=Takes.ANSWERED,
    )
    class_codes = models.JSONField(_("诉求分类"), default=list, blank=True)
    channels = models.JSONField(_("来源渠道"), default=list, blank=True)
    units = models.ManyToManyField(
        Organization, blank=True, related_name="+", verbose_name=_("承办单位")
    )
    first_round = models.PositiveSmallIntegerField(_("办理轮次不低于"), default=1)
    score_most = models.PositiveSmallIntegerField(_("市民评分不高于"), null=True, blank=True)
    share_percent = models.PositiveSmallIntegerField(_("抽取比例（%）"), default=100)
    seed = models.CharField(_("抽样种子"), max_length=32)
    earliest_h = models.PositiveSmallIntegerField(_("最早（小时）"), default=0)
    latest_h = models.PositiveSmallIntegerField(_("最迟（小时）"), default=72)
    from_time = models.TimeField(_("每日开始"))
    to_time = models.TimeField(_("每日结束"))
    tries = models.PositiveSmallIntegerField(_("最多拨打次数"), default=3)
    redo_rule = models.CharField(
        _("自动重办"), max_length=12, choices=RedoRule, default=RedoRule.EITHER
    )
    link_h = models.PositiveSmallIntegerField(_("短信链接有效（小时）"), default=72)
    priority = models.PositiveSmallIntegerField(_("优先级"), default=5)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("建立时间"))

    class Meta:
        verbose_name = _("回访池")
        verbose_name_plural = _("回访池")
        default_permissions = ()
        permissions = [
            ("manage_pools", _("管理回访池、问卷和回访任务")),
            ("view_callbacks", _("查看回访进度与结果")),
        ]
        ordering = ["tenant", "-priority", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="callback_pool_once"),
            models.CheckConstraint(
                condition=Q(share_percent__gte=1, share_percent__lte=100)
                & Q(tries__gte=1, tries__lte=9)
                & Q(priority__gte=1, priority__lte=9)
                & Q(earliest_h__lt=F("latest_h"))
                & Q(from_time__lt=F("to_time"))
                & Q(link_h__gte=1, link_h__lte=720),
                name="callback_pool_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name
