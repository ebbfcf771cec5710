"""Word lists, kept by staff, from which proposals are made."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Vocabulary(models.TextChoices):
    """What a word points at."""

    CLASS = "class", _("诉求类别")
    NATURE = "nature", _("诉求性质")


class ClassWord(models.Model):
    """A word that speaks for a code. weight: 1 hints, 3 nearly decides, negative speaks against."""

    vocabulary = models.CharField(
        _("词表"), max_length=10, choices=Vocabulary, default=Vocabulary.CLASS
    )
    class_code = models.CharField(_("代码"), max_length=40)
    word = models.CharField(_("词语"), max_length=40)
    weight = models.DecimalField(_("权重"), max_digits=4, decimal_places=1, default=1)

    class Meta:
        verbose_name = _("分类词语")
        verbose_name_plural = _("分类词语")
        ordering = ["vocabulary", "class_code", "word"]
        permissions = [("edit_words", _("维护分类词表"))]
        constraints = [
            models.UniqueConstraint(
                fields=["vocabulary", "class_code", "word"], name="class_word_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.class_code}:{self.word}"
