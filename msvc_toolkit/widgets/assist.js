// Says in ARIA what the classes of a screen show, which ipywidgets cannot: which input is wrong and where that is
// explained, which button is pressed or open, and what
// scrolls. It also moves the keyboard's focus where the kernel asks.
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function mark(screen) {
  for (const field of screen.querySelectorAll(".msvc-input")) {
    const input = field.querySelector("input, select, textarea");
    const note = field.querySelector(":scope > .widget-html");
    if (!input || !note) continue;
    note.id ||= `msvc-${Math.random().toString(36).slice(2)}`;
    set(note, "aria-live", "polite");
    set(input, "aria-describedby", note.id);
    set(input, "aria-invalid", String(field.classList.contains("msvc-wrong")));
  }
  for (const button of screen.querySelectorAll(".widget-toggle-button")) {
    const name = button.parentElement.classList.contains("msvc-fold") ? "aria-expanded" : "aria-pressed";
    set(button, name, String(button.classList.contains("mod-active")));
  }
  for (const part of screen.querySelectorAll(".msvc-scroll, .dt-layout-full")) {
    if (part.scrollWidth > part.clientWidth) set(part, "tabindex", "0"); // the arrow keys scroll it
    else part.removeAttribute("tabindex");
  }
  for (const said of screen.querySelectorAll(".msvc-act > .widget-html")) set(said, "aria-live", "polite");
}

function render({ model, el }) {
  let screen = null;
  let frame = 0;
  const observer = new MutationObserver(() => mark(screen));
  const sizes = new ResizeObserver(() => mark(screen));
  function attach() {
    screen = el.closest(".msvc-screen");
    if (!screen) {
      frame = requestAnimationFrame(attach);
      return;
    }
    sizes.observe(screen); // which marks it, too
    observer.observe(screen, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
  }
  function focus(message) {
    const inputs = "button, input, select, textarea, summary, a[href], [tabindex]";
    setTimeout(() => {
      const found = screen?.querySelector(message.focus);
      (found?.matches(inputs) ? found : found?.querySelector(inputs))?.focus({ preventScroll: true });
      found?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }, 60); // the widgets that the kernel has just sent are drawn first
  }
  model.on("msg:custom", focus);
  attach();
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
    sizes.disconnect();
    model.off("msg:custom", focus);
  };
}
export default { render };
