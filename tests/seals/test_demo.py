"""The demo city has seals in every state of note, documents sealed, waiting and refused."""

from datetime import timedelta

from apps.accounts.models import Appointment, Post, Role, User
from apps.accounts.services import seed_roles
from apps.common import clock
from apps.demo.stages.seals import load_seals
from apps.seals import services
from apps.seals.models import KeyMedium, Seal, SealUse
from tests.cast import SINCE, Cast
from tests.seals.factories import content_of


def test_the_demo_seals_and_verifies(cast: Cast) -> None:
    seed_roles()
    for name in ("applicant", "approver", "keeper", "user"):
        user = User.objects.create_user(username=f"seal-{name}1", full_name=f"印{name}")
        post = Post.objects.create(organization=cast.center, name=f"印章{name}")
        post.roles.add(Role.objects.get(code=f"seal_{name}"))
        Appointment.objects.create(user=user, post=post, from_on=SINCE)
    load_seals(unit_code=cast.center.code, until=clock.now() - timedelta(minutes=1))
    assert sorted(SealUse.objects.values_list("state", flat=True)) == [
        "refused", "sealed", "sealed", "waiting",
    ]  # fmt: skip
    assert sorted(Seal.objects.values_list("state", flat=True)) == [
        "active", "active", "approved", "suspended",
    ]  # fmt: skip
    assert KeyMedium.objects.count() == 2
    for form, count in (("pdf", 2), ("ofd", 1)):
        sealed = SealUse.objects.get(state="sealed", form=form)
        found = services.verify_bytes(content_of(sealed))
        assert (len(found.verdicts), found.is_good) == (count, True)
