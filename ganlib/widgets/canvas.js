// Draws the newest frame of a PixelCanvas and reports back that it stands; with `pointer` it also reports clicks or drags.
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
  const answered = () => {
    clearTimeout(timer);
    waiting = false;
    if (newest) { const [x, y] = newest; newest = null; send(x, y); }
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = (value, size) => Math.min(1, Math.max(0, value / size));
    send(share(event.clientX - box.left, box.width), share(event.clientY - box.top, box.height));
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.focus();
    if (model.get("pointer") === "drag") canvas.setPointerCapture(event.pointerId);
    place(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (model.get("pointer") === "drag" && canvas.hasPointerCapture(event.pointerId)) place(event);
  });
  canvas.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow")) return;
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
  canvas.setAttribute("role", model.get("pointer") === "drag" ? "application" : "img");
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
    canvas.style.touchAction = model.get("pointer") === "drag" ? "none" : "auto";
    canvas.style.cursor = { click: "pointer", drag: "crosshair" }[model.get("pointer")] || "default";
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
