from django.contrib import admin

from apps.nlp.models import ClassWord, DangerWord


@admin.register(ClassWord)
class ClassWordAdmin(admin.ModelAdmin):
    list_display = ["class_code", "word", "weight", "vocabulary"]
    list_editable = ["weight"]
    list_filter = ["vocabulary", "class_code"]
    search_fields = ["word", "class_code"]


@admin.register(DangerWord)
class DangerWordAdmin(admin.ModelAdmin):
    list_display = ["kind", "word", "severity", "unless"]
    list_editable = ["severity", "unless"]
    list_filter = ["kind", "severity"]
    search_fields = ["word"]
