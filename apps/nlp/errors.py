"""What a text model can refuse.

DomainError
`-- Refused
    |-- ModelDamaged       its bytes are not those that were kept
    `-- TooFewExamples     there is nothing to tell apart
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused


class ModelDamaged(Refused):
    """The bytes of a text model are not those that were kept."""

    code = "model_damaged"

    def __init__(self) -> None:
        super().__init__(_("文本模型与留存的摘要不符，不能使用"))


class TooFewExamples(Refused):
    """Fewer than two classes have enough confirmed examples."""

    code = "too_few_examples"

    def __init__(self) -> None:
        super().__init__(_("至少两个类别各有 8 条可用样本才能训练"))
