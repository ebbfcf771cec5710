"""The slow truth: a clock simulated minute by minute, knowing nothing of prefix sums."""

from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


class Oracle:
    """weekly: 7 lists of (from, to) minutes; days: date -> such a list. Naive local times."""

    def __init__(self, weekly, days):
        self.weekly, self.days = weekly, days

    def spans(self, day):
        return self.days.get(day, self.weekly[day.weekday()])

    def works(self, minute: datetime) -> bool:
        passed = minute.hour * 60 + minute.minute
        return any(a <= passed < b for a, b in self.spans(minute.date()))

    def end_of_nth_day(self, start: datetime, number: int) -> datetime:
        day = start.date()
        while number:
            day += timedelta(days=1)
            number -= bool(self.spans(day))
        midnight = datetime(day.year, day.month, day.day)
        return midnight + timedelta(minutes=max(b for _a, b in self.spans(day)))

    def count(self, start: datetime, end: datetime) -> int:
        minutes = 0
        while start < end:
            minutes += self.works(start)
            start += MINUTE
        return minutes

    def due(
        self, start: datetime, minutes: int, events: list[tuple[datetime, str, int]]
    ) -> datetime:
        """events: (moment, "suspend"|"resume"|"extend", minutes), in order of time."""
        left = minutes + sum(n for _at, what, n in events if what == "extend")
        switches = [(at, what) for at, what, _n in events if what != "extend"]
        running, now = True, start
        while True:
            while switches and switches[0][0] <= now:
                running = switches.pop(0)[1] == "resume"
            if not running and not switches:
                running = True  # suspended still: the deadline as if it resumed at once
            if running and self.works(now):
                left -= 1
                if left == 0:
                    return now + MINUTE
            now += MINUTE
