"""What can go wrong with an expression, in sentences that never hold a value of the context."""

from __future__ import annotations

from dataclasses import dataclass


class FeelError(Exception):
    """An expression that cannot be read, or whose evaluation breaks a rule of FEEL."""

    code = "feel.error"

    def __init__(self, expression: str, message_fr: str, position: tuple[int, int] | None = None) -> None:
        super().__init__(message_fr)
        self.expression = expression
        #: A French sentence for the person who wrote the expression.
        self.message_fr = message_fr
        #: Where in the expression, as a half-open range of characters; none: the expression as a whole.
        self.position = position


class FeelSyntaxError(FeelError):
    """The text is not FEEL."""

    code = "feel.syntax"


class FeelTimeout(FeelError):  # noqa: N818 - the contract between rooms names it
    """The evaluation took longer than it may; it was stopped and the isolate goes on."""

    code = "feel.timeout"


class FeelMemory(FeelError):  # noqa: N818 - the contract between rooms names it
    """The evaluation wanted more memory than it may have; it was stopped and the isolate was replaced."""

    code = "feel.memory"


@dataclass(frozen=True, slots=True)
class Problem:
    """What `check` found in an expression."""

    message_fr: str
    #: From 1, within the expression.
    line: int
    #: From 1, within that line.
    column: int
    code: str = "feel.syntax"
