"""Drive forms as a person does."""


def click(form):
    """Click a form's button, or a part's; wait, and return the outcome that is shown then."""
    form.button.click()
    form.wait()
    return form.outcome.value


def pick(part, *addresses):
    """Select the rows of these senders."""
    part.select([row for row in part.rows if row.address in addresses])


def foretold(form):
    """The sender that SendForm predicts."""
    return form.prediction().choice.sender.address.text
