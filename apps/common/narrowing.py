"""The form that narrows a list by a word and by choices."""

from django import forms


class NarrowingForm(forms.Form):
    """A field ``q`` of words and any number of choices; rubbish narrows nothing.

    Forms with dates, places or records say themselves what they give.
    """

    def wanted(self) -> dict[str, str]:
        """Will give what the list takes: ``text``, and each choice by its field; "" for all."""
        self.is_valid()
        given = {name: str(self.cleaned_data.get(name) or "").strip() for name in self.fields}
        return {"text": given.pop("q"), **given}
