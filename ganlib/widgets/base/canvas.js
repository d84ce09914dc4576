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
  canvas.dataset.pointer = model.get("pointer");
  canvas.setAttribute("role", model.get("pointer") ? "application" : "img");
  const hear = model.get("pointer") ? followPointer(model, canvas) : () => {};
  const leave = tendPanel(model, root);
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
    root.style.setProperty("--ganlib-width", model.get("css_width") + "px");
    canvas.style.imageRendering = model.get("smooth") ? "auto" : "pixelated";
    canvas.style.cursor = { "": "default", click: "pointer" }[model.get("pointer")] || "crosshair";
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
    leave();
    model.off("change:frame", draw);
    model.off("change:cursor", paint);
    model.off("change:marker", paint);
    model.off("msg:custom", hear);
    dressed.forEach((name) => model.off(name, dress));
  };
}

export default { render };
