from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NlpConfig(AppConfig):
    name = "apps.nlp"
    label = "nlp"
    verbose_name = _("文本")

    def ready(self) -> None:
        from apps.nlp import checks  # noqa: F401  registers itself
