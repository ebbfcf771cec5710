"""What may go wrong when a model runs; told on its sheets and on the run, never to a caller.

Exception
`-- ModelFailed     code: why; text: the same for people
"""


class ModelFailed(Exception):
    """The model could not be run. code: why; text: the same for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
