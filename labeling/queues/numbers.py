"""Numbers of tasks as people see them: told apart from the order in which tasks were made.

A silent gold task is made when it is handed out, so that its own number would give it away. Numbers go through a secret
permutation of 48 bits (four rounds of Feistel's construction; M. Luby, C. Rackoff, How to construct pseudorandom
permutations from pseudorandom functions, 1988).
"""

from __future__ import annotations

from core.ids import digest

HALF_BITS = 24
ROUNDS = 4
NUMBERS = 1 << (2 * HALF_BITS)
_HALF = (1 << HALF_BITS) - 1


def number_of(task_id: int, secret: str) -> int:
    """What people see of a task.

    Raises:
        ValueError: if there can be no such task.
    """
    left, right = _halves(task_id)
    for turn in range(ROUNDS):
        left, right = right, left ^ _mixed(right, turn, secret)
    return left << HALF_BITS | right


def task_of(number: int, secret: str) -> int:
    """The task that a number stands for, should there be one.

    Raises:
        ValueError: if no task has such a number.
    """
    left, right = _halves(number)
    for turn in reversed(range(ROUNDS)):
        left, right = right ^ _mixed(left, turn, secret), left
    return left << HALF_BITS | right


def _halves(number: int) -> tuple[int, int]:
    if not 0 <= number < NUMBERS:
        raise ValueError("numbers of tasks have 48 bits")
    return number >> HALF_BITS, number & _HALF


def _mixed(half: int, turn: int, secret: str) -> int:
    return int(digest(f"{secret}/{turn}/{half}")[: HALF_BITS // 4], 16)
