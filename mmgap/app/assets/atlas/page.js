// The atlas page: its state, what it shows of it, and the maps that it asks the server for.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  const FOUND = 200;

  class Page {
    // setup: {words, language, kinds, spaces, asIs, state, work, payload, said}; work is the address that gives payloads,
    // plotly a promise of the library, which is loaded while the server works.
    constructor(root, setup, plotly) {
      const { element, HoverCard } = globalThis.mmgap.atlas;
      Object.assign(this, { root, setup, plotly, words: setup.words, state: { ...setup.state }, hidden: new Set(), chosen: new Set(), turn: 0 });
      this.controls = element("div", { class: "panel atlas-controls" });
      this.progress = element("p", { class: "atlas-progress", role: "status" });
      this.legend = element("div", { class: "atlas-legend" });
      this.maps = element("div", { class: "atlas-maps" });
      this.table = element("div", { class: "atlas-chosen" });
      this.notes = element("details", { class: "atlas-notes", open: true });
      this.card = new HoverCard(this.words);
      root.replaceChildren(this.controls, this.progress, this.legend, this.maps, this.table, this.notes, this.card.card);
      this.showControls();
      // the colours of points come from the page's: draw again when the system turns dark or light
      globalThis.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    }

    tell(words, wrong = false) {
      this.progress.textContent = words ?? "";
      this.progress.className = `atlas-progress${words ? " said" : ""}${wrong ? " wrong" : ""}`;
    }

    // Ask the server for the map that the state says, and show it; a newer question outdates this one.
    async ask(said = "") {
      const turn = ++this.turn, { map, space } = this.state;
      this.root.setAttribute("aria-busy", "true");
      const told = (words) => this.tell(words), outdated = () => turn !== this.turn;
      const query = { map, space, lang: this.setup.language };
      const answer = await globalThis.mmgap.atlas.askedMap(this.setup.work, query, this.words, told, outdated);
      await this.plotly;
      if (outdated()) return;
      this.root.removeAttribute("aria-busy");
      this.tell(answer.error ?? said, true);
      if (!answer.error) await this.show(answer);
    }

    async show(payload) {
      const { Items, chosenItems, element, figure } = globalThis.mmgap.atlas;
      const before = this.items;
      this.items = new Items(payload);
      const same = before && before.images === this.items.images && before.texts === this.items.texts;
      if (!before) this.chosen = new Set(chosenItems(this.state.chosen, this.items));
      else if (!same) this.chosen = new Set();
      for (const plot of this.plots ?? []) globalThis.Plotly.purge(plot.element);
      this.maps.classList.toggle("two", this.items.maps.length > 1);
      const drawn = this.items.maps.map((map, k) => figure(this.items, map, k, {
        chosen: (items, added) => this.choose(items, added),
        hovered: (item, event) => this.card.show(this.items, map, item, event),
        left: () => this.card.hide(),
      }));
      this.plots = drawn.map(({ plot }) => plot);
      this.maps.replaceChildren(...drawn.map(({ shown }) => shown));
      const notes = element("ul", {}, ...payload.notes.map((note) => element("li", {}, note)));
      this.notes.replaceChildren(...(payload.notes.length ? [element("summary", {}, this.words.notes), notes] : []));
      this.showControls();
      await this.draw();
    }

    showControls() {
      const focused = document.activeElement?.id, typed = this.controls.querySelector("#atlas-find")?.value ?? "";
      this.controls.replaceChildren(...globalThis.mmgap.atlas.controls(this.setup, this.state, this.items, typed, {
        changed: (changes) => this.change(changes),
        found: (words) => this.find(words),
      }));
      if (focused) document.getElementById(focused)?.focus();
    }

    find(words) {
      const found = this.items.found(words, FOUND);
      this.choose(found, false);
      if (!found.length) this.tell(this.words.nothingFound, true);
    }

    choose(items, added) {
      if (!added) this.chosen = new Set(items);
      else for (const item of items) if (!this.chosen.delete(item)) this.chosen.add(item);
      this.tell("");
      this.change({ chosen: globalThis.mmgap.atlas.chosenWords(this.chosen, this.items) });
    }

    // Take a change of the state into the address and onto the page.
    change(changes) {
      Object.assign(this.state, changes);
      if ("colour" in changes) this.hidden.clear();
      if (this.setup.work) globalThis.mmgap.atlas.writeAddress(this.state);
      return "map" in changes || "space" in changes ? this.ask() : this.draw();
    }

    async draw() {
      if (!this.items) return;
      const colours = globalThis.mmgap.atlas.colouring(this.state.colour, this.items, this.words);
      this.showLegend(colours);
      this.showChosen();
      for (const plot of this.plots) await plot.draw(colours, this.hidden, this.chosen, this.state.lines !== "0");
      this.root.dataset.drawn = `${Number(this.root.dataset.drawn ?? 0) + 1}`;
    }

    showLegend(colours) {
      const focused = [...this.legend.querySelectorAll("input")].indexOf(document.activeElement);
      const toggled = (group) => { if (!this.hidden.delete(group)) this.hidden.add(group); this.draw(); };
      this.legend.replaceChildren(...globalThis.mmgap.atlas.legend(colours, this.items, this.words, this.words[`${this.state.colour}Scale`], this.hidden, toggled));
      if (focused >= 0) this.legend.querySelectorAll("input")[focused]?.focus();
    }

    showChosen() {
      const { chosenTable, element, filled, number, MOST_ROWS } = globalThis.mmgap.atlas, { words, chosen, setup } = this;
      const count = filled(words.chosenCount, { n: number(chosen.size, setup.language) });
      const more = chosen.size > MOST_ROWS ? ` ${filled(words.firstShown, { n: MOST_ROWS })}` : "";
      const head = element("div", { class: "row" }, element("h2", {}, words.chosen), element("span", { role: "status" }, chosen.size ? count + more : words.howTo),
        chosen.size ? element("button", { type: "button", onclick: () => this.choose([], false) }, words.clear) : null);
      this.table.replaceChildren(head, chosen.size ? chosenTable(this.items, chosen, words, (item) => this.choose([item], true)) : "");
    }
  }

  // Plotly is loaded where it is not there yet; in an exported file it stands in the page.
  function plotly(address) {
    if (globalThis.Plotly) return Promise.resolve();
    return new Promise((done, failed) => {
      const script = globalThis.mmgap.atlas.element("script", { src: address });
      script.addEventListener("load", done);
      script.addEventListener("error", failed);
      document.head.append(script);
    });
  }

  async function start(setup) {
    const root = document.getElementById("atlas-root");
    if (!root) return;
    const page = globalThis.mmgap.atlas.page = new Page(root, setup, plotly(setup.plotly));
    try {
      await (setup.payload ? page.show(setup.payload) : page.ask(setup.said));
    } catch (error) {
      page.tell(setup.words.gone, true);
      throw error;
    }
  }

  Object.assign(globalThis.mmgap.atlas, { Page, start });
  (globalThis.dash_clientside ??= {}).atlas = { start: (setup) => { start(setup); return ""; } };
})();
