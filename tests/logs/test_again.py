"""A log in hand, an explorer and a board live on when their folder is pulled again, by this process or another."""

import shutil
import threading
from contextlib import closing
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.explorer.panels import ALL
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.storage.store import Store, open_store

SINCE = "2025-10-01"


@pytest.fixture(scope="module")
def pulled(tmp_path_factory):
    """A folder with a small log of ninety busy days."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=3000, clock="manual", seed=7)
    with closing(conn.sandbox.api.store):
        folder = tmp_path_factory.mktemp("pulled")
        msvc.pull_logs(conn, folder, SINCE)
    return folder


@pytest.fixture
def folder(pulled, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(pulled, tmp_path / "log"))


def files_of(folder):
    """The files that hold a log's messages."""
    return {path for day in open_store(folder).days.values() for path in day.files}


def replace_files(folder, times=1):
    """Replace the files of the last days by others, as a pull does that reads these days again."""
    before = files_of(folder)
    store = Store(Path(folder))
    for _ in range(times):
        with store.locked():
            store.add(store.relation().filter("date_created >= '2025-12-20'").to_arrow_table())
            store.compact()
    assert 5 < sum(not path.exists() for path in before) < len(before)


def replace_files_elsewhere(folder, times=1):
    """The same in another process."""
    with get_context("spawn").Pool(1) as pool:
        pool.apply_async(replace_files, (folder, times)).get(100)


def settle(explorer):
    """Wait until everything is shown, and nothing went wrong."""
    explorer.wait()
    assert explorer.last_error is None, explorer.last_error


ASK = {
    "rows": lambda log: log.rows(5),
    "frame": lambda log: log.frame.limit(5).to_arrow_table(),
    "a measure": measures.outcomes,
    "an answer for the whole log": measures.stickiness,
    "a selection": lambda log: log.select(since="2025-12-01T10:07").rows(5),
    "a measure of a selection": lambda log: measures.latency(log.select(since="2025-12-01T10:07")),
    "the certificate of a selection": lambda log: log.select(since="2025-12-01").certificate,
}


@pytest.mark.slow
def test_a_log_in_hand_can_be_asked_anything_after_its_files_were_replaced(folder):
    """Whatever is asked first, the answer is what a newly opened log gives, and so is the certificate."""
    logs = {name: msvc.open_logs(folder) for name in ASK}
    shutil.rmtree(folder / "cube", ignore_errors=True)
    replace_files_elsewhere(folder)
    fresh = msvc.open_logs(folder)

    for name, ask in ASK.items():
        assert len(str(ask(logs[name]))) == len(str(ask(fresh))), name
        assert logs[name].certificate == fresh.certificate


def test_what_was_asked_before_agrees_with_what_is_asked_after(folder):
    """When a reader finds another log in the folder, figures that it has kept of the old one are asked again."""
    log = msvc.open_logs(folder)
    whole = int(measures.volume(log, by=())["n"].iloc[0])
    part = log.select(since="2025-11-05")
    assert part.certificate.rows < whole
    gone = folder / "day=2025-12-20"
    lost = len(log.select(since="2025-12-20", until="2025-12-21").rows(10_000))
    assert lost
    shutil.rmtree(gone)

    log.rows(1)

    assert int(measures.volume(log, by=())["n"].iloc[0]) == log.certificate.rows == whole - lost
    assert any("2025-12-20 is left out" in note for note in log.certificate.notes)
    assert part.certificate.rows == len(part.rows(100_000))
    assert len(part.frame.to_arrow_table()) == part.certificate.rows


@pytest.mark.slow
def test_readers_never_notice_a_writer(folder):
    """Two threads ask and open all the time while another process replaces files three times over."""
    log, failures, answers, stop = msvc.open_logs(folder), [], [], threading.Event()
    rows = log.certificate.rows

    def ask():
        while not stop.wait(0.02):  # the other process needs the machine, too
            try:
                answers.append((log.certificate.rows, len(log.rows(100_000)), open_store(folder).certificate.rows))
            except Exception as error:  # noqa: BLE001 - which one it is, is what the test is about
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        replace_files_elsewhere(folder, times=3)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert failures == []
    assert set(answers) == {(rows, rows, rows)}


@pytest.mark.slow
def test_every_control_of_an_open_explorer_works_after_new_files(folder, tmp_path):
    """Bars, senders, charts, zones, windows, whole numbers, splits and saving: each is used first after new files."""
    explorer = msvc.LogExplorer(msvc.open_logs(folder), folder=tmp_path / "saved")
    settle(explorer)
    sender = explorer.senders.rows[0]
    acts = [
        lambda: explorer.click("errors", 0),
        lambda: explorer.fill(full=True),
        lambda: explorer.senders.choose([sender]),
        lambda: explorer.fill(more="replies", zone="Asia/Kolkata", since=date(2025, 12, 1), split="country"),
        explorer.save.click,
    ]
    for act in acts:
        replace_files(folder)
        shutil.rmtree(folder / "cube", ignore_errors=True)  # what was added up goes, too
        act()
        settle(explorer)
    assert [path.name.partition("-")[0] for path in explorer.saved] == ["report"]
    assert explorer.complete.value


def test_an_explorer_shows_the_log_as_it_is_once_it_was_read_again(folder, tmp_path):
    """After a day was lost, the first click draws charts, senders and certificate of what is left."""
    explorer = msvc.LogExplorer(msvc.open_logs(folder), folder=tmp_path)
    explorer.fill(window=ALL)
    settle(explorer)
    before = explorer.complete.value
    shutil.rmtree(folder / "day=2025-12-20")

    explorer.click("errors", 0)
    settle(explorer)

    rows = Log(Store(folder)).certificate.rows
    assert f"{rows:,} messages" not in before
    assert f"{rows:,} messages" in explorer.complete.value
    shown = measures.outcomes(explorer.log)["n"].sum()
    assert explorer.senders.rated["n"].sum() == shown


@pytest.mark.slow
def test_every_control_of_an_open_board_works_after_the_log_was_pulled_again(tmp_path):
    """As notebook 07 does it: the review, then a pull into the same folder, then each finding is opened."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=3000, clock="manual", seed=7)
    with closing(conn.sandbox.api.store):
        board = msvc.ReadinessBoard(conn, log=msvc.pull_logs(conn, tmp_path / "log", SINCE))
        conn.sandbox.advance(3 * 86_400)
        before = files_of(tmp_path / "log")
        msvc.pull_logs(conn, tmp_path / "log", SINCE)
        assert not all(path.exists() for path in before)

        asked = [card for card in board.cards if card.button]
        for card in asked:
            card.button.click()
            assert board.last_error is None, board.last_error
            assert "newest" in card.messages.value
        assert asked
        board.fill(full=True, words="reviewers")
        board.button.click()
        board.wait()
        assert board.last_error is None
