"""Pictures of visits: behind the right, the purpose and the mask of what they show."""

from django.core import signing
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.common.models import StoredFile
from apps.registry.enums import FileKind
from apps.registry.models import RegistryFile, Visit
from apps.registry.selectors.care import get_enrolment, opening_of
from apps.registry.selectors.files import get_file

#: Where people live: their pictures are masked as their names are.
MASKED_KINDS = frozenset({FileKind.PERSON, FileKind.PREMISES})
PASS_SECONDS = 600
_SALT = "registry.visit_pictures"


def pictures_masked(file: RegistryFile) -> bool:
    """Will tell whether pictures of this file's visits are shown for a purpose only."""
    return file.kind in MASKED_KINDS


def picture_pass(viewer: User, file: RegistryFile) -> str:
    """Will make what a revealed page's pictures are asked for with; ten minutes, one person."""
    return signing.dumps([viewer.pk, file.pk], salt=_SALT)


def get_visit_picture(
    viewer: User, *, visit_id: int, picture_id: int, given_pass: str = ""
) -> StoredFile:
    """Will give a picture of a visit whose subject the viewer may see as it is.

    Of a special group: while the viewer's opening of the enrolment holds. Of a person or house:
    with the pass of a revealed page. Of the rest: whoever reaches the file.
    Raises: NotFound (none, or not for this viewer: the two are never told apart).
    """
    visit = Visit.objects.filter(pk=visit_id).select_related("file").first()
    if visit is None or not _may_see(viewer, visit, given_pass):
        raise _nothing()
    found = visit.pictures.filter(pk=picture_id).first()
    if found is None:
        raise _nothing()
    return found


def _may_see(viewer: User, visit: Visit, given_pass: str) -> bool:
    if visit.enrolment_id is not None:
        get_enrolment(viewer, visit.enrolment_id)
        return opening_of(viewer, visit.enrolment_id) is not None
    get_file(viewer, visit.file_id)
    return not pictures_masked(visit.file) or _passes(viewer, visit.file, given_pass)


def _passes(viewer: User, file: RegistryFile, given_pass: str) -> bool:
    try:
        owner = signing.loads(given_pass, salt=_SALT, max_age=PASS_SECONDS)
    except signing.BadSignature:
        return False
    return bool(owner == [viewer.pk, file.pk])


def _nothing() -> NotFound:
    return NotFound(_("没有这张照片，或您无权查看"))
