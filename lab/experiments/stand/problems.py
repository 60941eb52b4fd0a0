"""What can go wrong on a stand; each is a sentence that says what to do.

StandProblem
└── DriverProblem
"""


class StandProblem(Exception):
    """The stand cannot do what it was asked; last lines of a program may follow the sentence."""


class DriverProblem(StandProblem):
    """The driver ended, gave no answer, or says that it cannot do what it was told."""
