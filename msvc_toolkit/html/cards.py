"""What people read, as HTML text: every word from outside is escaped here and nowhere else.

The cards carry their meaning in words and structure, not in colour, so that they read in light and dark themes, in
print, and on a code host that strips styles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from msvc_toolkit.errors import InvalidInput, ToolkitError, TwilioRefused

Mood = Literal["done", "note", "warning", "problem"]
_WORD: dict[Mood, str] = {"done": "Done", "note": "Note", "warning": "Careful", "problem": "Problem"}

STYLE = """<style>
.msvc { font-family: var(--jp-ui-font-family, system-ui, sans-serif); font-size: 13px; line-height: 1.45;
  color: var(--jp-ui-font-color1, inherit); }
.msvc .widget-html > .widget-html-content { line-height: inherit; }
.msvc-card { border: 1px solid var(--jp-border-color1, #8888); border-left-width: 5px; border-radius: 3px;
  padding: 6px 10px; margin: 4px 0; max-width: 62em; overflow-wrap: anywhere; }
.msvc-done { border-left-color: #2e8b57; } .msvc-note { border-left-color: #4a7fb5; }
.msvc-warning { border-left-color: #b8860b; } .msvc-problem { border-left-color: #c0392b; }
.msvc p { margin: 3px 0; } .msvc ol, .msvc ul { margin: 3px 0 3px 1.4em; padding: 0; }
.msvc a, .msvc-go { color: var(--jp-content-link-color, LinkText); text-decoration: underline; }
.msvc-go { padding: 0; border: 0; background: none; font: inherit; cursor: pointer; }
.msvc summary { cursor: pointer; width: fit-content; padding: 2px 0; }
.msvc pre { background: var(--jp-layout-color2, #8881); color: var(--jp-ui-font-color1, inherit); padding: 6px 8px;
  margin: 3px 0; max-width: 67em; overflow-x: auto; white-space: pre; font-size: 12px; line-height: 1.4; }
.msvc table { border-collapse: collapse; margin: 4px 0; } .msvc caption { text-align: left; font-weight: 600; }
.msvc th, .msvc td { text-align: left; padding: 2px 10px 2px 0; vertical-align: top;
  border-bottom: 1px solid var(--jp-border-color2, #8884); }
.msvc-card th { white-space: nowrap; }
.msvc-input { margin-bottom: 5px; } .msvc-input .widget-html { margin-top: 0; margin-bottom: 0; }
.msvc-help { max-width: 62em; margin-left: 172px; } .msvc-help p { margin: 0; } .msvc-wrong { font-weight: 600; }
.msvc-ribbon { padding: 1px 10px; border: 1px solid currentColor; border-radius: 3px; display: inline-block; }
.msvc-live { font-weight: 700; letter-spacing: .04em; border-width: 3px; }
.msvc-title { font-size: 15px; font-weight: 600; margin: 2px 0; }
.msvc-part { margin-top: 14px; padding-top: 8px; border-top: 1px solid var(--jp-border-color1, #8888); }
.msvc input, .msvc select, .msvc textarea { border: 1px solid var(--jp-border-color0, #888); }
.msvc select { appearance: auto; background-image: none !important; }
.msvc .jupyter-button { width: auto; }
.msvc .jupyter-button:disabled { opacity: 1; background: var(--jp-layout-color2, #eee);
  color: var(--jp-ui-font-color1, #444); outline: 1px dashed currentColor; cursor: not-allowed; }
.msvc ::placeholder { color: var(--jp-ui-font-color1, #444); opacity: .7; }
.msvc :is(button, input, select, textarea, summary, pre, th):focus-visible, .msvc-phone:focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; }
.msvc-table { overflow-x: auto; width: fit-content; max-width: 100%; --dt-row-selected: 10, 88, 202; }
.msvc-table table.dataTable { margin: 0 !important; }
.msvc-table :is(th, td) { white-space: nowrap; }
.msvc-sentences { width: min(100%, 74em); } .msvc-sentences table.dataTable { width: 100% !important; }
.msvc-sentences td { white-space: normal; overflow-wrap: break-word; }
.msvc-body { white-space: pre-wrap; overflow-wrap: anywhere; }
.msvc-phone { display: flex; flex-direction: column-reverse; box-sizing: border-box; width: min(460px, 100%); max-height: 440px;
  overflow-y: auto; padding: 8px; border: 2px solid var(--jp-border-color0, #888); border-radius: 14px; }
.msvc-phone ol { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 6px; }
.msvc-bubble { max-width: 82%; padding: 3px 10px; border-radius: 12px; border: 1px solid var(--jp-border-color1, #8888);
  background: var(--jp-layout-color2, #8881); align-self: flex-start; overflow-wrap: anywhere; }
.msvc-mine { align-self: flex-end; background: none; border-color: var(--jp-brand-color1, #1976d2); }
.msvc-faint { border-style: dashed; background: none; } .msvc-small { font-size: 12px; }
.msvc-charts, .msvc-asked { display: flex; flex-flow: row wrap; gap: 4px 18px; }
.msvc-chart { flex: 1 1 300px; max-width: 400px; min-width: min(300px, 100%); margin: 6px 0; }
.msvc-chart-findings { flex-basis: 100%; max-width: none; }
.msvc-chart h3, .msvc-chart p { margin: 1px 0; } .msvc-chart h3 { font-size: 14px; font-weight: 600; }
.msvc-picture { display: block; width: 100%; font-variant-numeric: tabular-nums; }
.msvc-picture [role="button"] { cursor: pointer; outline: none; }
.msvc-picture [role="button"]:is(:hover, [aria-pressed="true"]) > title + rect { fill: color-mix(in srgb, currentColor 12%, transparent); }
.msvc-picture [aria-pressed="true"] > title + rect { stroke: currentColor; stroke-width: 1.5; }
.msvc-picture [role="button"]:focus-visible > title + rect { stroke: var(--jp-brand-color1, #1976d2); stroke-width: 2.5; }
</style>"""


_LEFT = ' style="text-align: left"'
_PAST = '<div class="msvc msvc-past">'
"""JupyterLab sets tables flush right, and a notebook that is not trusted yet keeps no style but this one."""

ALIVE = "msvc-alive"
"""The class of widgets that a twin stands in for."""

_TWIN = f"""<style>
.jp-OutputArea-child:has(.{ALIVE}) + .jp-OutputArea-child:has(.msvc-twin),
.jp-OutputArea-child:has(> .jp-OutputArea-output.jupyter-widgets):has(+ .jp-OutputArea-child .msvc-twin)
{{ display: none; }}
</style>"""


def twin(title: str, *parts: str) -> str:
    """Put a title over parts that are HTML already, in a block that shows only where the widgets before it do not live."""
    return f'{_TWIN}<div class="msvc msvc-twin"><p><strong>{escape(title)}</strong></p>{"".join(parts)}</div>'


def heading(title: str, label: str, *parts: str, armed: bool) -> str:
    """Head a form: the look of all that follows, the title, and the account it works on."""
    return STYLE + block(text(title, css="msvc-title"), ribbon(label, armed=armed), *parts)


def text(words: str, tag: str = "p", css: str = "") -> str:
    """Wrap words in one element.

    Args:
        words: Any text; it is escaped.
        tag: The element.
        css: Its class names.
    """
    return f'<{tag} class="{css}">{escape(words)}</{tag}>' if css else f"<{tag}>{escape(words)}</{tag}>"


def block(*parts: str) -> str:
    """Put parts that are HTML already into one block of ours."""
    return f'<div class="msvc">{"".join(parts)}</div>'


def card(mood: Mood, title: str, *parts: str) -> str:
    """Draw a framed message whose first word says its mood.

    Args:
        mood: done, note, warning or problem.
        title: One sentence; it is escaped.
        parts: HTML made by this module.
    """
    role = "alert" if mood == "problem" else "status"
    head = f"<p><strong>{_WORD[mood]}:</strong> {escape(title)}</p>"
    return f'<div class="msvc msvc-card msvc-{mood}" role="{role}">{head}{"".join(parts)}</div>'


def past(html: str) -> str:
    """Mark an outcome as older than what the inputs show now; one that is marked stays as it is.

    Args:
        html: HTML made by this module.
    """
    if not html or html.startswith(_PAST):
        return html
    return f"{_PAST}{text('Before your last change:')}{html}</div>"


def error(caught: BaseException) -> str:
    """Draw an error: what, where, and the next step; a secret never stands in ours.

    Args:
        caught: Any exception. One that is not ours is named by its type alone: its text may hold anything.
    """
    if isinstance(caught, InvalidInput):
        return card("problem", "Nothing was sent; this has to change first.", bullets(str(p) for p in caught.problems))
    if isinstance(caught, TwilioRefused):
        named = f"error {caught.code}, HTTP {caught.status}" if caught.code else f"HTTP {caught.status}"
        parts = [text(caught.advice)] if caught.advice else []
        if caught.more_info:
            parts.append(
                f'<p><a href="{escape(caught.more_info)}" target="_blank" rel="noopener">Twilio on this code</a></p>'
            )
        return card("problem", f"Twilio refused ({named}): {caught.message}", *parts)
    if isinstance(caught, ToolkitError):
        return card("problem", str(caught))
    return card(
        "problem",
        f"Something unexpected went wrong ({type(caught).__name__}). What was typed is still here; "
        "the details are in the form's `last_error`.",
    )


def bullets(items: Iterable[str]) -> str:
    """Draw a list of sentences."""
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def steps(items: Iterable[str]) -> str:
    """Draw sentences in their order."""
    return f"<ol>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ol>"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Draw a small table.

    Args:
        columns: The headings.
        rows: The cells, row by row.
        caption: What the table shows.
    """
    head = "".join(f'<th scope="col"{_LEFT}>{escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(f'<td{_LEFT}>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    titled = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="msvc"><table>{titled}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(pairs: Mapping[str, object], caption: str = "") -> str:
    """Draw names and values, one pair a row."""
    rows = "".join(
        f'<tr><th scope="row"{_LEFT}>{escape(name)}</th><td{_LEFT}>{escape(str(value))}</td></tr>'
        for name, value in pairs.items()
    )
    titled = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="msvc"><table>{titled}<tbody>{rows}</tbody></table></div>'


@dataclass(frozen=True)
class Bubble:
    """One text of a conversation.

    Args:
        who: From whom to whom, above the text.
        text: The text.
        told: Time and state, below it.
        links: Addresses of its media, shown as text.
        mine: Whether the phone sent it.
        faint: Whether the phone does not hold it, or not yet.
    """

    who: str
    text: str
    told: str
    links: Sequence[str] = ()
    mine: bool = False
    faint: bool = False


def conversation(label: str, bubbles: Iterable[Bubble]) -> str:
    """Draw a phone's texts, oldest first, scrolled to the newest.

    Args:
        label: What it is, for a reader who does not see it.
        bubbles: The texts.
    """
    rows = "".join(
        f'<li class="msvc-bubble{" msvc-mine" * bubble.mine}{" msvc-faint" * bubble.faint}">'
        + text(bubble.who, css="msvc-small")
        + (text(bubble.text, css="msvc-body") if bubble.text else "")
        + "".join(text(f"Media: {link}") for link in bubble.links)
        + text(bubble.told, css="msvc-small")
        + "</li>"
        for bubble in bubbles
    )
    return f'<div class="msvc msvc-phone" role="log" aria-label="{escape(label)}" tabindex="0"><ol>{rows}</ol></div>'


def listing(title: str, source: str) -> str:
    """Draw code under a title that opens it."""
    return f"<details><summary>{escape(title)}</summary><pre><code>{escape(source)}</code></pre></details>"


def ribbon(label: str, *, armed: bool = False) -> str:
    """Say on top of a form which account it works on.

    Args:
        label: "LIVE" or "SANDBOX".
        armed: Whether writes on a live account are open.
    """
    if label == "LIVE":
        words = "LIVE account: writes are armed" if armed else "LIVE account: read only until conn.arm(...)"
        return f'<span class="msvc msvc-ribbon msvc-live">{escape(words)}</span>'
    return '<span class="msvc msvc-ribbon msvc-sandbox">SANDBOX: nothing leaves this computer and nothing is charged</span>'
