"""Decision tables, their versions, their test cases, and the record of every decision."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.common.models import TimeStamped
from apps.rules.enums import HitPolicyChoice, Standing, VersionState


class RuleTable(TimeStamped):
    """One question the city answers by rules, for example "which unit handles this".

    vocabulary: code of a registered ``Vocabulary``. tenant: null for the whole city.
    Source: RU-01, RU-08.
    """

    code = models.SlugField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    vocabulary = models.CharField(_("词汇表"), max_length=60)
    purpose = models.CharField(_("用途"), max_length=300, blank=True, default="")
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("租户")
    )

    class Meta:
        verbose_name = _("规则表")
        verbose_name_plural = _("规则表")
        ordering = ["code"]
        default_permissions = ("view",)
        permissions = [
            ("edit_rules", _("编写规则")),
            ("publish_rules", _("复核并发布规则")),
        ]

    def __str__(self) -> str:
        return self.name


class TsTzRange(models.Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class RuleTableVersion(TimeStamped):
    """One wording of a table; unchangeable once submitted (trigger, migration 0002).

    body: as ``engine.table.Table.parse`` reads it. revision: grows with every save of a draft.
    Valid from ``effective_from`` (included) to ``effective_until`` (excluded, null: open); the
    database keeps two versions of a table from being valid at one moment, and the author from
    being the reviewer (双人复核).
    """

    table = models.ForeignKey(RuleTable, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本号"))
    state = models.CharField(_("状态"), max_length=10, choices=VersionState, default="draft")
    hit_policy = models.CharField(_("命中策略"), max_length=12, choices=HitPolicyChoice)
    body = models.JSONField(_("内容"))
    revision = models.PositiveIntegerField(_("修订次数"), default=1)
    note = models.CharField(_("变更说明"), max_length=500, blank=True, default="")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("编写人"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    reviewer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    review_note = models.CharField(_("复核意见"), max_length=500, blank=True, default="")
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    effective_from = models.DateTimeField(_("生效时间"), null=True, blank=True)
    effective_until = models.DateTimeField(_("失效时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("规则表版本")
        verbose_name_plural = _("规则表版本")
        ordering = ["table", "-number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["table", "number"], name="rule_version_number_once"),
            models.CheckConstraint(
                condition=models.Q(reviewer__isnull=True) | ~models.Q(reviewer=models.F("author")),
                name="rule_version_second_person",
                violation_error_message=_("编写人不能复核自己的版本"),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "testing"])
                | models.Q(
                    reviewer__isnull=False,
                    published_at__isnull=False,
                    effective_from__isnull=False,
                ),
                name="rule_version_published_whole",
            ),
            ExclusionConstraint(
                name="rule_version_one_in_force",
                expressions=[
                    ("table", RangeOperators.EQUAL),
                    (TsTzRange("effective_from", "effective_until"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state__in=["published", "retired"]),
            ),
        ]

    def __str__(self) -> str:
        return _("%(table)s 第%(number)s版") % {"table": self.table, "number": self.number}

    def standing(self, at: datetime) -> Standing:
        """What this version means at ``at`` (aware)."""
        if self.state in (VersionState.DRAFT, VersionState.TESTING):
            return Standing(self.state)
        if self.effective_until is not None and self.effective_until <= at:
            return Standing.ENDED
        if self.effective_from is not None and self.effective_from > at:
            return Standing.SCHEDULED
        return Standing.IN_FORCE


class RuleDraftStep(models.Model):
    """A wording the draft had before a change, for taking the change back.

    revision: of the draft when it read so. Only the newest few are kept, and none once the
    draft is submitted.
    """

    version = models.ForeignKey(RuleTableVersion, models.CASCADE, related_name="steps")
    revision = models.PositiveIntegerField(_("修订次数"))
    body = models.JSONField(_("内容"))

    class Meta:
        verbose_name = _("草稿的上一步")
        verbose_name_plural = _("草稿的上一步")
        ordering = ["version", "-revision"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["version", "revision"], name="rule_draft_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} r{self.revision}"


class RuleTestCase(TimeStamped):
    """An example the table must answer rightly before it may be submitted.

    facts: plain facts. expected: the outputs of the rows that speak, in order; [] for none.
    """

    table = models.ForeignKey(RuleTable, models.CASCADE, related_name="test_cases")
    name = models.CharField(_("名称"), max_length=80)
    facts = models.JSONField(_("输入"))
    expected = models.JSONField(_("应得结果"))
    author = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("规则测试用例")
        verbose_name_plural = _("规则测试用例")
        ordering = ["table", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["table", "name"], name="rule_test_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Decision(models.Model):
    """What a table said on a subject: input, row and result, never changed (trigger).

    subject: "case:123". matched_rows: row keys in the table's order, empty when no row fits.
    outputs: one dict per matched row. Source: RU-08.
    """

    table_code = models.CharField(_("规则表"), max_length=60)
    table_version = models.ForeignKey(
        RuleTableVersion, models.PROTECT, related_name="decisions", verbose_name=_("版本")
    )
    subject = models.CharField(_("对象"), max_length=80)
    facts = models.JSONField(_("输入"))
    matched_rows = models.JSONField(_("命中行"))
    outputs = models.JSONField(_("结果"))
    explanation = models.TextField(_("说明"))
    duration_us = models.PositiveIntegerField(_("用时（微秒）"))
    at = models.DateTimeField(_("时间"))
    actor_name = models.CharField(_("操作人"), max_length=100)

    class Meta:
        verbose_name = _("规则决定")
        verbose_name_plural = _("规则决定")
        default_permissions = ()
        indexes = [
            models.Index(fields=["subject", "-id"], name="rule_decision_subject"),
            models.Index(fields=["table_code", "-id"], name="rule_decision_table"),
        ]

    def __str__(self) -> str:
        return f"{self.table_code} {self.subject}"
