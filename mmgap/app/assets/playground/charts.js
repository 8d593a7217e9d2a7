/* The three charts of readings, drawn by Plotly in the page's colours; each has its numbers as a text alternative. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const CONFIG = { displaylogo: false, responsive: true, displayModeBar: false };
  const NAMES = ["histogram", "curves", "landscape"];

  class Charts {
    /** `place(name)` is the element of a chart; `setup` has the words. */
    constructor(place, setup) {
      Object.assign(this, { place, texts: setup.texts, metrics: setup.metrics, shown: {} });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    }

    /** Draw the charts of readings; what they lack stays as it is. */
    show(readings) {
      for (const name of NAMES) if (readings[name]) this.shown[name] = readings[name];
      this.redraw();
    }

    /** Draw when the browser has time, once however often it is asked for. */
    redraw(names = NAMES) {
      this.names = new Set([...(this.names ?? []), ...names]);
      this.waiting ??= setTimeout(() => {
        this.waiting = undefined;
        if (!globalThis.Plotly) return setTimeout(() => this.redraw(), 50); // the app loads it in its own time
        const names = this.names;
        this.names = undefined;
        for (const name of names) if (this.shown[name]) this.#draw(name, this.shown[name]);
      }, 0);
    }

    /** Return a promise of a PNG's address of each chart that there is. */
    pictures(width, height) {
      const drawn = NAMES.map((name) => this.place(name)).filter((element) => element.data);
      return Promise.all(drawn.map((element) => Plotly.toImage(element, { format: "png", width, height, scale: 2 })));
    }

    #draw(name, values) {
      const colours = colourOf(this.place(name));
      const { traces, axes, words } = this[`_${name}`](values, colours);
      const layout = {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: "system-ui, sans-serif", size: 12, color: colours("ink") },
        margin: { l: 48, r: axes.yaxis2 ? 48 : 12, t: 42, b: axes.xaxis.ticktext ? 60 : 44 },
        legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom", entrywidth: 0, font: { size: 11 }, bgcolor: "rgba(0,0,0,0)" },
        hovermode: "x unified",
        hoverlabel: { bgcolor: colours("panel"), bordercolor: colours("line"), font: { color: colours("ink") } },
        showlegend: true,
      };
      for (const [key, axis] of Object.entries(axes)) {
        layout[key] = { gridcolor: colours("line"), zerolinecolor: colours("line"), linecolor: colours("line"), ...axis };
      }
      const element = this.place(name);
      element.setAttribute("aria-label", words);
      Plotly.react(element, traces, layout, CONFIG);
    }

    _histogram({ edges, ...shares }, colours) {
      const kinds = { image_image: "image", text_text: "text", matched: "matched", unmatched: "unmatched" };
      const middles = edges.slice(1).map((edge, i) => (edge + edges[i]) / 2);
      const traces = Object.entries(kinds).map(([kind, colour]) => ({
        name: this.texts[kind],
        x: middles,
        y: shares[kind],
        type: "scatter",
        mode: "lines",
        // the images' line is seen beside the texts' where both are the same
        line: { shape: "hvh", width: kind === "image_image" ? 4 : 2, color: colours(colour), dash: kind === "unmatched" ? "dot" : "solid" },
        hovertemplate: "%{y:.3f}",
      }));
      const mean = (kind) => shares[kind].reduce((sum, share, i) => sum + share * middles[i], 0).toFixed(2);
      const words = Object.keys(kinds).map((kind) => `${this.texts[kind]}: ${mean(kind)}`);
      return {
        traces,
        axes: { xaxis: { title: { text: this.texts.cosine, standoff: 6 }, range: [-1.02, 1.02] }, yaxis: { title: { text: this.texts.share }, rangemode: "tozero" } },
        words: `${this.texts.cosine}. ${words.join("; ")}`,
      };
    }

    _curves({ step, loss, ...metrics }, colours) {
      const mode = step.length > 1 ? "lines" : "markers";
      const trace = (name, y, colour, more) => ({ name, x: step, y, mode, line: { width: 2, color: colours(colour) }, marker: { color: colours(colour) }, hovertemplate: "%{y:.4g}", ...more });
      const traces = [
        trace(this.texts.loss, loss, "ink", { yaxis: "y2" }),
        trace(this.metrics.gap, metrics.gap, "image"),
        trace(this.metrics.misalignment, metrics.misalignment, "text"),
        trace(this.metrics.uniformity, metrics.uniformity, "unmatched", { line: { width: 2, dash: "dot", color: colours("unmatched") } }),
        trace(this.metrics.t2i_r1, metrics.t2i_r1, "matched"),
      ];
      const ends = traces.map(({ name, y }) => `${name}: ${short(y[0])} → ${short(y[y.length - 1])}`);
      return {
        traces,
        axes: {
          xaxis: { title: { text: this.texts.step, standoff: 6 }, range: [0, Math.max(10, step[step.length - 1])] },
          yaxis: {},
          yaxis2: { title: { text: this.texts.loss }, overlaying: "y", side: "right", tickmode: "auto", showgrid: false, zeroline: false },
        },
        words: ends.join("; "),
      };
    }

    _landscape({ shift, loss, gap }, colours) {
      const traces = [
        { name: this.texts.loss, x: shift, y: loss, mode: "lines", line: { width: 2, color: colours("ink") }, hovertemplate: "%{y:.4g}" },
        { name: this.metrics.gap, x: shift, y: gap, yaxis: "y2", mode: "lines", line: { width: 2, dash: "dot", color: colours("image") }, hovertemplate: "%{y:.4g}" },
      ];
      const least = shift[loss.indexOf(Math.min(...loss.filter(Number.isFinite)))];
      const marks = [[0, this.texts.as_it_is], [1, this.texts.closed], [least, "min"]];
      return {
        traces,
        axes: {
          xaxis: { title: { text: this.texts.shift, standoff: 4 }, tickvals: [-1, 0, 1, 2, 3], ticktext: ["−1", `0<br>${this.texts.as_it_is}`, `1<br>${this.texts.closed}`, "2", "3"] },
          yaxis: { title: { text: this.texts.loss } },
          yaxis2: { title: { text: this.metrics.gap }, overlaying: "y", side: "right", tickmode: "auto", showgrid: false, zeroline: false },
        },
        words: marks.map(([at, word]) => `${word} (λ = ${short(at)}): ${this.texts.loss} ${short(loss[shift.indexOf(at)] ?? NaN)}`).join("; "),
      };
    }
  }

  function short(value) {
    if (!Number.isFinite(value)) return "–";
    return String(Number(value.toPrecision(4)));
  }

  /** Return the colours of an element's page by name. */
  function colourOf(element) {
    const style = getComputedStyle(element);
    return (name) => style.getPropertyValue(`--${name}`).trim() || "#808080";
  }

  mmgap.playground.Charts = Charts;
})();
