// A chart whose bars are buttons. Tab reaches the chart, arrow keys go from bar to bar, Enter and Space choose one.
// Below it, what was chosen, and a button that scrolls to its messages.
function render({ model, el }) {
  const view = Math.random().toString(36).slice(2);
  const frame = document.createElement("div");
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  const words = document.createElement("span");
  const go = document.createElement("button");
  go.type = "button";
  go.textContent = "Show them";
  go.classList.add("msvc-go");
  go.addEventListener("click", () => {
    const messages = el.closest(".msvc-log-explorer")?.querySelector(".msvc-count");
    messages?.scrollIntoView({ block: "start", behavior: "smooth" });
  });
  status.append(words, " ", go);
  el.classList.add("msvc-picture");
  el.append(frame, status);

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

  function said() {
    words.textContent = model.get("said");
    status.hidden = !model.get("said");
  }

  function choose(event) {
    const bar = event.target.closest("[data-bar]");
    if (bar) model.send({ bar: Number(bar.dataset.bar) });
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
  model.on("change:said", said);
  picture();
  said();
}
export default { render };
