"""Shape and conversion of what applicants and colleagues type."""

from apps.guides.forms.applying import (
    ApplyForms,
    SearchForm,
    TrackForm,
    WithdrawForm,
    who_definition,
)
from apps.guides.forms.items import ItemEditor
from apps.guides.forms.office import PublishForm, RetireForm, ReviewForm, SwitchForm
from apps.guides.forms.planning import JointBasicsForm, NewJointForm, PlanFileForm, TitleForm
from apps.guides.forms.questions import ConclusionEditor, QuestionEditor

__all__ = [
    "ApplyForms",
    "ConclusionEditor",
    "ItemEditor",
    "JointBasicsForm",
    "NewJointForm",
    "PlanFileForm",
    "PublishForm",
    "QuestionEditor",
    "RetireForm",
    "ReviewForm",
    "SearchForm",
    "SwitchForm",
    "TitleForm",
    "TrackForm",
    "WithdrawForm",
    "who_definition",
]
