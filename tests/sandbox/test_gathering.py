"""Several transactions that one commit keeps, as the server does with the requests at hand."""

import contextlib
import sqlite3

import pytest

from msvc_toolkit.sandbox.storage.store import SandboxStore


@pytest.fixture
def store(tmp_path):
    """A store on a file, so that others can look."""
    made = SandboxStore(tmp_path / "sandbox.db")
    yield made
    made.close()


def _seen_by_others(store):
    db = sqlite3.connect(store.path)
    try:
        return dict(db.execute("SELECT key, value FROM meta"))
    finally:
        db.close()


def test_what_is_gathered_is_kept_at_once(store):
    """Nothing is there for others until the end, and all of it afterwards."""
    with store.group_commit():
        store.set_setting("one", "1")
        store.set_setting("two", "2")
        before = _seen_by_others(store)

    assert before == {}
    assert _seen_by_others(store) == {"one": "1", "two": "2"}


def test_a_transaction_that_fails_takes_no_other_with_it(store):
    """What it wrote is gone, also from what is recalled; those before and after it stay."""
    with store.group_commit():
        store.set_setting("before", "1")
        with contextlib.suppress(ZeroDivisionError), store.writing():
            store.set_setting("failed", "1")
            assert store.setting("failed") == "1"
            _ = 1 / 0
        recalled = store.setting("failed")
        store.set_setting("after", "1")

    assert recalled is None
    assert _seen_by_others(store) == {"before": "1", "after": "1"}


def test_a_store_goes_on_after_a_commit_that_failed(store):
    """Nothing of what was gathered is kept, and the next transaction is its own."""

    def lose():
        with store.group_commit():
            store.set_setting("lost", "1")
            store.execute_unobserved("PRAGMA defer_foreign_keys = ON")
            store.execute_unobserved(
                "INSERT INTO sticky VALUES ('MG', '+14155550123', 'PN')"
            )  # of a service that is not there

    with pytest.raises(sqlite3.IntegrityError):
        lose()
    store.set_setting("next", "1")

    assert _seen_by_others(store) == {"next": "1"}
    assert store.setting("lost") is None


COUNT = "INSERT INTO last_use VALUES (?, ?, 0) ON CONFLICT (sender_sid) DO UPDATE SET turn = excluded.turn"


def _turns(store):
    return {row["sender_sid"]: row["turn"] for row in store.all("SELECT * FROM last_use")}


def test_what_is_left_for_later_is_there_for_who_reads(store):
    """A statement left for later is run before anything is read, in a transaction of its own and among several."""
    with store.writing():
        store.defer(COUNT, "PN1", 1)
        alone = _turns(store)
    with store.group_commit(), store.writing():
        store.defer(COUNT, "PN1", 2)
        store.defer(COUNT, "PN2", 3)
        among = _turns(store)

    assert alone == {"PN1": 1}
    assert among == _turns(store) == {"PN1": 2, "PN2": 3}


@pytest.mark.parametrize("read", ["before", "inside", "inside, early", "never"])
def test_what_is_left_by_a_transaction_that_fails_is_never_written(store, read):
    """Whether it was read meanwhile or not; what others left before and after it is written, the last of each key."""
    with store.group_commit():
        with store.writing():
            store.defer(COUNT, "PN1", 1)
            store.defer(COUNT, "PN2", 1)
        if read == "before":
            assert _turns(store) == {"PN1": 1, "PN2": 1}
        with contextlib.suppress(ZeroDivisionError), store.writing():
            if read == "inside, early":
                assert _turns(store) == {"PN1": 1, "PN2": 1}
            store.defer(COUNT, "PN1", 2)
            if read == "inside":
                assert _turns(store) == {"PN1": 2, "PN2": 1}
            store.defer(COUNT, "PN3", 2)
            _ = 1 / 0
        with store.writing():
            store.defer(COUNT, "PN2", 3)
            store.defer(COUNT, "PN2", 4)

    assert _turns(store) == {"PN1": 1, "PN2": 4}


def test_numbers_of_a_transaction_that_fails_are_given_again(store):
    """No number is left out, so that the same calls always lead to the same SIDs."""
    with store.group_commit():
        with store.writing():
            first = store.next_number("SM")
        with contextlib.suppress(ZeroDivisionError), store.writing():
            store.next_number("SM")
            _ = 1 / 0
        with store.writing():
            second = store.next_number("SM")

    assert (first, second, store.next_number("SM")) == (1, 2, 3)
