"""Why a receiver does not take a request."""

from collections.abc import Mapping

from integrations.sandbox.messages import Answer


class Refused(Exception):
    """`problem` is the code of the reason. The answer says as little as a real receiver's would; the page says more."""

    def __init__(self, problem: str, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.answer = Answer.json(status, {"error": "refused"}, headers)
