"""Forms of map data."""

from apps.geodata.forms.city_models import (
    CityModelForm,
    CityModelNewForm,
    LinksFileForm,
    ModelLinkForm,
)
from apps.geodata.forms.imported import (
    AnalysisForm,
    ConfirmForm,
    DatasetForm,
    FieldForm,
    FieldFormSet,
    ReasonForm,
    RereadForm,
    SwitchForm,
    UploadForm,
    field_initial,
)
from apps.geodata.forms.spatial import (
    ColumnForm,
    ColumnFormSet,
    ReadingForm,
    RelationForm,
    ViewEditForm,
    ViewForm,
    column_initial,
)

__all__ = [
    "AnalysisForm",
    "CityModelForm",
    "CityModelNewForm",
    "ColumnForm",
    "ColumnFormSet",
    "ConfirmForm",
    "DatasetForm",
    "FieldForm",
    "FieldFormSet",
    "LinksFileForm",
    "ModelLinkForm",
    "ReadingForm",
    "ReasonForm",
    "RelationForm",
    "RereadForm",
    "SwitchForm",
    "UploadForm",
    "ViewEditForm",
    "ViewForm",
    "column_initial",
    "field_initial",
]
