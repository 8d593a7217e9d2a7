// What colours and shapes mean; groups can be left out.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  // The entries of a colouring; toggled(group) takes a group out, or back.
  function legend(colours, items, words, scaleWords, hidden, toggled) {
    const { element } = globalThis.mmgap.atlas;
    const entries = (colours.groups ?? []).map((group, k) => {
      const box = element("input", { type: "checkbox", checked: !hidden.has(k), onchange: () => toggled(k) });
      const mark = element("span", { class: `mark ${group.mark ?? "square"}` });
      mark.style.color = group.colour;
      return element("label", { class: "entry" }, box, mark, element("span", { dir: "auto" }, group.label));
    });
    if (colours.stops) entries.push(element("span", { class: "entry" }, scaleWords, scale(colours)));
    const modalities = colours.groups?.some((group) => group.mark) ? [] : [["circle", words.images], ...(items.texts ? [["triangle", words.texts]] : [])];
    return [...entries, ...modalities.map(([mark, label]) => element("span", { class: "entry" }, element("span", { class: `mark ${mark}` }), label))];
  }

  function scale(colours) {
    const { element } = globalThis.mmgap.atlas, bar = element("span", { class: "scale" });
    bar.style.background = `linear-gradient(to right, ${colours.stops.join(", ")})`;
    bar.append(...colours.ticks.map(({ at, label }) => { const tick = element("span", {}, label); tick.style.left = `${100 * at}%`; return tick; }));
    return bar;
  }

  Object.assign(globalThis.mmgap.atlas, { legend });
})();
