"""Wrong passwords wait; nobody else does."""

from __future__ import annotations

from relevance.services.throttle import BOUND, LONGEST_DELAY, LONGEST_WAIT, Throttle

HERE, THERE = "10.0.0.9", "10.0.0.8"


def test_five_failures_are_free_then_each_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    throttle = Throttle()
    waits = []
    for _ in range(16):
        throttle.failed("li", HERE, 0.0)
        waits.append(throttle.wait("li", HERE, 0.0))
    # After the 5th failure 2 s, then 4, 8 ...; 2 * 2**9 = 1024 is over the longest.
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:9] == [2, 4, 8, 16, 32]
    assert waits[-1] == LONGEST_WAIT


def test_the_wait_ends_by_itself() -> None:
    throttle = Throttle()
    for _ in range(6):
        throttle.failed("li", HERE, 0.0)
    assert throttle.wait("li", HERE, 3.9) > 0
    assert throttle.wait("li", HERE, 4.0) == 0


def test_the_owner_at_another_address_and_a_colleague_at_the_same_are_not_concerned() -> None:
    throttle = Throttle()
    for _ in range(50):
        throttle.failed("li", HERE, 0.0)
    assert throttle.wait("li", THERE, 0.0) == 0
    assert throttle.wait("wang", HERE, 0.0) == 0


def test_many_accounts_from_one_address_and_one_account_from_many_are_slowed_but_never_refused() -> None:
    spray, spread = Throttle(), Throttle()
    for n in range(200):
        spray.failed(f"user{n}", HERE, 0.0)
        spread.failed("li", f"10.0.{n}.1", 0.0)
    assert spray.delay("somebody", HERE, 0.0) == LONGEST_DELAY
    assert spray.wait("somebody", HERE, 0.0) == 0
    assert spread.delay("li", "192.168.7.7", 0.0) == LONGEST_DELAY
    assert spread.wait("li", "192.168.7.7", 0.0) == 0
    # A failure drains in 10 s: 200 of them are under the free 30 after 1,700 s.
    assert spray.delay("somebody", HERE, 1701.0) == 0


def test_a_centre_that_signs_in_at_nine_behind_one_address_is_not_slowed() -> None:
    throttle = Throttle()
    for n in range(200):
        throttle.failed(f"user{n}", HERE, 0.0)  # counted before the answer is known
        throttle.succeeded(f"user{n}", HERE, 0.0)
    assert throttle.delay("user1", HERE, 0.0) == 0


def test_the_right_password_clears_the_pair() -> None:
    throttle = Throttle()
    for _ in range(6):
        throttle.failed("li", HERE, 0.0)
    throttle.succeeded("li", HERE, 10.0)
    assert throttle.wait("li", HERE, 10.0) == 0


def test_writing_the_name_differently_is_the_same_account_and_a_v6_customer_is_one_address() -> None:
    throttle = Throttle()
    for n in range(6):
        throttle.failed(["li", "LI", " Ｌi "][n % 3], f"2001:db8:1:2::{n:x}", 0.0)
    assert throttle.wait("Li", "2001:db8:1:2:ffff::1", 0.0) > 0
    assert throttle.wait("Li", "2001:db8:1:3::1", 0.0) == 0


def test_memory_is_bounded() -> None:
    throttle = Throttle()
    for n in range(BOUND + 500):
        throttle.failed(f"user{n}", HERE, 0.0)
    assert len(throttle._pairs._counts) == BOUND
