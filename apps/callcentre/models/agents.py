"""Agents, what they can, what they did, and their parts of calls. Source: HL-04, HL-09."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.callcentre.enums import BreakReason, Language, MarkKind, PresenceState
from apps.hotline.enums import LegRole
from apps.hotline.models import Call, Line


def span_of() -> Func:
    """Will give the span of a row with ``begins_at`` and ``ends_at``, the end left out."""
    return Func(
        F("begins_at"),
        F("ends_at"),
        RangeBoundary(),
        function="TSTZRANGE",
        output_field=DateTimeRangeField(),
    )


class AgentGroup(models.Model):
    """A group of agents with one shift leader's rules.

    wrap_s: so long an agent may write after a call before the next one is offered. ring_s: so
    long a call rings at one agent before it is offered to another.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=40)
    wrap_s = models.PositiveSmallIntegerField(_("话后整理上限（秒）"), default=60)
    ring_s = models.PositiveSmallIntegerField(_("振铃上限（秒）"), default=15)

    class Meta:
        verbose_name = _("话务组")
        verbose_name_plural = _("话务组")
        default_permissions = ()
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="callcentre_group_once"),
            models.CheckConstraint(
                condition=Q(wrap_s__lte=1800) & Q(ring_s__gte=5, ring_s__lte=120),
                name="callcentre_group_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """Somebody who answers calls, with a number the callers are told.

    place: where the agent sits now, empty while off: one at a time. Whoever writes marks,
    parts of calls or spans of an agent locks this row first.
    """

    user = models.OneToOneField(User, models.PROTECT, related_name="agent")
    group = models.ForeignKey(
        AgentGroup, models.PROTECT, related_name="agents", verbose_name=_("话务组")
    )
    number = models.CharField(_("话务工号"), max_length=12)
    place = models.CharField(_("座席位"), max_length=30, blank=True, default="")
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("话务员")
        verbose_name_plural = _("话务员")
        default_permissions = ()
        permissions = [
            ("lead_agents", _("管理话务员、排班和质检标准")),
            ("view_wallboard", _("查看话务看板和话务报表")),
            ("inspect_calls", _("话务质检")),
            ("write_scripts", _("编写话术")),
            ("approve_scripts", _("审批话术")),
        ]
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["group", "number"], name="callcentre_number_once"),
            models.UniqueConstraint(
                fields=["group", "place"], condition=~Q(place=""), name="callcentre_place_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.user.full_name}"


class Skill(models.Model):
    """What an agent can answer. line: null, every line. level: 1 learner to 5 expert."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="skills")
    line = models.ForeignKey(
        Line, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("热线")
    )
    language = models.CharField(
        _("语言"), max_length=16, choices=Language, blank=True, default=Language.ANY
    )
    level = models.PositiveSmallIntegerField(_("等级"), default=3)

    class Meta:
        verbose_name = _("技能")
        verbose_name_plural = _("技能")
        default_permissions = ()
        ordering = ["agent", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "line", "language"],
                name="callcentre_skill_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=5), name="callcentre_skill_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.line_id} {self.language} {self.level}"


class Mark(models.Model):
    """What an agent, or the shift leader for one, said at a moment. Never changed."""

    agent = models.ForeignKey(Agent, models.PROTECT, related_name="marks")
    at = models.DateTimeField(_("时间"))
    kind = models.CharField(_("操作"), max_length=8, choices=MarkKind)
    reason = models.CharField(
        _("小休原因"), max_length=10, choices=BreakReason, blank=True, default=BreakReason.NONE
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("操作人"))

    class Meta:
        verbose_name = _("座席操作")
        verbose_name_plural = _("座席操作")
        default_permissions = ()
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "at", "kind", "reason"], name="callcentre_mark_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.kind} {self.at:%H:%M:%S}"


class Leg(models.Model):
    """One agent's part of a call: from ringing there to leaving it or the call's end.

    key: the exchange's name of it. left_at: reported; ended_at: the earlier of that and the
    call's end. holds: [moment, "held" or "resumed"], sorted, each once. wrap_s: what the
    agent may write afterwards, as the group said then. why: how the agent was chosen
    (``services.routing``), empty where nobody chose.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="legs")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="legs")
    key = models.CharField(_("标识"), max_length=80)
    role = models.CharField(_("角色"), max_length=10, choices=LegRole, default=LegRole.FIRST)
    rang_at = models.DateTimeField(_("振铃时间"))
    answered_at = models.DateTimeField(_("接听时间"), null=True)
    joined_at = models.DateTimeField(_("加入时间"), null=True)
    left_at = models.DateTimeField(_("离开时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    holds = models.JSONField(_("保持记录"), default=list, blank=True)
    wrap_s = models.PositiveSmallIntegerField(_("话后整理上限（秒）"))
    why = models.JSONField(_("选派理由"), default=dict, blank=True)

    class Meta:
        verbose_name = _("通话段")
        verbose_name_plural = _("通话段")
        default_permissions = ()
        ordering = ["rang_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["call", "key"], name="callcentre_leg_once"),
        ]
        indexes = [models.Index(fields=["agent", "rang_at"], name="callcentre_leg_agent")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.key}"


class Presence(models.Model):
    """What an agent did from a moment to another; without gaps and overlaps.

    Made from marks and parts of calls (``presence.fold``), so that events which come late or
    twice give the same spans. ends_at null: still so.
    """

    agent = models.ForeignKey(Agent, models.PROTECT, related_name="presences")
    state = models.CharField(_("状态"), max_length=8, choices=PresenceState)
    reason = models.CharField(
        _("小休原因"), max_length=10, choices=BreakReason, blank=True, default=BreakReason.NONE
    )
    begins_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"), null=True)
    leg = models.ForeignKey(Leg, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("座席状态")
        verbose_name_plural = _("座席状态")
        default_permissions = ()
        ordering = ["begins_at", "pk"]
        constraints = [
            ExclusionConstraint(
                name="callcentre_presence_one_at_a_time",
                expressions=[
                    ("agent", RangeOperators.EQUAL),
                    (span_of(), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("begins_at")),
                name="callcentre_presence_has_length",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agent"], condition=Q(ends_at__isnull=True), name="callcentre_presence_now"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.state} {self.begins_at:%H:%M:%S}"


class CallNote(models.Model):
    """What the call centre knows of a call beyond the hotline's record.

    language: as the caller chose. score: 1 to 5, the first key the caller pressed, about
    scored_agent. scored_fed: the score stands with the case as well (HL-13).
    """

    call = models.OneToOneField(Call, models.PROTECT, related_name="note")
    language = models.CharField(
        _("语言"), max_length=16, choices=Language, blank=True, default=Language.ANY
    )
    score = models.PositiveSmallIntegerField(_("按键评价"), null=True)
    scored_at = models.DateTimeField(_("评价时间"), null=True)
    scored_agent = models.ForeignKey(Agent, models.PROTECT, null=True, related_name="scores")
    is_fed = models.BooleanField(_("已记入办件评价"), default=False)

    class Meta:
        verbose_name = _("通话附注")
        verbose_name_plural = _("通话附注")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5),
                name="callcentre_score_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self.call_id)
