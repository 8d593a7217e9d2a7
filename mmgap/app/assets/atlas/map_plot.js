// One map: points in WebGL traces of at most 10⁵, lines of pairs below them, what is chosen above.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  const TRACE = 100000, ALL_PAIRS = 300, MOST_LINES = 2000, MOST_RINGS = 20000;
  const SYMBOLS = ["circle", "triangle-up"];

  const hasWebgl = (() => {
    let known;
    return () => (known ??= Boolean(document.createElement("canvas").getContext("webgl")));
  })();

  // Whether the lines of all pairs are drawn; of more than these they would hide the points.
  const drawsAllPairs = (items) => items.texts <= ALL_PAIRS;

  const sizeFor = (count) => (count <= 600 ? 9 : count <= 5000 ? 6.5 : count <= 40000 ? 4.5 : count <= 200000 ? 3 : 2);

  class MapPlot {
    // told: {chosen(items, added), hovered(item, event), left()}
    constructor(element, items, map, told) {
      Object.assign(this, { element, items, map, told, shown: null, started: false });
      this.kind = hasWebgl() ? "scattergl" : "scatter";
    }

    draw(colouring, hidden, chosen, lines) {
      const { variable } = globalThis.mmgap.atlas;
      const ink = variable("--ink"), faint = variable("--faint");
      this.members = [];
      const points = this.traces(colouring, hidden);
      const data = [this.lineTrace(lines, chosen, false, faint), ...points, this.lineTrace(lines, chosen, true, ink), this.ringTrace(chosen, ink)];
      this.first = 1;
      const { items, map } = this, bare = !map.axes[0] && !map.axes[1];
      const axis = { zeroline: false, showgrid: !bare, showticklabels: !bare, gridcolor: variable("--line"), color: faint, ticks: "" };
      const margin = bare ? { l: 10, r: 38, t: 8, b: 10 } : { l: 50, r: 38, t: 8, b: 44 };
      const range = (name) => (bare ? {} : { range: extent(items.maps, name) }); // numbers of other maps mean nothing
      const layout = {
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, hovermode: "closest",
        dragmode: this.mode ?? "select", margin, uirevision: "map", autosize: true,
        font: { family: "system-ui, sans-serif", color: ink, size: 12 },
        modebar: { orientation: "v", bgcolor: "rgba(0,0,0,0)", color: faint, activecolor: ink },
        newselection: { line: { color: ink } },
        xaxis: { ...axis, ...range("x"), title: { text: map.axes[0], standoff: 4 } },
        yaxis: { ...axis, ...range("y"), title: { text: map.axes[1], standoff: 2 }, scaleanchor: "x" },
      };
      const config = {
        displaylogo: false, responsive: true, displayModeBar: true, doubleClick: "reset",
        modeBarButtons: [["select2d", "lasso2d", "pan2d", "zoom2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"], ["toImage"]],
      };
      this.busy = true;
      return globalThis.Plotly.react(this.element, data, layout, config).then(() => {
        this.busy = false;
        if (!this.started) this.listen();
      });
    }

    // The points: a trace for each modality and group, cut where it is long; those of hidden groups are left out.
    traces(colouring, hidden) {
      const { items, map } = this, size = sizeFor(items.count), found = [];
      const groups = colouring.groups ?? [null];
      for (const modality of [0, 1]) {
        const [start, end] = modality ? [items.images, items.count] : [0, items.images];
        const lists = groups.map(() => []);
        if (colouring.groups) {
          for (let item = start; item < end; item++) lists[colouring.of(item)].push(item);
        } else {
          for (let item = start; item < end; item++) lists[0].push(item);
        }
        lists.forEach((list, group) => {
          for (let from = 0; from < list.length && !hidden.has(group); from += TRACE) {
            const members = Uint32Array.from(list.slice(from, from + TRACE));
            this.members.push(members);
            found.push({
              type: this.kind, mode: "markers", hoverinfo: "none",
              x: Float32Array.from(members, (item) => map.x[item]), y: Float32Array.from(members, (item) => map.y[item]),
              marker: { size, symbol: SYMBOLS[modality], opacity: items.count > 5000 ? 0.6 : 0.8, line: { width: 0 }, ...this.paint(colouring, group, members) },
              selected: { marker: {} }, unselected: { marker: { opacity: items.count > 5000 ? 0.6 : 0.8 } },
            });
          }
        });
      }
      return found;
    }

    paint(colouring, group, members) {
      if (colouring.groups) return { color: colouring.groups[group].colour };
      const values = colouring.values[this.items.maps.indexOf(this.map)];
      const last = colouring.stops.length - 1;
      return {
        color: Float32Array.from(members, (item) => values[item]), cmin: colouring.low, cmax: colouring.high,
        colorscale: colouring.stops.map((colour, k) => [k / last, colour]), showscale: false,
      };
    }

    // Pairs as lines: all of them where they are few, and those of what is chosen.
    lineTrace(wanted, chosen, ofChosen, colour) {
      const { items, map } = this, x = [], y = [];
      let images = [];
      if (wanted && ofChosen) images = [...new Set([...chosen].map((item) => items.imageOf(item)))].slice(0, MOST_LINES);
      else if (wanted && drawsAllPairs(items)) images = Array.from({ length: items.images }, (_, image) => image);
      for (const image of images) {
        for (const text of items.textsOf(image)) {
          x.push(map.x[image], map.x[text], null);
          y.push(map.y[image], map.y[text], null);
        }
      }
      const line = ofChosen ? { color: colour, width: 1.4 } : { color: colour, width: 0.7 };
      return { type: this.kind, mode: "lines", x, y, line, opacity: ofChosen ? 0.9 : 0.35, hoverinfo: "skip", connectgaps: false };
    }

    ringTrace(chosen, ink) {
      const some = [...chosen].slice(0, MOST_RINGS);
      const size = sizeFor(this.items.count) + 6;
      return {
        type: this.kind, mode: "markers", hoverinfo: "skip", x: some.map((item) => this.map.x[item]), y: some.map((item) => this.map.y[item]),
        marker: { size, color: "rgba(0,0,0,0)", symbol: "circle-open", line: { width: 2, color: ink }, ...(this.kind === "scattergl" ? { color: ink } : {}) },
        selected: { marker: {} }, unselected: { marker: { opacity: 1 } },
      };
    }

    itemOf(point) { return this.members[point.curveNumber - this.first]?.[point.pointNumber]; }

    listen() {
      this.started = true;
      const items = (event) => (event?.points ?? []).map((point) => this.itemOf(point)).filter((item) => item !== undefined);
      this.element.on("plotly_hover", (event) => { const [item] = items(event); if (item !== undefined) this.told.hovered(item, event.event); });
      this.element.on("plotly_unhover", () => this.told.left());
      this.element.on("plotly_click", (event) => { const [item] = items(event); if (item !== undefined) this.told.chosen([item], event.event?.shiftKey); });
      this.element.on("plotly_selected", (event) => { if (event && !this.busy) this.told.chosen(items(event), false); });
      this.element.on("plotly_deselect", () => { if (!this.busy) this.told.chosen([], false); });
      this.element.on("plotly_relayout", (change) => { if (change.dragmode) this.mode = change.dragmode; });
    }
  }

  // What an axis of the maps side by side must hold: they have one scale.
  function extent(maps, axis) {
    let low = Infinity, high = -Infinity;
    for (const map of maps) for (const value of map[axis]) { if (value < low) low = value; if (value > high) high = value; }
    const room = 0.04 * (high - low) || 1;
    return [low - room, high + room];
  }

  Object.assign(globalThis.mmgap.atlas, { MapPlot, drawsAllPairs });
})();
