// A report's pictures, drawn anew by Plotly when a reader explores them: values under the pointer, a slider over epochs,
// lines that can be hidden. The library and the data are in the page; nothing is unpacked before it is asked for.
"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const packed = document.getElementById("plotly");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const INK = new Set(["#222222", "#000000", "#222", "#000"]);
  let library = null;

  async function start() {
    const script = document.createElement("script");
    script.textContent = await unpacked(packed);
    document.head.append(script);
    return window.Plotly;
  }

  const look = () => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(["paper", "ink", "soft", "line"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  };

  function layoutOf(plot, holder) {
    const { ink, paper, line } = look();
    const narrow = holder.clientWidth < 520;
    const axis = (one) => ({ gridcolor: line, linecolor: line, automargin: true, ...one,
      title: { ...one.title, font: { size: narrow ? 11 : 13 } } });
    const height = plot.layout.square ? Math.min(holder.clientWidth, 680) : narrow ? 340 : 440;
    return { ...plot.layout, height, autosize: true, paper_bgcolor: paper, plot_bgcolor: paper,
      font: { color: ink, family: "system-ui, 'DejaVu Sans', sans-serif", size: narrow ? 11 : 13 },
      margin: { t: 24, r: 12, b: 48, l: 56 }, xaxis: axis(plot.layout.xaxis), yaxis: axis(plot.layout.yaxis),
      legend: { orientation: "h", y: -0.22 }, hoverlabel: { font: { size: 13 } } };
  }

  /** Ink is white on black paper. */
  function tracesOf(plot) {
    const { ink } = look();
    const own = (name, part) => (part ? { [name]: INK.has(part.color) ? { ...part, color: ink } : part } : {});
    return plot.data.map((trace) => ({ ...trace, ...own("line", trace.line), ...own("marker", trace.marker) }));
  }

  let number = 0;
  function labelled(text, control) {
    const label = document.createElement("label");
    control.id = `control-${(number += 1)}`;
    label.htmlFor = control.id;
    label.textContent = text;
    const both = document.createElement("span");
    both.className = "control";
    both.append(label, control);
    return both;
  }

  /** What chooses one of several states: a slider, or a list. */
  function chooser(plot, show) {
    if (!plot.steps || plot.steps.length < 2) return null;
    if (plot.slider) {
      const range = document.createElement("input");
      Object.assign(range, { type: "range", min: 0, max: plot.steps.length - 1, step: 1, value: 0 });
      const told = document.createElement("output");
      const say = () => {
        const { name } = plot.steps[range.value];
        told.textContent = name;
        range.setAttribute("aria-valuetext", name);
      };
      range.addEventListener("input", () => { say(); show(Number(range.value)); });
      say();
      const control = labelled(plot.slider, range);
      control.append(told);
      return control;
    }
    const list = document.createElement("select");
    plot.steps.forEach(({ name }, place) => list.append(new Option(name, place)));
    list.addEventListener("change", () => show(Number(list.value)));
    return labelled(plot.choice, list);
  }

  /** A box for each trace that has a name: lines are hidden from the keyboard, too. */
  function toggles(plot, toggle) {
    if (!plot.toggles) return null;
    const group = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = words.shown;
    group.append(legend);
    plot.data.forEach((trace, place) => {
      if (trace.showlegend === false) return;
      const box = document.createElement("input");
      Object.assign(box, { type: "checkbox", checked: true });
      box.addEventListener("change", () => toggle(place, box.checked));
      const label = document.createElement("label");
      label.append(box, ` ${trace.name}`);
      group.append(label);
    });
    return group;
  }

  async function open(figure, held) {
    const plot = JSON.parse(held.textContent);
    const place = document.createElement("div");
    place.className = "explored";
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", figure.querySelector("img").alt);
    const holder = document.createElement("div");
    holder.className = "plot";
    figure.querySelector("img").after(place);
    place.append(holder);
    figure.classList.add("exploring");
    library = library || start();
    const Plotly = await library;
    const show = (step) => {
      const { y, z, axis } = plot.steps[step];
      plot.data.forEach((trace, at) => { if (y) trace.y = y[at]; if (z) trace.z = z[at]; });
      if (axis) plot.layout.yaxis = { ...plot.layout.yaxis, title: { text: axis } };
      return draw();
    };
    const draw = () => Plotly.react(holder, tracesOf(plot), layoutOf(plot, holder), {
      displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset" });
    const toggle = (at, seen) => { plot.data[at].visible = seen ? true : "legendonly"; draw(); };
    const bar = document.createElement("div");
    bar.className = "controls";
    bar.append(...[chooser(plot, show), toggles(plot, toggle)].filter(Boolean));
    place.prepend(bar);
    await draw();
    dark.addEventListener("change", draw);
    figure.close = () => { dark.removeEventListener("change", draw); Plotly.purge(holder); place.remove(); };
  }

  document.querySelectorAll("script[data-explores]").forEach((held) => {
    const figure = held.closest("figure");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "explore";
    const name = figure.querySelector("img").alt;
    const say = (opened) => {
      button.textContent = opened ? words.picture : words.explore;
      button.setAttribute("aria-label", `${button.textContent}: ${name}`);
      button.setAttribute("aria-expanded", String(opened));
    };
    say(false);
    button.addEventListener("click", async () => {
      button.disabled = true;
      if (figure.close) {
        figure.close();
        figure.close = null;
        figure.classList.remove("exploring");
        say(false);
      } else {
        await open(figure, held);
        say(true);
      }
      button.disabled = false;
      button.focus({ preventScroll: true });
    });
    figure.querySelector("img").before(button);
  });
})();
