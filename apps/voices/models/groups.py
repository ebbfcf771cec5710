"""One problem, many voices: the case that is handled and those that wait for its result.

That a case waits for another is the engine's link (重复于); here stands who put them together,
why, and what all of them are answered. Rows follow the engine's events, whichever door the
merge came through.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.matters.models import Case


class VoiceGroup(models.Model):
    """The voices about one problem; ``main`` is the case that is handled.

    answer: words for every reporter, written by a person; empty: the main case's own public
    words, cleaned of its reporter. answer_number: rises with each new wording.
    """

    main = models.OneToOneField(Case, models.PROTECT, related_name="voice_group")
    opened_at = models.DateTimeField(_("建立时间"))
    opened_by_name = models.CharField(_("建立人"), max_length=100)
    answer = models.TextField(_("统一答复"), max_length=1000, blank=True, default="")
    answer_number = models.PositiveSmallIntegerField(_("答复版次"), default=0)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    answered_by_name = models.CharField(_("答复人"), max_length=100, blank=True, default="")

    class Meta:
        verbose_name = _("诉求群组")
        verbose_name_plural = _("诉求群组")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.main_id)


class Voice(models.Model):
    """A case that waits, or waited, for the result of the group's main case.

    score: likeness from 0 to 1 where the search proposed it; reasons: in words. left_at: when
    the merge was undone; the same case may join again, as a new row.
    """

    group = models.ForeignKey(VoiceGroup, models.PROTECT, related_name="voices")
    case = models.ForeignKey(Case, models.PROTECT, related_name="voices")
    joined_at = models.DateTimeField(_("并入时间"))
    joined_by_name = models.CharField(_("并入人"), max_length=100)
    reason = models.CharField(_("合并理由"), max_length=300, blank=True, default="")
    score = models.FloatField(_("相似度"), null=True)
    reasons = models.JSONField(_("依据"), default=list)
    is_late = models.BooleanField(_("结果出来后并入"), default=False)
    left_at = models.DateTimeField(_("拆出时间"), null=True)
    left_by_name = models.CharField(_("拆出人"), max_length=100, blank=True, default="")
    left_reason = models.CharField(_("拆出理由"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("诉求之声")
        verbose_name_plural = _("诉求之声")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="voice_in_one_group", condition=models.Q(left_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}:{self.case_id}"
