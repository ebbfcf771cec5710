import threading

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.common import outbox
from apps.common.errors import InvalidInput, NotFound
from apps.common.models import OutboxMessage
from apps.notices import selectors, services
from apps.notices.models import Notice
from tests.notices.factories import UserFactory, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return UserFactory()


def test_each_is_told_once_per_key(clerk):
    other = UserFactory()
    tell(clerk, clerk)
    tell(clerk, other)
    assert Notice.objects.count() == 2
    assert selectors.unread_count(clerk) == 1


def test_queryset_of_recipients_and_the_inactive_left_out(clerk):
    UserFactory(is_active=False)
    tell(*User.objects.all())
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_notice_never_leads_outside(clerk, url):
    with pytest.raises(InvalidInput):
        tell(clerk, url=url)


def test_long_words_are_cut(clerk):
    tell(clerk, title="长" * 300, body="长" * 900)
    assert len(Notice.objects.get().title) == 120


def test_push_is_ordered_with_the_row(clerk):
    tell(clerk)
    assert OutboxMessage.objects.get().payload == {"notice_ids": [Notice.objects.get().pk]}
    assert outbox.drain() == 1


def test_push_without_redis_is_no_failure(clerk, settings):
    layer = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": ["unix:///nowhere/redis.sock"]},
    }
    settings.CHANNEL_LAYERS = {"default": layer}
    tell(clerk)
    assert outbox.drain() == 1


def test_reading_counts_once(clerk):
    tell(clerk)
    notice = services.mark_read(clerk, notice_id=Notice.objects.get().pk)
    again = services.mark_read(clerk, notice_id=notice.pk)
    assert again.read_at == notice.read_at
    assert selectors.unread_count(clerk) == 0


def test_the_bell_counts_no_further_than_it_shows(clerk):
    other = UserFactory()
    tell(other)
    for number in range(selectors.MOST_ON_BELL + 5):
        tell(clerk, key=f"k{number}")
    assert selectors.bell_counts([clerk.pk, other.pk, clerk.pk]) == {
        clerk.pk: selectors.MOST_ON_BELL,
        other.pk: 1,
    }
    assert selectors.bell_counts([]) == {}
    assert selectors.unread_count(clerk) == selectors.MOST_ON_BELL + 5
    services.mark_all_read(other)
    assert selectors.bell_count(other) == 0


def test_notices_of_others_do_not_exist(clerk):
    tell(clerk)
    with pytest.raises(NotFound):
        services.mark_read(UserFactory(), notice_id=Notice.objects.get().pk)


def test_reading_all_of_one_kind(clerk):
    tell(clerk)
    tell(clerk, key="case-2", kind="clock")
    assert services.mark_all_read(clerk, kind="clock") == 1
    assert [n.kind for n in selectors.list_notices(clerk, unread=True)] == ["task"]
    assert selectors.list_kinds(clerk) == ["clock", "task"]


@pytest.mark.django_db(transaction=True)
def test_told_by_four_at_once_is_told_once():
    clerk, start = UserFactory(), threading.Barrier(4)

    def send() -> None:
        start.wait()
        tell(clerk)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notice.objects.count() == 1
