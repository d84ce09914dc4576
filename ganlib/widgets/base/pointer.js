// What mouse, finger and keys do on a canvas, as its model's `pointer`, `hears` and `active` say.

function followPointer(model, canvas) {
  // One position in flight: the next one leaves when the kernel has heard this one, or after a while without an answer.
  let waiting = false, newest = null, timer = null;
  const send = (x, y) => {
    if (waiting) { newest = [x, y]; return; }
    waiting = true;
    model.send({ kind: "pointer", x, y });
    timer = setTimeout(answered, 250);
  };
  // A stroke must not lose its corners: all its places wait in `strokes`, and leave together.
  const strokes = [];
  const sendStroke = () => {
    if (waiting || !strokes.length) return;
    waiting = true;
    model.send({ kind: "stroke", ...strokes.shift() });
    timer = setTimeout(answered, 250);
  };
  const answered = () => {
    clearTimeout(timer);
    waiting = false;
    if (newest) { const [x, y] = newest; newest = null; send(x, y); }
    sendStroke();
  };
  const placeOf = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    const share = (value, size) => Math.min(1, Math.max(0, value / size));
    return [share(clientX - box.left, box.width), share(clientY - box.top, box.height)];
  };
  const act = (event, start = false) => {
    const [x, y] = placeOf(event);
    if (model.get("pointer") !== "draw") return send(x, y);
    if (start || !strokes.length) strokes.push({ start, places: [x, y] });
    else strokes[strokes.length - 1].places.push(x, y);
    sendStroke();
  };
  const means = (event) => { // whether something can be dragged there
    const [left, top, right, bottom] = model.get("active").length ? model.get("active") : [0, 0, 1, 1];
    const [x, y] = placeOf(event);
    return x >= left && x <= right && y >= top && y <= bottom;
  };
  if (model.get("pointer") === "click") {
    canvas.addEventListener("click", (event) => act(event)); // not pointerdown: a finger may be about to scroll
  } else {
    followDrag(canvas, model.get("pointer"), means, act);
  }
  canvas.addEventListener("keydown", (event) => {
    const key = event.key === " " ? "Space" : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || !model.get("hears").split(" ").includes(key)) return;
    event.preventDefault();
    event.stopPropagation();
    model.send({ kind: "key", key: event.key, shift: event.shiftKey });
  });
  canvas.tabIndex = 0;
  return (content) => { if (content.kind === "heard") answered(); };
}

function followDrag(canvas, kind, means, act) {
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !means(event)) return;
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    act(event, true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) act(event);
  });
  // A finger that can drag here must not scroll the page as well; anywhere else on the picture it may.
  if (kind === "scrub") canvas.style.touchAction = "pan-y pinch-zoom";
  else canvas.addEventListener("touchstart", (event) => {
    if (event.touches.length === 1 && means(event.touches[0])) event.preventDefault();
  }, { passive: false });
}
