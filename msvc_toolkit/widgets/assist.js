// Says in ARIA what the classes of a screen show, which ipywidgets cannot: which input is wrong and where that is
// explained, which button is pressed or open, and what scrolls. It also moves the keyboard's focus where the kernel asks,
// and sends what was typed ahead of a click.
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function unique() {
  return `msvc-${Math.random().toString(36).slice(2)}`;
}

function mark(screen) {
  for (const field of screen.querySelectorAll(".msvc-input")) {
    const input = field.querySelector("input, select, textarea");
    const note = field.querySelector(":scope > .widget-html");
    if (!input || !note) continue;
    note.id ||= unique();
    set(note, "aria-live", "polite");
    set(input, "aria-describedby", note.id);
    set(input, "aria-invalid", String(field.classList.contains("msvc-wrong")));
  }
  for (const group of screen.querySelectorAll(".widget-radio")) {
    set(group, "role", "radiogroup");
    set(group, "aria-label", group.querySelector(":scope > .widget-label")?.textContent ?? "");
    group.id ||= unique();
    for (const input of group.querySelectorAll("input")) set(input, "name", group.id); // for the arrow keys
  }
  for (const chooser of screen.querySelectorAll("input[type=radio], select")) {
    set(chooser, "data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the arrow keys, and goes to another cell
  }
  for (const step of screen.querySelectorAll(".msvc-step")) {
    set(step, "aria-current", step.classList.contains("msvc-here") ? "step" : "false");
  }
  for (const input of screen.querySelectorAll("select[title], input[title]")) {
    if (![...input.labels].some((label) => label.textContent.trim())) set(input, "aria-label", input.title);
  }
  for (const button of screen.querySelectorAll(".widget-toggle-button")) {
    const name = button.parentElement.classList.contains("msvc-fold") ? "aria-expanded" : "aria-pressed";
    set(button, name, String(button.classList.contains("mod-active")));
  }
  // A check box has its HTML as a title, which a screen reader would read out.
  for (const row of screen.querySelectorAll(".msvc-list [title]")) row.removeAttribute("title");
  for (const part of screen.querySelectorAll(".msvc-scroll")) {
    if (part.scrollWidth > part.clientWidth) set(part, "tabindex", "0"); // the arrow keys scroll it
    else part.removeAttribute("tabindex");
  }
  for (const said of screen.querySelectorAll(".msvc-act > .widget-html")) set(said, "aria-live", "polite");
}

function render({ model, el }) {
  let screen = null;
  let frame = 0;
  let last = null;
  let lost = null;
  // A browser takes the keyboard from a button that is disabled, as during its own act; it is given back afterwards.
  function keep() {
    if (last?.disabled) lost = last;
    if (!lost || lost.disabled) return;
    if (document.activeElement === document.body) lost.focus({ preventScroll: true });
    last = lost = null;
  }
  const remember = (event) => (last = event.target);
  // ipywidgets sends an input's next value only when the kernel has answered the one before, but a click at once. So the
  // click would be carried out with half of a text.
  const typed = new Map();
  function collect({ target }) {
    const id = target.closest("[class*=msvc-model-]")?.className.match(/msvc-model-(\w+)/)?.[1];
    if (id && target.matches("input[type=text], input[type=password], textarea")) typed.set(id, target);
  }
  function settle(event) {
    if (!typed.size || !event.target.closest("button")) return;
    model.send({ typed: Object.fromEntries([...typed].map(([id, input]) => [id, input.value])) });
    typed.clear();
  }
  const observer = new MutationObserver(() => {
    mark(screen);
    keep();
  });
  const sizes = new ResizeObserver(() => mark(screen));
  function attach() {
    screen = el.closest(".msvc-screen");
    if (!screen) {
      frame = requestAnimationFrame(attach);
      return;
    }
    sizes.observe(screen); // which marks it, too
    screen.addEventListener("focusin", remember);
    screen.addEventListener("input", collect, true);
    screen.addEventListener("click", settle, true);
    observer.observe(screen, { subtree: true, childList: true, attributes: true, attributeFilter: ["class", "disabled"] });
  }
  function focus(message) {
    const inputs = "button, input, select, textarea, summary, a[href], [tabindex]";
    let tries = 0;
    const waiting = setInterval(() => {
      const found = screen?.querySelector(message.focus);
      if ((!found || !found.getClientRects().length) && ++tries < 50) return; // not drawn yet
      clearInterval(waiting);
      (found?.matches(inputs) ? found : found?.querySelector(inputs))?.focus({ preventScroll: true });
      // The label of an input, and the steps above the first one, are seen as well.
      const steps = message.focus.startsWith(".msvc-step-") && screen.querySelector(".msvc-steps");
      (steps || found?.closest(".msvc-input") || found)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }, 60);
  }
  model.on("msg:custom", focus);
  attach();
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
    screen?.removeEventListener("focusin", remember);
    screen?.removeEventListener("input", collect, true);
    screen?.removeEventListener("click", settle, true);
    sizes.disconnect();
    model.off("msg:custom", focus);
  };
}
export default { render };
