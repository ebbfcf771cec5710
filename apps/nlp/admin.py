"""Words in the console: those that warn take two people, those that propose a class one."""

from django.contrib import admin

from apps.common.console.admins import AuditedAdmin, TwoPersonAdmin
from apps.nlp.models import ClassWord, DangerWord
from apps.nlp.permissions import EDIT_WORDS


@admin.register(ClassWord)
class ClassWordAdmin(AuditedAdmin):
    """One person: a word only moves a proposal that somebody looks at and may turn down."""

    right = EDIT_WORDS
    list_display = ["class_code", "word", "weight", "vocabulary"]
    list_editable = ["weight"]
    list_filter = ["vocabulary", "class_code"]
    search_fields = ["word", "class_code"]


@admin.register(DangerWord)
class DangerWordAdmin(TwoPersonAdmin):
    """A word taken out here is a call for help that nobody is told of."""

    right = EDIT_WORDS
    list_display = ["kind", "word", "severity", "unless"]
    list_filter = ["kind", "severity"]
    search_fields = ["word"]
