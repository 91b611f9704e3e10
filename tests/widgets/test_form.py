"""The form all forms are made of: the button follows the problems, one click is one act, and no error is lost."""

import threading

import pytest
from ipywidgets import ToggleButtons
from ipywidgets.widgets.widget import _instances as widgets_alive

from forms import click
from msvc_toolkit.errors import InvalidInput, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.snippets import Act
from tests.helpers.forms import inside, words


class Greeting(form.Form):
    """The smallest form there is: a name to greet, and what shall happen at the click."""

    css = "greeting"

    def __init__(self, conn, happens=lambda: None):
        self.happens, self.greeted = happens, []
        inputs = [fields.text("name", "Name", "Whom to greet."), fields.number("times", "Times", value=1)]
        super().__init__(conn, "A <greeting>", inputs, folded=["times"])

    def draft(self):
        """The inputs."""
        return self.read()

    def problems(self):
        """A name is needed."""
        values = self.draft()
        found = [] if values["name"] else [Problem("name", "Say whom to greet.")]
        if values["times"] > 9:
            found.append(Problem("times", "That is many.", blocks=False))
        if values["times"] > 99:
            raise ToolkitError("Nobody can count that far.")
        return found

    def label(self):
        """Whom it greets."""
        return f"Greet {self.draft()['name']}"

    def acts(self):
        """One call for each greeting."""
        return [Act(("services",), "create", {"friendly_name": self.draft()["name"]})] * self.draft()["times"]

    def act(self):
        """Let happen what shall, then greet."""
        self.happens()
        self.greeted.append(self.draft()["name"])
        return cards.card("done", f"Hello {self.greeted[-1]}.")


def fail_with(error):
    """An act that ends in this error."""

    def act():
        raise error

    return act


def test_the_button_follows_the_problems(conn):
    """Disabled while there is a problem, enabled without one; its label says what a click does."""
    shown = Greeting(conn)
    assert shown.button.disabled
    shown.fill(name="Ada")

    assert (shown.button.disabled, shown.button.description) == (False, "Greet Ada")


def test_a_click_on_a_disabled_button_does_nothing(conn):
    """Even where the click gets through: nothing happens, and the reason moves under its input."""
    shown = Greeting(conn)
    assert "Say whom" in shown.missing.value
    assert "Say whom" not in shown.fields["name"].note.value

    assert click(shown) == ""
    assert shown.greeted == []
    assert "Say whom" in shown.fields["name"].note.value
    assert "Say whom" not in shown.missing.value


def test_a_warning_does_not_stop(conn):
    """It has another heading than a problem, and the act is done."""
    shown = Greeting(conn)
    shown.fill(name="Ada", times=10)

    assert "Warning: That is many." in words(shown.fields["times"].note.value)
    assert "Hello Ada" in click(shown)


def test_a_check_that_fails_is_a_problem(conn):
    """An error inside a check is shown in the form, and stops the act."""
    shown = Greeting(conn)
    shown.fill(name="Ada", times=100)

    assert "Nobody can count that far." in shown.missing.value
    assert click(shown) == ""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ToolkitError("The greeting is <lost>. Try again."), "The greeting is &lt;lost&gt;. Try again."),
        (InvalidInput([Problem("name", "No such person."), Problem("times", "Too often.")]), "Too often."),
        (RuntimeError("token 5ec2e7 in here"), "Something unexpected went wrong (RuntimeError)"),
    ],
)
def test_an_error_is_shown_and_kept(conn, error, says):
    """What an act ends in is drawn, kept whole in last_error, and what was typed stays; secrets are not drawn."""
    shown = Greeting(conn, fail_with(error))
    shown.fill(name="Ada")
    said = click(shown)

    assert says in said
    assert "5ec2e7" not in said
    assert shown.last_error is error
    assert shown.fields["name"].widget.value == "Ada"
    assert not shown.button.disabled


def test_a_later_success_forgets_the_error(conn):
    """last_error speaks of the last click."""
    shown = Greeting(conn, fail_with(RuntimeError()))
    shown.fill(name="Ada")
    click(shown)
    shown.happens = lambda: None

    assert "Hello Ada" in click(shown)
    assert shown.last_error is None


def test_one_click_is_one_act(conn):
    """Clicks while the act is carried out do nothing; the form says that it is at work."""
    go_on = threading.Event()
    shown = Greeting(conn, lambda: go_on.wait(10))
    shown.fill(name="Ada")
    shown.button.click()
    assert shown.busy
    assert (shown.button.disabled, shown.button.description, shown.outcome.value) == (True, "Working…", "")
    shown.fill(times=2)  # typing meanwhile does not bring the button back
    assert shown.button.disabled
    shown.button.click()
    go_on.set()
    shown.wait()

    assert shown.greeted == ["Ada"]
    assert not shown.busy
    assert (shown.button.disabled, shown.button.description) == (False, "Greet Ada")


def test_the_other_half_of_a_double_click_does_nothing(conn, monkeypatch):
    """An act that is over before the second click comes still counts as the same click."""
    monkeypatch.setattr(form, "DOUBLE_CLICK_SECONDS", 5.0)
    acted = threading.Event()
    shown = Greeting(conn)
    shown.on_done.append(acted.set)
    shown.fill(name="Ada")
    shown.button.click()
    assert acted.wait(10)
    shown.button.click()

    with pytest.raises(ToolkitError, match="still at work"):
        shown.wait(0.05)
    assert shown.greeted == ["Ada"]


def test_waiting_covers_what_follows_the_act(conn):
    """After wait, every callback for the end of an act was called."""
    outcomes = []
    shown = Greeting(conn)
    shown.on_done.append(lambda: outcomes.append(shown.outcome.value))
    shown.fill(name="Ada")
    click(shown)

    assert len(outcomes) == 1
    assert "Hello Ada" in outcomes[0]


def test_an_error_after_the_act_does_not_hide_its_outcome(conn):
    """When drawing again fails, both are shown: what was done, and what went wrong then."""
    shown = Greeting(conn)
    shown.on_done.append(fail_with(ToolkitError("The account cannot be read.")))
    shown.fill(name="Ada")
    said = click(shown)

    assert "Hello Ada" in said
    assert "The account cannot be read." in said
    assert not shown.button.disabled


def test_cancel_is_heard_and_forgotten(conn):
    """Cancel reaches the act that runs, and not the next one."""
    heard = []
    shown = Greeting(conn)
    shown.happens = lambda: (shown.cancel.click() if not heard else None, heard.append(shown.stopped))
    shown.fill(name="Ada")
    click(shown)
    click(shown)

    assert heard == [True, False]


def test_code_is_shown_for_what_can_be_clicked(conn):
    """Three ways to write the act; of many calls the first three, and how many there are."""
    shown = Greeting(conn)
    [languages] = [part for part in inside(shown.view) if isinstance(part, ToggleButtons)]
    assert "appears here once nothing is missing" in shown.code.value
    shown.fill(name="Ada", times=5)

    for language, call in (("curl", "curl -X POST"), ("twilio-cli", "services:create"), ("Python", "services.create(")):
        languages.value = language
        assert shown.code.value.count(call) == 3
        assert "first 3 of 5" in shown.code.value


def test_the_stored_output_names_the_inputs_escaped(conn):
    """Without a kernel a reader sees title, inputs and outcome, and markup in them is text."""
    shown = Greeting(conn)
    shown.fill(name="<b>Ada</b>")
    click(shown)
    stored = shown._repr_mimebundle_()

    assert "&lt;b&gt;Ada&lt;/b&gt;" in stored["text/html"]
    assert "A &lt;greeting&gt;" in stored["text/html"]
    assert "<b>Ada" not in stored["text/html"]
    assert "Hello" in stored["text/html"]
    assert "SANDBOX" in stored["text/plain"]


def test_closing_lets_go_of_every_widget(conn):
    """A closed form leaves no widget behind."""
    before = set(widgets_alive)
    Greeting(conn).close()

    assert set(widgets_alive) - before == set()
