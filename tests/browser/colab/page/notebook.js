// The page around the outputs: each cell's outputs in a frame of their own, which has no access to this page.

window.showCell = (name, outputs) =>
  new Promise((resolve) => {
    const frame = document.createElement("iframe");
    Object.assign(frame, { name, title: `Outputs of ${name}`, src: "output.html" });
    frame.setAttribute("sandbox", "allow-scripts");
    window.addEventListener("message", ({ data, source }) => {
      if (source !== frame.contentWindow) return;
      if (data.kind === "ready") source.postMessage({ kind: "outputs", outputs }, "*");
      if (data.kind === "height") frame.style.height = `${data.height}px`;
      if (data.kind === "shown") resolve(data.errors);
    });
    document.body.append(frame);
  });

window.clearCells = () => document.body.replaceChildren();
