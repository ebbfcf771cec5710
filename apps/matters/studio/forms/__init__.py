"""One form per part of a definition. ``row()`` and ``part()`` give what goes into the body.

``base``: what they share. ``process``: states, actors, actions, clocks. ``papers``: materials
and form fields. ``splits``: parts and calls. ``links``: what is referred to by name. ``single``:
parts that are one form. ``pages``: forms of the pages around a definition.
"""

from typing import Any

from apps.matters.studio.forms.base import PartForm, RowForm, Surroundings
from apps.matters.studio.forms.links import (
    InputForm,
    LegalItemForm,
    SubscriptionForm,
    TableForm,
)
from apps.matters.studio.forms.pages import FilterForm, ImportForm, MatterTypeForm, dress
from apps.matters.studio.forms.papers import FieldForm, MaterialInForm, MaterialOutForm
from apps.matters.studio.forms.process import ActionForm, ActorForm, ClockForm, StateForm
from apps.matters.studio.forms.single import BasicForm, KindForm, PoliciesForm
from apps.matters.studio.forms.splits import CallForm, SplitForm

__all__ = [
    "PART_FORMS",
    "ROW_FORMS",
    "FilterForm",
    "ImportForm",
    "MatterTypeForm",
    "PartForm",
    "RowForm",
    "Surroundings",
    "dress",
]

ROW_FORMS: dict[str, type[RowForm]] = {
    form.section: form
    for form in (
        StateForm,
        ActorForm,
        ActionForm,
        SplitForm,
        CallForm,
        ClockForm,
        MaterialInForm,
        MaterialOutForm,
        FieldForm,
        TableForm,
        SubscriptionForm,
        LegalItemForm,
        InputForm,
    )
}
PART_FORMS: dict[str, type[Any]] = {
    "basic": BasicForm,
    "kind_parts": KindForm,
    "policies": PoliciesForm,
}
