"""What the pages of this app share."""

from django import forms

from apps.common.files import store
from apps.common.models import StoredFile


def stored_of(form: forms.Form) -> tuple[StoredFile | None, str]:
    """Will keep the file of a valid form and give it with its name. Raises: InvalidInput."""
    upload = form.cleaned_data.get("file")
    if not upload:
        return None, ""
    return store(upload, allow=frozenset({"image", "document"})), str(upload.name)[:120]
