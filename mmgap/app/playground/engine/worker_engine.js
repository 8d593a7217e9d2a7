/* The playground as one file: its engine is a worker made of the page's own text, and its address the part behind #. */
(() => {
  "use strict";

  /** Return an engine whose answers come from a worker that runs this code. */
  function workerEngine(code, setup, exportPage) {
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const last = setup.limits.step[1];
    const waiting = new Map();
    let number = 0;
    worker.onmessage = ({ data: { id, answer, error, name, far, points } }) => {
      const { resolve, reject, progress, seen } = waiting.get(id);
      if (far) return progress?.(...far);
      if (points) return seen?.(points);
      waiting.delete(id);
      if (error === undefined) resolve(answer);
      else reject(Object.assign(new Error(error), { name }));
    };
    worker.onerror = ({ message }) => {
      for (const { reject } of waiting.values()) reject(new Error(message));
      waiting.clear();
    };
    const ask = (call, asked, signal, progress, seen) =>
      new Promise((resolve, reject) => {
        const id = number++;
        waiting.set(id, { resolve, reject, progress, seen });
        signal?.addEventListener("abort", () => worker.postMessage({ drop: id }));
        worker.postMessage({ id, call, last, ...asked });
      });
    const named = (state) => ({ state, query: mmgap.playground.state.write(state, setup.defaults), said: "" });
    return {
      readings: async (state, signal, progress, seen) => {
        return { ...named(state), ...(await ask("readings", { state }, signal, progress, seen)) };
      },
      frames: (state, first, end, signal, progress) => ask("frames", { state, first, end }, signal, progress),
      landscape: (state, signal) => ask("landscape", { state }, signal),
      exportPage,
    };
  }

  /** Return this page's text as it was before its scripts filled it, with another setup. */
  function pageText(pristine, setup) {
    const page = document.documentElement.cloneNode(true);
    page.querySelector("main").outerHTML = pristine;
    const added = "head style:not([data-page]), body > :not(main, script)"; // by Plotly
    for (const one of page.querySelectorAll(added)) one.remove();
    const inside = JSON.stringify(setup).replaceAll("<", "\\u003c");
    page.querySelector("#playground-setup").textContent = inside;
    return `<!doctype html>\n${page.outerHTML}\n`;
  }

  const address = (setup) => ({
    read: () => location.hash.slice(1) || location.search.slice(1) || setup.query,
    write: (query) => history.replaceState(null, "", `#${query}`),
  });

  addEventListener("hashchange", () => location.reload()); // an address that the reader has changed

  // The page stands before its scripts.
  const setup = JSON.parse(document.getElementById("playground-setup").textContent);
  const pristine = document.querySelector("main").outerHTML;
  const code = document.getElementById("playground-engine").textContent;
  const exportPage = (state, first) => {
    const query = mmgap.playground.state.write(state, setup.defaults);
    const blob = new Blob([pageText(pristine, { ...setup, query, first })], { type: "text/html" });
    mmgap.playground.files.save(blob, "playground.html");
  };
  const engine = workerEngine(code, setup, exportPage);
  mmgap.playground.page = mmgap.playground.start(setup, engine, address(setup));
})();
