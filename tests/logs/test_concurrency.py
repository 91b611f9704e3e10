"""How many requests run at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from msvc_toolkit.logs.pull.message_list import MOST, START, Throttle


def test_never_more_at_once_than_it_lets_through():
    """Of many that want to, as many as its limit run, and that many do."""
    throttle, inside, most = Throttle(), [], []
    together = threading.Barrier(START)

    def one(number):
        with throttle:
            inside.append(number)
            most.append(len(inside))
            if number < START:
                together.wait(10)  # the first of them are all inside at once
            inside.remove(number)

    with ThreadPoolExecutor(4 * START) as many:
        list(many.map(one, range(4 * START)))

    assert max(most) <= MOST
    assert throttle.limit > START


def test_a_429_halves_it_and_success_brings_it_back():
    """A burst of them counts once, and it ends at one and at the most."""
    throttle = Throttle()
    for _ in range(5):
        throttle.heard(429)
    assert throttle.limit == START // 2
    throttle.heard(500)
    throttle.heard(None)
    assert throttle.limit == START // 2

    for _ in range(MOST * MOST):
        with throttle:
            pass

    assert throttle.limit == MOST
