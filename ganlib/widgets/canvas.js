// Draws the newest frame of a PixelCanvas and reports back that it stands; with `pointer` it also reports clicks, drags or strokes.
// A frame is one byte string: header length (uint32, little endian), header (JSON), pixels (uint8, H x W x channels).

function unpack(view) {
  const bytes = ArrayBuffer.isView(view)
    ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    : new Uint8Array(view);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, pixels: bytes.subarray(4 + length) };
}

function toImageData({ height, width, channels }, pixels) {
  const image = new ImageData(width, height);
  const colours = new Uint32Array(image.data.buffer);
  if (channels === 1) {
    for (let i = 0; i < colours.length; i++) colours[i] = 0xff000000 | (pixels[i] * 0x010101);
  } else {
    for (let i = 0, j = 0; i < colours.length; i++, j += 3) {
      colours[i] = 0xff000000 | (pixels[j + 2] << 16) | (pixels[j + 1] << 8) | pixels[j];
    }
  }
  return image;
}

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

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
  const place = (event, start = false) => {
    const box = canvas.getBoundingClientRect();
    const share = (value, size) => Math.min(1, Math.max(0, value / size));
    const [x, y] = [share(event.clientX - box.left, box.width), share(event.clientY - box.top, box.height)];
    if (model.get("pointer") !== "draw") return send(x, y);
    if (start || !strokes.length) strokes.push({ start, places: [x, y] });
    else strokes[strokes.length - 1].places.push(x, y);
    sendStroke();
  };
  const held = () => ["drag", "draw"].includes(model.get("pointer"));
  const keys = () => (model.get("pointer") === "draw" ? [" "] : []);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.focus();
    if (held()) canvas.setPointerCapture(event.pointerId);
    place(event, true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (held() && canvas.hasPointerCapture(event.pointerId)) place(event);
  });
  canvas.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow") && !keys().includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    model.send({ kind: "key", key: event.key, shift: event.shiftKey });
  });
  canvas.tabIndex = 0;
  return (content) => { if (content.kind === "heard") answered(); };
}

function ring(context, x, y, radius) {
  // Vermilion between two white lines: it stands out on any picture.
  for (const [colour, width] of [["#fff", 6], ["#d55e00", 2.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * radius / 9;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}

function render({ model, el }) {
  const root = element("div", "ganlib-canvas", el);
  const canvas = element("canvas", "", root);
  const context = canvas.getContext("2d");
  const status = element("div", "ganlib-status", root);
  const message = element("div", "ganlib-message", root);
  message.setAttribute("role", "alert");
  canvas.setAttribute("role", ["drag", "draw"].includes(model.get("pointer")) ? "application" : "img");
  const hear = model.get("pointer") ? followPointer(model, canvas) : () => {};
  let image = null;

  const paint = () => {
    if (!image) return;
    context.putImageData(image, 0, 0);
    const [x, ...edges] = model.get("cursor");
    context.fillStyle = "#111";
    for (let k = 0; k + 1 < edges.length; k += 2) {
      const top = edges[k] * canvas.height;
      context.fillRect(Math.round(x * canvas.width) - 1, top, 3, edges[k + 1] * canvas.height - top);
    }
    const marker = model.get("marker");
    const radius = 9 * canvas.width / model.get("css_width");
    for (let k = 0; k + 1 < marker.length; k += 2) {
      ring(context, marker[k] * canvas.width, marker[k + 1] * canvas.height, radius);
    }
  };
  const draw = () => {
    const frame = model.get("frame");
    if (!frame || !frame.byteLength) return;
    const { header, pixels } = unpack(frame);
    image = toImageData(header, pixels);
    if (canvas.width !== header.width || canvas.height !== header.height) {
      canvas.width = header.width;
      canvas.height = header.height;
    }
    paint();
    status.textContent = header.status;
    message.textContent = header.message;
    message.hidden = !header.message;
    canvas.dataset.frame = header.number;
    model.send({ kind: "drawn", number: header.number });
  };
  const dress = () => {
    root.style.width = model.get("css_width") + "px"; // not the texts' width, which may be larger
    canvas.style.width = model.get("css_width") + "px";
    canvas.style.imageRendering = model.get("smooth") ? "auto" : "pixelated";
    canvas.style.touchAction = ["drag", "draw"].includes(model.get("pointer")) ? "none" : "auto";
    canvas.style.cursor = { click: "pointer", drag: "crosshair", draw: "crosshair" }[model.get("pointer")] || "default";
    canvas.setAttribute("aria-label", model.get("alt"));
  };
  const dressed = ["css_width", "smooth", "alt"].map((name) => "change:" + name);
  dress();
  draw();
  model.on("change:frame", draw);
  model.on("change:cursor", paint);
  model.on("change:marker", paint);
  model.on("msg:custom", hear);
  dressed.forEach((name) => model.on(name, dress));
  return () => {
    model.off("change:frame", draw);
    model.off("change:cursor", paint);
    model.off("change:marker", paint);
    model.off("msg:custom", hear);
    dressed.forEach((name) => model.off(name, dress));
  };
}

export default { render };
