// What a canvas does for the panel around it: it fits the panel to the page, gives sliders and buttons names that a
// screen reader can say, keeps keys for them, and hides the static picture while the live one stands.

const SMALLEST = 0.5, LARGEST = 2; // of a picture beside its own size
const BESIDES = 12; // CSS pixels that stay free above and below a panel

function pageHeight(panel) {
  // Of what is seen at once: the notebook's part of the window. In a frame that grows with its content, as in Colab,
  // the window's own height says nothing.
  const page = panel.closest(".jp-WindowedPanel-outer, .jp-NotebookPanel-notebook, #site");
  if (page && page.clientHeight >= 240) return page.clientHeight;
  return window.parent === window ? window.innerHeight : 0.7 * screen.availHeight;
}

function fit(panel) {
  const height = pageHeight(panel) - BESIDES;
  const canvases = [...panel.querySelectorAll(".ganlib-canvas canvas")];
  const scale = (value) => panel.style.setProperty("--ganlib-scale", value.toFixed(3));
  const whole = () => panel.offsetHeight <= height;
  const pictures = () => canvases.every((canvas) => canvas.offsetHeight <= height);
  const search = (fits, largest) => {
    let low = SMALLEST, high = largest;
    scale(high);
    if (fits()) return true;
    scale(low);
    if (!fits()) return false;
    while (high - low > 0.02) {
      const middle = (low + high) / 2;
      scale(middle);
      if (fits()) low = middle; else high = middle;
    }
    scale(low);
    return true;
  };
  if (!search(whole, LARGEST)) search(pictures, 1); // a page too low for all of it: then each picture by itself
}

function keepFitting(panel) {
  let last = "";
  const again = () => {
    if (!panel.isConnected || !panel.clientWidth) return;
    const heights = [...panel.querySelectorAll(".ganlib-controls, canvas")].map((part) =>
      part.tagName === "CANVAS" ? (part.height / part.width).toFixed(2) : part.offsetHeight);
    const now = [panel.clientWidth, pageHeight(panel), ...heights].join();
    if (now === last) return;
    last = now;
    fit(panel);
  };
  const observer = new ResizeObserver(again);
  observer.observe(panel);
  window.addEventListener("resize", again);
  return () => { observer.disconnect(); window.removeEventListener("resize", again); };
}

const HANDLES = ".noUi-handle, .ui-slider-handle"; // of ipywidgets 8 and 7

function nameControls(panel) {
  const said = (line) => line?.querySelector(".widget-readout")?.textContent.trim()
    || panel.querySelector(".ganlib-status")?.textContent.trim();
  for (const handle of panel.querySelectorAll(HANDLES)) {
    const line = handle.closest(".widget-inline-hbox");
    const put = (name, value) => {
      if (value && handle.getAttribute(name) !== value) handle.setAttribute(name, value);
    };
    put("role", "slider");
    put("aria-label", line?.querySelector(".widget-label")?.textContent.trim() || "slider");
    put("aria-valuetext", said(line));
    if (!handle.hasAttribute("aria-valuenow")) put("aria-valuenow", "0");
  }
  for (const icon of panel.querySelectorAll("button > i.fa")) { // of ipywidgets' player: without a text
    if (icon.parentElement.textContent.trim()) continue;
    const name = ["play", "pause", "stop"].find((kind) => icon.classList.contains(`fa-${kind}`)) || "repeat";
    icon.parentElement.setAttribute("aria-label", name);
  }
}

function keepKeys(panel) {
  // JupyterLab and Notebook 7 take plain keys as commands on cells, such as the arrows that move a slider. Here they
  // belong to the controls; with Ctrl or Command, and Shift with Enter, they are still the page's.
  const mine = (event) => {
    if (!panel.contains(event.target)) return;
    const commands = event.ctrlKey || event.metaKey || (event.shiftKey && event.key === "Enter");
    if (commands) delete event.target.dataset.lmSuppressShortcuts;
    else event.target.dataset.lmSuppressShortcuts = "true"; // on the very element: selectors may end in :focus
  };
  window.addEventListener("keydown", mine, true);
  return () => window.removeEventListener("keydown", mine, true);
}

function keepNaming(panel) {
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; nameControls(panel); }, 100);
  };
  const observer = new MutationObserver(soon);
  const what = { subtree: true, childList: true, characterData: true, attributes: true };
  observer.observe(panel, { ...what, attributeFilter: ["aria-valuetext"] });
  nameControls(panel);
  return () => observer.disconnect();
}

function hideStill(id) {
  // By a style and not on the image itself, which is put on the page anew whenever the kernel has a newer one.
  const style = document.createElement("style");
  style.textContent = `img.ganlib-still[data-view="${id}"] { display: none; }`;
  document.head.append(style);
  return () => style.remove();
}

function tendPanel(model, root) {
  // The canvas is rendered before it stands in a panel on the page: wait for that. One canvas tends a panel.
  let panel = null, stops = [];
  const start = () => {
    const found = root.closest(".ganlib-panel");
    if (!found || panel || !root.isConnected) return;
    panel = found;
    stops = [hideStill(model.get("panel"))];
    if (panel.dataset.tended) return;
    panel.dataset.tended = "yes";
    stops.push(keepFitting(panel), keepNaming(panel), keepKeys(panel), () => { delete panel.dataset.tended; });
  };
  const observer = new ResizeObserver(start);
  observer.observe(root);
  return () => {
    observer.disconnect();
    stops.forEach((stop) => stop());
  };
}
