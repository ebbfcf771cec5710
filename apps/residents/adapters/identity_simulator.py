"""An invented authority for the demo and the tests; it asks nobody.

The serial number within the identity number (characters 15 to 17) decides: 404 is not known,
409 has another name, 406 another face, 503 is an authority out of reach; all others pass.
"""

from apps.residents.checking import NOT_AVAILABLE, Answer, Person
from apps.residents.enums import CheckOutcome

_PASSED = Answer(CheckOutcome.PASSED)


class Checker:
    """Decides by the number alone."""

    name = "simulator"

    def check_name(self, person: Person) -> Answer:
        serial = person.id_number[14:17]
        if serial == "503":
            return NOT_AVAILABLE
        if serial == "404":
            return Answer(CheckOutcome.NOT_PASSED, "unknown")
        if serial == "409":
            return Answer(CheckOutcome.NOT_PASSED, "name_differs")
        return _PASSED

    def check_face(self, person: Person, *, photo: bytes) -> Answer:
        named = self.check_name(person)
        if named.outcome != CheckOutcome.PASSED:
            return named
        if person.id_number[14:17] == "406":
            return Answer(CheckOutcome.NOT_PASSED, "face_differs")
        return _PASSED
