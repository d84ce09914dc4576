// One cell's outputs. A widget is shown only if its metadata name a manager: that module is imported and gets an
// environment which knows the models' states and their ways to the kernel.

const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";
const PREFERRED = [WIDGET_VIEW, "text/html", "image/svg+xml", "image/png", "text/plain"];
const server = new URL("..", import.meta.url);
const area = document.getElementById("output-area");
const errors = [];

const bytesOf = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
const textOf = (part) => {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(part) ? part : new DataView(part);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
};

// An endless stream of messages, to be read with `for await`.
class Stream {
  waiting = [];
  wake = () => {};

  push(message) {
    this.waiting.push(message);
    this.wake();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      while (this.waiting.length) yield this.waiting.shift();
      await new Promise((resolve) => (this.wake = resolve));
    }
  }
}

// The channel to the kernel, shared by all comms of this frame.
class Channel {
  comms = new Map();
  sent = new Map();
  number = 0;

  constructor() {
    this.socket = new WebSocket(new URL("channel", server.href.replace("http", "ws")));
    this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.opened = new Promise((resolve) => (this.socket.onopen = resolve));
  }

  hear({ message, ...said }) {
    if (message === "done") this.sent.get(said.number)?.();
    if (message === "display") displayAgain(said);
    if (message !== "comm_msg") return;
    this.comms.get(said.model)?.push({ data: said.data, buffers: said.buffers.map(bytesOf) });
  }

  comm(model) {
    const messages = new Stream();
    this.comms.set(model, messages);
    return {
      messages,
      send: (data, { buffers = [] } = {}) => {
        const number = ++this.number;
        this.socket.send(JSON.stringify({ model, data, number, buffers: buffers.map(textOf) }));
        return new Promise((resolve) => this.sent.set(number, resolve));
      },
      close: () => this.comms.delete(model),
    };
  }
}

const channel = new Channel();
const environment = {
  async getModelState(model) {
    const answer = await fetch(new URL(`models/${model}`, server));
    if (!answer.ok) return undefined;
    const { state, buffer_paths, buffers } = await answer.json();
    buffer_paths.forEach((path, index) => {
      const last = path.pop();
      path.reduce((place, key) => place[key], state)[last] = bytesOf(buffers[index]);
    });
    const { _model_name: modelName, _model_module: modelModule, _model_module_version: modelModuleVersion } = state;
    return { modelName, modelModule, modelModuleVersion, state, comm: channel.comm(model) };
  },
};

const managers = new Map();
const managerAt = (url) => {
  if (!managers.has(url)) managers.set(url, import(url).then((module) => module.createWidgetManager(environment)));
  return managers.get(url);
};

async function showWidget(place, { model_id }, metadata) {
  const url = metadata?.[WIDGET_VIEW]?.colab?.custom_widget_manager?.url;
  if (!url) return; // as in Colab: nothing is shown, nothing is said
  await (await managerAt(url)).render(model_id, place);
}

function showHTML(place, html) {
  place.innerHTML = html;
  for (const dead of place.querySelectorAll("script")) {
    const script = document.createElement("script");
    script.append(dead.textContent);
    dead.replaceWith(script);
  }
}

function showData(place, { data, metadata }) {
  const kind = PREFERRED.find((kind) => kind in data);
  const text = [data[kind]].flat().join("");
  place.replaceChildren();
  if (kind === WIDGET_VIEW) return showWidget(place, data[kind], metadata);
  if (kind === "text/html" || kind === "image/svg+xml") showHTML(place, text);
  else if (kind === "image/png") place.append(Object.assign(new Image(), { src: `data:image/png;base64,${text}` }));
  else place.append(Object.assign(document.createElement("pre"), { textContent: text }));
}

async function show(output) {
  const place = area.appendChild(document.createElement("div"));
  place.className = `output ${output.output_type}`;
  if (output.display_id) place.dataset.display = output.display_id;
  if (output.data) await showData(place, output);
  else place.append(Object.assign(document.createElement("pre"), { textContent: output.text ?? output.evalue }));
}

function displayAgain({ name, data, metadata }) {
  for (const place of area.children) if (place.dataset.display === name) showData(place, { data, metadata });
}

const tell = (message) => parent.postMessage(message, "*");
const tellHeight = () => tell({ kind: "height", height: document.documentElement.offsetHeight });
new ResizeObserver(tellHeight).observe(document.body);
window.addEventListener("error", ({ message }) => errors.push(message));
window.addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));
window.addEventListener("message", async ({ data }) => {
  if (data.kind !== "outputs") return;
  await channel.opened;
  for (const output of data.outputs) await show(output).catch((error) => errors.push(String(error)));
  tell({ kind: "shown", errors });
});
tell({ kind: "ready" });
