"""What agents are to say (话术), in versions that a second person approves. Source: HL-04."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.callcentre.enums import ScriptState
from apps.hotline.models import Line


class Script(models.Model):
    """A wording for a situation. line, class_code: empty means any."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    title = models.CharField(_("标题"), max_length=60)
    situation = models.CharField(_("适用情形"), max_length=100)
    line = models.ForeignKey(
        Line, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("热线")
    )
    class_code = models.CharField(_("诉求分类"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("话术")
        verbose_name_plural = _("话术")
        default_permissions = ()
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "title"], name="callcentre_script_once"),
        ]

    def __str__(self) -> str:
        return self.title


class ScriptVersion(models.Model):
    """One wording of a script. Who wrote it never approves it; one is in use."""

    script = models.ForeignKey(Script, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本号"))
    body = models.TextField(_("话术内容"), max_length=2000)
    state = models.CharField(
        _("状态"), max_length=10, choices=ScriptState, default=ScriptState.SUBMITTED
    )
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("编写人"))
    created_at = models.DateTimeField(_("编写时间"))
    ruled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审批人")
    )
    ruled_at = models.DateTimeField(_("审批时间"), null=True)

    class Meta:
        verbose_name = _("话术版本")
        verbose_name_plural = _("话术版本")
        default_permissions = ()
        ordering = ["script", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="callcentre_version_once"),
            models.UniqueConstraint(
                fields=["script"], condition=Q(state="approved"), name="callcentre_version_in_use"
            ),
            models.CheckConstraint(
                condition=Q(ruled_by__isnull=True) | ~Q(ruled_by=F("author")),
                name="callcentre_version_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script_id} v{self.number}"


class ScriptVote(models.Model):
    """Whether a wording helped one agent; the newest word counts."""

    version = models.ForeignKey(ScriptVersion, models.CASCADE, related_name="votes")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    is_useful = models.BooleanField(_("有用"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("话术反馈")
        verbose_name_plural = _("话术反馈")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["version", "user"], name="callcentre_vote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.is_useful}"
