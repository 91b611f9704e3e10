// A chart whose bars are buttons. Tab reaches the chart, arrow keys go from bar to bar, Enter and Space choose one.
// Its messages are then in the panel, which is scrolled into view; the keyboard moves there, too.
function render({ model, el }) {
  const view = Math.random().toString(36).slice(2);
  const frame = document.createElement("div");
  el.classList.add("msvc-picture");
  el.append(frame);

  const bars = () => [...frame.querySelectorAll("[data-bar]")];

  function focus(bar) {
    bars().forEach((one) => one.setAttribute("tabindex", one === bar ? "0" : "-1"));
    bar.focus();
  }

  function picture() {
    const had = bars().indexOf(document.activeElement);
    const svg = model.get("svg") && new DOMParser().parseFromString(model.get("svg"), "image/svg+xml").documentElement;
    if (svg) {
      // A second view of the same chart needs IDs of its own, or its hatches are gone while the first one is hidden.
      svg.querySelectorAll("pattern").forEach((pattern) => {
        const id = `${pattern.id}-${view}`;
        svg.querySelectorAll(`[fill="url(#${pattern.id})"]`).forEach((one) => one.setAttribute("fill", `url(#${id})`));
        pattern.id = id;
      });
    }
    frame.replaceChildren(...(svg ? [svg] : []));
    if (bars()[had]) focus(bars()[had]);
    chosen();
  }

  function chosen() {
    bars().forEach((bar, place) => bar.setAttribute("aria-pressed", String(place === model.get("chosen"))));
  }

  function choose(event) {
    const bar = event.target.closest("[data-bar]");
    if (!bar) return;
    model.send({ bar: Number(bar.dataset.bar) });
    const panel = el.closest(".msvc-screen")?.querySelector(".msvc-panel");
    if (!panel) return;
    if (event.type === "keydown") {
      panel.tabIndex = -1;
      panel.focus({ preventScroll: true });
    }
    panel.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  frame.addEventListener("click", choose);
  frame.addEventListener("keydown", (event) => {
    const all = bars();
    const here = all.indexOf(document.activeElement);
    const to = {
      ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: all.length - 1,
    }[event.key];
    if (event.key === "Enter" || event.key === " ") choose(event);
    else if (all[to]) focus(all[to]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  model.on("change:svg", picture);
  model.on("change:chosen", chosen);
  picture();
}
export default { render };
