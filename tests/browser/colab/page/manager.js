// The manager that the metadata name: Jupyter's public one, which gets models from the page and other people's modules
// as AMD. From a CDN in Colab, from this machine here.

const server = new URL("..", import.meta.url);
const MODULES = { anywidget: new URL("anywidget/index.js", server).href };

const loadScript = (path) =>
  new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: new URL(path, server), onload: resolve });
    script.onerror = () => reject(new Error(`cannot load ${path}`));
    document.head.append(script);
  });
const amd = (name) => new Promise((resolve, reject) => window.requirejs([name], (module) => resolve(module), reject));

async function loadModule(name) {
  if (!(name in MODULES)) throw new Error(`there is no widget module ${name} here`);
  return amd(MODULES[name]);
}

// Jupyter's idea of a comm around the environment's.
class Comm {
  constructor(model, comm) {
    Object.assign(this, { comm_id: model, target_name: "jupyter.widget", comm });
    this.number = 0;
  }

  on_msg(hear) {
    (async () => {
      for await (const { data, buffers } of this.comm.messages) {
        await hear({ content: { comm_id: this.comm_id, data }, buffers, header: {}, parent_header: {}, metadata: {} });
      }
    })();
  }

  on_close() {}

  send(data, callbacks, metadata, buffers = []) {
    const id = `${this.comm_id}-${++this.number}`;
    const idle = { content: { execution_state: "idle" }, parent_header: { msg_id: id } };
    this.comm.send(data, { buffers }).then(() => callbacks?.iopub?.status?.(idle));
    return id;
  }

  close() {
    this.comm.close();
  }
}

export async function createWidgetManager(environment) {
  await loadScript("npm/requirejs/require.js");
  await loadScript("npm/@jupyter-widgets/html-manager/dist/libembed-amd.js");
  const { HTMLManager } = await amd("@jupyter-widgets/html-manager");

  class Manager extends HTMLManager {
    asked = new Set();

    async get_model(id) {
      if (!this.asked.has(id)) {
        this.asked.add(id);
        return this.open(id);
      }
      return super.get_model(id);
    }

    async open(id) {
      const known = await environment.getModelState(id);
      if (!known) throw new Error(`widget model ${id} is not there`);
      const names = { model_name: known.modelName, model_module: known.modelModule };
      const options = { model_id: id, ...names, model_module_version: known.modelModuleVersion };
      return this.new_model({ ...options, comm: new Comm(id, known.comm) }, known.state);
    }

    async render(id, place) {
      const model = await this.get_model(id);
      await this.display_view(this.create_view(model), place);
    }
  }
  return new Manager({ loader: loadModule });
}
