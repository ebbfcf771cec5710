"""What every form of the gateway has."""

from typing import Any

from django import forms


class Styled(forms.Form):
    """Gives every widget the class its kind has in the page's style sheet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            name = "form-control"
            if isinstance(field.widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
                continue
            if isinstance(field.widget, forms.CheckboxInput):
                name = "form-check-input"
            elif isinstance(field.widget, forms.Select):
                name = "form-select"
            field.widget.attrs.setdefault("class", name)
