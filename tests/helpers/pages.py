"""Read pages of a real browser."""

OUTSIDE = """screen => {
    if (screen.scrollWidth <= screen.clientWidth + 1) return [];
    const right = screen.getBoundingClientRect().right;
    const wide = [...screen.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > right + 1);
    return ["the screen", ...wide.map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`)];
}"""


def outside(screen):
    """What a screen draws outside its frame."""
    return screen.evaluate(OUTSIDE)
