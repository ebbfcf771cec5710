from django.contrib import admin

from apps.nlp.models import ClassWord


@admin.register(ClassWord)
class ClassWordAdmin(admin.ModelAdmin):
    list_display = ["class_code", "word", "weight", "vocabulary"]
    list_editable = ["weight"]
    list_filter = ["vocabulary", "class_code"]
    search_fields = ["word", "class_code"]
