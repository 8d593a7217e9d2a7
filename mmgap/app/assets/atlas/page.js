// The atlas page: its controls, its state, which stands in the address, and the maps that it asks the server for.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  const POLL = 600, MOST_IN_ADDRESS = 60, FOUND = 200;
  const waiting = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  class Page {
    // setup: {words, language, kinds, spaces, state, work, payload, said}; work is the address that gives payloads.
    constructor(root, setup) {
      const { element, HoverCard } = globalThis.mmgap.atlas;
      Object.assign(this, { root, setup, words: setup.words, state: { ...setup.state }, hidden: new Set(), chosen: new Set(), turn: 0 });
      this.controls = element("div", { class: "panel atlas-controls" });
      this.progress = element("p", { class: "atlas-progress", role: "status" });
      this.legend = element("div", { class: "atlas-legend" });
      this.maps = element("div", { class: "atlas-maps" });
      this.table = element("section", { class: "atlas-chosen", "aria-label": this.words.chosen });
      this.notes = element("details", { class: "atlas-notes", open: true });
      this.card = new HoverCard(this.words);
      root.replaceChildren(this.controls, this.progress, this.legend, this.maps, this.table, this.notes, this.card.card);
      this.tell(setup.said, Boolean(setup.said));
      this.watchColours();
    }

    async start() {
      this.showControls();
      if (this.setup.payload) return this.show(this.setup.payload);
      return this.ask();
    }

    tell(words, wrong = false) {
      this.progress.textContent = words ?? "";
      this.progress.className = `atlas-progress${words ? " said" : ""}${wrong ? " wrong" : ""}`;
    }

    // Ask the server for the map that the state says, until it is drawn; a newer question outdates this one.
    async ask() {
      const turn = ++this.turn, { map, space } = this.state, began = Date.now();
      const query = new URLSearchParams({ map, space: space ?? "", lang: this.setup.language });
      this.root.setAttribute("aria-busy", "true");
      for (;;) {
        let answer;
        try {
          answer = await (await fetch(`${this.setup.work}?${query}`)).json();
        } catch {
          answer = { error: this.words.gone };
        }
        if (turn !== this.turn) return undefined;
        if (answer.progress !== undefined) {
          const seconds = Math.round((Date.now() - began) / 1000);
          this.tell([answer.progress || this.words.working, `${seconds} s`].join(" · "));
          await waiting(POLL);
          if (turn !== this.turn) return undefined;
          continue;
        }
        this.root.removeAttribute("aria-busy");
        if (answer.error) return this.tell(answer.error, true);
        this.tell("");
        return this.show(answer);
      }
    }

    async show(payload) {
      const { Items, MapPlot, element } = globalThis.mmgap.atlas;
      const before = this.items;
      this.items = new Items(payload);
      const same = before && before.images === this.items.images && before.texts === this.items.texts;
      if (!before) this.chosen = new Set(chosenOf(this.state.chosen, this.items));
      else if (!same) this.chosen = new Set();
      for (const plot of this.plots ?? []) globalThis.Plotly.purge(plot.element);
      this.maps.replaceChildren();
      this.maps.classList.toggle("two", this.items.maps.length > 1);
      this.plots = this.items.maps.map((map, k) => {
        const plot = element("div", { class: "atlas-plot" });
        this.maps.append(element("figure", { "aria-labelledby": `atlas-title-${k}`, "aria-describedby": `atlas-alternative-${k}` },
          element("h2", { id: `atlas-title-${k}` }, map.title), element("p", { class: "atlas-said" }, map.said), plot,
          element("figcaption", { class: "help" }, element("span", { id: `atlas-alternative-${k}` }, map.alternative), " ", map.note)));
        return new MapPlot(plot, this.items, map, {
          chosen: (items, added) => this.choose(items, added),
          hovered: (item, event) => this.card.show(this.items, map, item, event),
          left: () => this.card.hide(),
        });
      });
      this.notes.replaceChildren(...(payload.notes.length ? [element("summary", {}, this.words.notes), element("ul", {}, ...payload.notes.map((note) => element("li", {}, note)))] : []));
      this.showControls();
      await this.draw();
    }

    showControls() {
      const { choice, colourNames, element } = globalThis.mmgap.atlas, { words, setup, state } = this;
      const focused = document.activeElement?.id, typed = this.controls.querySelector("#atlas-find")?.value ?? "";
      const parts = [];
      if (setup.work) parts.push(choice("atlas-map", words.map, setup.kinds, state.map, (map) => this.change({ map }, true)));
      if (setup.spaces?.length) {
        const spaces = [{ name: "", label: words.asIs }, ...setup.spaces.map((name) => ({ name, label: name }))];
        parts.push(choice("atlas-space", words.space, spaces, state.space ?? "", (space) => this.change({ space }, true)));
      }
      if (this.items) {
        const names = colourNames(this.items), shown = names.includes(state.colour) ? state.colour : "modality";
        parts.push(choice("atlas-colour", words.colour, names.map((name) => ({ name, label: words[name] })), shown, (colour) => { this.hidden.clear(); this.change({ colour }); }));
        if (this.items.texts) {
          const box = element("input", { type: "checkbox", id: "atlas-lines", checked: state.lines !== "0", onchange: (event) => this.change({ lines: event.target.checked ? "1" : "0" }) });
          parts.push(element("div", { class: "control check" }, box, element("label", { for: "atlas-lines" }, words.lines)));
        }
        const find = element("input", { type: "search", id: "atlas-find", value: typed, autocomplete: "off", placeholder: words.findHint });
        const form = element("form", { class: "control", role: "search", onsubmit: (event) => { event.preventDefault(); this.find(find.value); } },
          element("label", { for: "atlas-find" }, words.find), element("span", { class: "row" }, find, element("button", { type: "submit" }, words.choose)));
        parts.push(form);
      }
      this.controls.replaceChildren(...parts);
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
      this.change({ chosen: written(this.chosen, this.items) });
    }

    // Take a change of the state into the address and onto the page.
    change(changes, asks = false) {
      Object.assign(this.state, changes);
      this.writeAddress();
      return asks ? this.ask() : this.draw();
    }

    writeAddress() {
      if (!this.setup.work) return;
      const query = new URLSearchParams(globalThis.location.search);
      for (const [name, value] of Object.entries(this.state)) if (value) query.set(name, value); else query.delete(name);
      globalThis.history.replaceState(null, "", `${globalThis.location.pathname}?${query}`);
      for (const link of document.querySelectorAll("header .languages a")) {
        const other = new URLSearchParams(query);
        other.set("lang", link.getAttribute("hreflang"));
        link.setAttribute("href", `${globalThis.location.pathname}?${other}`);
      }
    }

    async draw() {
      if (!this.items) return;
      const { colouring } = globalThis.mmgap.atlas;
      const colours = colouring(this.state.colour, this.items, this.words);
      this.showLegend(colours);
      this.showChosen();
      for (const plot of this.plots) await plot.draw(colours, this.hidden, this.chosen, this.state.lines !== "0");
      this.root.dataset.drawn = `${Number(this.root.dataset.drawn ?? 0) + 1}`;
    }

    showLegend(colours) {
      const { element } = globalThis.mmgap.atlas, { words, items } = this;
      const shapes = colours.groups && this.state.colour !== "category" ? [] : [["circle", words.images], ...(items.texts ? [["triangle", words.texts]] : [])];
      const marks = shapes.map(([mark, label]) => element("span", { class: "entry" }, element("span", { class: `mark ${mark}` }), label));
      const entries = (colours.groups ?? []).map((group, k) => {
        const box = element("input", { type: "checkbox", checked: !this.hidden.has(k), onchange: () => { if (!this.hidden.delete(k)) this.hidden.add(k); this.draw(); } });
        const mark = element("span", { class: `mark ${group.mark ?? "square"}` });
        mark.style.color = group.colour;
        return element("label", { class: "entry" }, box, mark, element("span", { dir: "auto" }, group.label));
      });
      if (colours.stops) {
        const bar = element("span", { class: "scale" });
        bar.style.background = `linear-gradient(to right, ${colours.stops.join(", ")})`;
        bar.append(...colours.ticks.map(({ at, label }) => { const tick = element("span", {}, label); tick.style.left = `${100 * at}%`; return tick; }));
        entries.push(element("span", { class: "entry" }, words[`${this.state.colour}Scale`], bar));
      }
      const focused = [...this.legend.querySelectorAll("input")].indexOf(document.activeElement);
      this.legend.replaceChildren(...entries, ...marks);
      if (focused >= 0) this.legend.querySelectorAll("input")[focused]?.focus();
    }

    showChosen() {
      const { chosenTable, element, filled, number, MOST_ROWS } = globalThis.mmgap.atlas, { words, chosen, setup } = this;
      const count = filled(words.chosenCount, { n: number(chosen.size, setup.language) });
      const more = chosen.size > MOST_ROWS ? ` ${filled(words.firstShown, { n: MOST_ROWS })}` : "";
      const head = element("div", { class: "row" }, element("h2", {}, words.chosen), element("span", { role: "status" }, chosen.size ? count + more : words.howTo),
        chosen.size ? element("button", { type: "button", onclick: () => this.choose([], false) }, words.clear) : null);
      this.table.replaceChildren(head, chosen.size ? chosenTable(this.items, chosen, words, setup.language, (item) => this.choose([item], true)) : "");
    }

    // The colours of points come from the page's: draw again when the system turns dark or light.
    watchColours() {
      globalThis.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    }
  }

  // The chosen items as the address has them: i5,t7 are image 5 and text 7.
  function written(chosen, items) {
    return [...chosen].slice(0, MOST_IN_ADDRESS).map((item) => (items.isImage(item) ? `i${item}` : `t${item - items.images}`)).join(",");
  }

  function chosenOf(words, items) {
    const found = [];
    for (const word of (words ?? "").split(",")) {
      const match = /^([it])(\d{1,9})$/.exec(word);
      if (!match) continue;
      const place = Number(match[2]), within = place < (match[1] === "i" ? items.images : items.texts);
      if (within) found.push(match[1] === "i" ? place : items.images + place);
    }
    return found.slice(0, MOST_IN_ADDRESS);
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
    if (!root) return "";
    const page = new Page(root, setup);
    globalThis.mmgap.atlas.page = page;
    await plotly(setup.plotly);
    await page.start();
    return "";
  }

  Object.assign(globalThis.mmgap.atlas, { Page, start });
  (globalThis.dash_clientside ??= {}).atlas = { start: (setup) => { start(setup); return ""; } };
})();
