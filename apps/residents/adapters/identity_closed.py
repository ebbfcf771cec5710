"""No authority is connected: nobody's level is raised."""

from apps.residents.checking import NOT_AVAILABLE, Answer, Person


class Checker:
    """Answers every question with "not available"."""

    name = "closed"

    def check_name(self, person: Person) -> Answer:
        return NOT_AVAILABLE

    def check_face(self, person: Person, *, photo: bytes) -> Answer:
        return NOT_AVAILABLE
