"""Topics: what many speak of, from its detection to the case that is made of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant
from apps.matters.models import Case
from apps.places.models import Area
from apps.voices.enums import LIVE_TOPICS, DismissReason, TopicSource, TopicState


class Topic(models.Model):
    """One thing many speak of.

    key: what it is told by again: "spot:<area>:<class>" or "phrase:<words>". why: the sentence
    of its detection. unit: proposed by the list of responsibilities, set by who confirms.
    reporters: distinct people among its reports. case: what was made of it (未诉先办).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    source = models.CharField(_("来源"), max_length=8, choices=TopicSource)
    key = models.CharField(_("标识"), max_length=120)
    name = models.CharField(_("专题名称"), max_length=60)
    state = models.CharField(
        _("状态"), max_length=9, choices=TopicState, default=TopicState.DETECTED
    )
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    area_path = models.CharField(_("区域路径"), max_length=200, blank=True, default="")
    class_code = models.CharField(_("分类"), max_length=40, blank=True, default="")
    class_label = models.CharField(_("分类名称"), max_length=80, blank=True, default="")
    phrase = models.CharField(_("升温词"), max_length=20, blank=True, default="")
    why = models.CharField(_("依据"), max_length=300)
    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    unit_path = models.CharField(_("单位路径"), max_length=200, blank=True, default="")
    unit_why = models.CharField(_("单位依据"), max_length=400, blank=True, default="")
    reports = models.PositiveIntegerField(_("诉求数"), default=0)
    reporters = models.PositiveIntegerField(_("反映人数"), default=0)
    first_on = models.DateField(_("首次发现"))
    last_on = models.DateField(_("最近发现"))
    found_at = models.DateTimeField(_("发现时间"))
    changed_at = models.DateTimeField(_("变更时间"))
    confirmed_by_name = models.CharField(_("确认人"), max_length=100, blank=True, default="")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="topic")
    dismiss_reason = models.CharField(
        _("排除原因"), max_length=7, choices=DismissReason, blank=True, default=""
    )
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("诉求专题")
        verbose_name_plural = _("诉求专题")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="topic_live_once",
                condition=models.Q(state__in=[state.value for state in LIVE_TOPICS]),
            )
        ]
        indexes = [models.Index(fields=["tenant", "state", "-last_on"], name="topic_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Whether new reports still join it."""
        return self.state in LIVE_TOPICS


class TopicReport(models.Model):
    """A case that speaks of a topic."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="found")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(_("归入时间"))

    class Meta:
        verbose_name = _("专题诉求")
        verbose_name_plural = _("专题诉求")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["topic", "case"], name="topic_report_once")]

    def __str__(self) -> str:
        return f"{self.topic_id}:{self.case_id}"
