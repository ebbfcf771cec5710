"""Applications of edge nodes: their versions, what runs where, every roll-out. Source: IO-19."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.places.models import Area
from apps.polling.enums import InstallState, RolloutKind, RolloutOutcome
from apps.polling.models.edge import EdgeNode


class EdgeApplication(models.Model):
    """A program that runs on edge nodes. code: what nodes call it."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("边缘应用")
        verbose_name_plural = _("边缘应用")
        default_permissions = ()
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class EdgeRelease(models.Model):
    """A version of an application. It is never changed, only withdrawn.

    digest: SHA-256 of the package, lower-case hexadecimal, which nodes check before they run it.
    source: where nodes fetch the package, inside the city's network.
    """

    application = models.ForeignKey(
        EdgeApplication, models.PROTECT, related_name="releases", verbose_name=_("边缘应用")
    )
    version = models.CharField(_("版本"), max_length=40)
    digest = models.CharField(_("摘要"), max_length=64)
    source = models.CharField(_("获取地址"), max_length=300)
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    added_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )
    added_at = models.DateTimeField(_("登记时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)

    class Meta:
        verbose_name = _("应用版本")
        verbose_name_plural = _("应用版本")
        default_permissions = ()
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "version"], name="polling_release_once"),
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="polling_release_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.version}"


class EdgeInstall(models.Model):
    """What shall run on a node, and what the node says that runs.

    wanted: None: nothing of it shall run. running: the version it last named, "" for none.
    """

    node = models.ForeignKey(
        EdgeNode, models.CASCADE, related_name="installs", verbose_name=_("边缘节点")
    )
    application = models.ForeignKey(
        EdgeApplication, models.PROTECT, related_name="installs", verbose_name=_("边缘应用")
    )
    wanted = models.ForeignKey(
        EdgeRelease, models.PROTECT, null=True, related_name="+", verbose_name=_("应运行版本")
    )
    running = models.CharField(_("正在运行"), max_length=40, blank=True, default="")
    state = models.CharField(
        _("状态"), max_length=8, choices=InstallState.choices, default=InstallState.WAITING
    )
    error = models.CharField(_("错误"), max_length=300, blank=True, default="")
    told_at = models.DateTimeField(_("节点上报时间"), null=True)

    class Meta:
        verbose_name = _("节点上的应用")
        verbose_name_plural = _("节点上的应用")
        default_permissions = ()
        ordering = ["node__code"]
        constraints = [
            models.UniqueConstraint(fields=["node", "application"], name="polling_install_once"),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} {self.application_id}"


class EdgeRollout(models.Model):
    """A version ordered for a node, and what came of it. before, after: None for nothing.

    At most one waits for each install: what is ordered later supersedes it.
    """

    install = models.ForeignKey(
        EdgeInstall, models.CASCADE, related_name="rollouts", verbose_name=_("节点上的应用")
    )
    kind = models.CharField(_("方式"), max_length=8, choices=RolloutKind.choices)
    before = models.ForeignKey(
        EdgeRelease, models.PROTECT, null=True, related_name="+", verbose_name=_("原版本")
    )
    after = models.ForeignKey(
        EdgeRelease, models.PROTECT, null=True, related_name="+", verbose_name=_("新版本")
    )
    ordered_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("下发人")
    )
    ordered_at = models.DateTimeField(_("下发时间"))
    outcome = models.CharField(
        _("结果"), max_length=10, choices=RolloutOutcome.choices, default=RolloutOutcome.WAITING
    )
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    error = models.CharField(_("错误"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("应用下发")
        verbose_name_plural = _("应用下发")
        default_permissions = ()
        ordering = ["-ordered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["install"], condition=Q(outcome="waiting"), name="polling_rollout_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.install_id} {self.kind}"
