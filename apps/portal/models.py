"""What a person has arranged for themselves. Nothing here is business data."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ViewPreference(models.Model):
    """How one user wants one list.

    data: {"density": str, "shown": [key], "hidden": [key], "filters": [{"name", "query"}]};
    a column in neither list is new to this user and follows its definition.
    view: the list's code, chosen by its page, for example "queue-dispatch".
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    view = models.SlugField(_("列表"), max_length=60)
    data = models.JSONField(_("内容"), default=dict)

    class Meta:
        verbose_name = _("界面偏好")
        verbose_name_plural = _("界面偏好")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "view"], name="view_preference_once"),
        ]

    def __str__(self) -> str:
        return self.view
