"""What was granted, as a sealed document (ES-07)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.matters.models import Case, CaseEvent
from apps.seals.enums import UseState
from apps.seals.models import SealUse

#: Ends of a request after which another may be asked for.
_LOST = frozenset({UseState.REFUSED, UseState.WITHDRAWN, UseState.FAILED})


class ResultDocument(models.Model):
    """One output material of a granted case that is handed out under a seal.

    event: the grant. code, label, seal: of the definition then. number: of the document.
    person: who asked for the seal; None while nobody could (granted without a person).
    use: the request to seal; None until it is asked. trouble: why it could not be asked.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="result_documents")
    event = models.ForeignKey(CaseEvent, models.PROTECT, related_name="+")
    code = models.CharField(_("代码"), max_length=40)
    label = models.CharField(_("名称"), max_length=80)
    seal = models.CharField(_("印章编码"), max_length=20)
    number = models.CharField(_("证照或文书编号"), max_length=60, blank=True, default="")
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    use = models.OneToOneField(SealUse, models.PROTECT, null=True, related_name="result")
    trouble = models.CharField(_("未能申请用印的原因"), max_length=200, blank=True, default="")
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("结果文书")
        verbose_name_plural = _("结果文书")
        default_permissions = ()
        ordering = ["case", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "code"], name="result_document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.label}"

    @property
    def can_ask_again(self) -> bool:
        """Whether no request is under way and none was sealed."""
        return self.use is None or self.use.state in _LOST
