"""What the demo city's logs show."""

from apps.alarms.models import Alarm
from apps.common import clock
from apps.demo.stages.journals import load_journals
from apps.journals.models import Deviation, Line
from tests.cast import Cast
from tests.journals import factories as make


def test_the_demo_has_a_loud_hour_and_a_rule_that_holds(cast: Cast) -> None:
    keeper = make.person("demo-keeper", "keeper", cast.center)
    count = load_journals(cast.city, keeper=keeper, until=clock.now(), seed=1)
    assert count == Line.objects.count() > 300
    loud = Deviation.objects.get()
    assert (loud.host.name, loud.program, loud.direction) == ("web-01", "nginx", "above")
    assert Alarm.objects.filter(kind__in=["log_deviation", "log_matched"]).count() == 2
    assert not Line.objects.filter(text__contains="13912345678").exists()
