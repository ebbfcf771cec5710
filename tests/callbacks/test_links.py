"""HL-13, HL-14: who chose not to be called gets a link that is good for one answer."""

import re
from datetime import timedelta

import pytest

from apps.callbacks import services
from apps.callbacks.enums import TaskState, Way
from apps.callbacks.errors import LinkSpent
from apps.callbacks.models import Attempt, Link
from apps.common import clock
from apps.matters.models import Evaluation
from apps.notices.models import Delivery
from tests.callbacks.conftest import ELEVEN, answered, task_of


@pytest.fixture(autouse=True)
def at_eleven(settings):
    settings.PUBLIC_ADDRESS = "https://hotline.city.example"
    with clock.at(ELEVEN):
        yield


def sent_token(case) -> str:
    """Will give the token in the SMS that asked about a case."""
    message = Delivery.objects.get(key=f"callback:{task_of(case).pk}:link")
    found = re.search(r"https://hotline\.city\.example/citizen/callback/([\w-]+)/", message.text)
    assert found is not None
    return found[1]


def asked_by_link(town):
    case = answered(town, wants_callback=False)
    services.fill_pools()
    assert services.send_links() == 1
    return case


ANSWER = {"solved": "yes", "result_score": "5", "acceptance_score": "4", "comment": "谢谢"}


def test_the_link_is_sent_once_kept_as_a_digest_and_not_given_to_agents(town, pool):
    case = asked_by_link(town)
    assert services.send_links() == 0
    token = sent_token(case)
    assert not Link.objects.filter(token_digest=token).exists()
    assert services.find_link(token, address="10.0.0.1").task == task_of(case)
    assert services.claim_next(town.callback) is None


def test_the_citizen_answers_once_and_is_told_so_ever_after(town, pool, client):
    case = asked_by_link(town)
    address = f"/citizen/callback/{sent_token(case)}/"
    shown = client.get(address)
    assert shown.status_code == 200
    assert shown["Referrer-Policy"] == "no-referrer"
    assert "13812345678" not in shown.content.decode()
    assert client.post(address, ANSWER).status_code == 200
    case.refresh_from_db()
    assert case.is_ended
    assert client.post(address, ANSWER | {"result_score": "1"}).status_code == 410
    assert "您已经评价过" in client.get(address).content.decode()
    task = task_of(case)
    assert (task.state, task.result_score, task.attempts.get().way) == (
        TaskState.DONE,
        5,
        Way.LINK,
    )
    assert Evaluation.objects.filter(case=case, target="result").count() == 1


def test_a_dissatisfied_answer_by_link_sends_the_case_round(town, pool, client):
    case = asked_by_link(town)
    address = f"/citizen/callback/{sent_token(case)}/"
    bare = client.post(address, {"solved": "no", "result_score": "1"})
    assert bare.status_code == 422
    assert "请写明原因" in bare.content.decode()
    done = client.post(address, {"solved": "no", "result_score": "1", "comment": "没修"})
    case.refresh_from_db()
    assert "重新办理" in done.content.decode()
    assert (case.round, case.is_ended) == (2, False)


def test_an_unanswered_link_becomes_a_call_and_is_good_for_nothing_more(town, pool, client):
    case = asked_by_link(town)
    token = sent_token(case)
    with clock.at(ELEVEN + timedelta(hours=73)):
        link = services.find_link(token, address="10.0.0.1")
        with pytest.raises(LinkSpent):
            services.answer_link(link_id=link.pk, answer=services.Answer("reached", True, 5))
        assert services.give_up_links() == 1
        assert services.give_up_links() == 0
        assert client.get(f"/citizen/callback/{token}/").status_code == 410
        assert services.claim_next(town.callback) == task_of(case)
    assert not Attempt.objects.exists()


def test_nothing_is_found_for_a_made_up_address_and_guessing_is_limited(town, pool, client):
    asked_by_link(town)
    answers = [client.get(f"/citizen/callback/{'x' * 43}/").status_code for _ in range(62)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_without_an_address_for_citizens_everybody_is_called(town, pool, settings):
    settings.PUBLIC_ADDRESS = ""
    case = answered(town, wants_callback=False)
    services.fill_pools()
    assert task_of(case).way == Way.VOICE
