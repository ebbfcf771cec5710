"""Who may open a page of the console: whoever holds the right its pages of the portal ask for.

Django's own rights per model are given to nobody: a role says what somebody may do in the words
of the field. That somebody may enter the console at all is said at the person (``is_staff``).
Source: PT-15.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest


class ByRight:
    """Mixed into pages and into rows below them. right: "app.codename" that opens and writes."""

    right: ClassVar[str]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(self.right))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(self.right))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(self.right))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(self.right))


class LookOnlyAdmin(ByRight, admin.ModelAdmin):
    """Shows rows; services and the pages of the portal write them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
