// A map with what must be said of it above and below.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  // {shown, plot}: the figure of the map of number k, and what draws its points.
  function figure(items, map, k, told) {
    const { MapPlot, element } = globalThis.mmgap.atlas, plot = element("div", { class: "atlas-plot" });
    const caption = element("figcaption", { class: "help" }, element("span", { id: `atlas-alternative-${k}` }, map.alternative), " ", map.note);
    const shown = element("figure", { "aria-labelledby": `atlas-title-${k}`, "aria-describedby": `atlas-alternative-${k}` },
      element("h2", { id: `atlas-title-${k}` }, map.title), element("p", { class: "atlas-said" }, map.said), plot, caption);
    return { shown, plot: new MapPlot(plot, items, map, told) };
  }

  Object.assign(globalThis.mmgap.atlas, { figure });
})();
