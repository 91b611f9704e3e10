// A chart whose bars can be clicked: one button over each bar. Tab reaches the chart, arrow keys go from bar to bar.
// Below it, what was chosen, and a button that scrolls to its messages.
function render({ model, el }) {
  const image = document.createElement("img");
  const bars = document.createElement("div");
  bars.setAttribute("role", "toolbar");
  el.classList.add("msvc-picture");
  const frame = document.createElement("div");
  frame.classList.add("msvc-picture-frame");
  frame.append(image, bars);
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
  el.append(frame, status);
  let address = "";

  function picture() {
    URL.revokeObjectURL(address);
    address = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
    image.src = address;
    image.alt = model.get("alt");
    bars.setAttribute("aria-label", model.get("alt"));
  }

  function chosen() {
    [...bars.children].forEach((bar, place) => {
      bar.setAttribute("aria-pressed", String(place === model.get("chosen")));
    });
  }

  function said() {
    words.textContent = model.get("said");
    status.hidden = !model.get("said");
  }

  function areas() {
    const had = [...bars.children].indexOf(document.activeElement);
    bars.replaceChildren(...model.get("areas").map(([left, top, width, height, words], place) => {
      const bar = document.createElement("button");
      bar.type = "button";
      bar.title = words;
      bar.setAttribute("aria-label", words);
      bar.tabIndex = place === Math.max(had, 0) ? 0 : -1;
      Object.assign(bar.style, {
        left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * width}%`, height: `${100 * height}%`,
      });
      bar.addEventListener("click", () => model.send({ bar: place }));
      return bar;
    }));
    bars.children[had]?.focus();
    chosen();
  }

  bars.addEventListener("keydown", (event) => {
    const all = [...bars.children];
    const here = all.indexOf(document.activeElement);
    const to = {
      ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: all.length - 1,
    }[event.key];
    if (to === undefined || !all[to]) return;
    all[here].tabIndex = -1;
    all[to].tabIndex = 0;
    all[to].focus();
    event.preventDefault();
    event.stopPropagation();
  });

  model.on("change:png", picture);
  model.on("change:areas", areas);
  model.on("change:chosen", chosen);
  model.on("change:said", said);
  picture();
  said();
  areas();
  return () => URL.revokeObjectURL(address);
}
export default { render };
