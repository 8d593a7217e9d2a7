// What is chosen, as a table that can be read and worked with by keyboard.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  const MOST_ROWS = 100;

  // The table of the chosen items; dropped(item) takes one out.
  function chosenTable(items, chosen, words, dropped) {
    const { element, picture, rounded } = globalThis.mmgap.atlas;
    const several = items.maps.length > 1, columns = ["rank", "hubness"].filter((name) => items.maps.some((map) => map[name]));
    const numbers = columns.flatMap((name) => items.maps.map((map) => ({ name, map })));
    const heading = (label, attributes) => element("th", { scope: "col", ...attributes }, label);
    const head = element("tr", {}, heading(words.what), items.pictures ? heading(words.picture) : null, heading(words.name),
      items.captions ? heading(words.caption) : null, items.categories ? heading(words.category) : null,
      ...numbers.map(({ name, map }) => heading(several ? `${words[name]}, ${map.of}` : words[name], { class: "number" })),
      heading(words.remove));
    const row = (item) => {
      const kind = items.isImage(item) ? words.image : words.text, name = items.name(item);
      return element("tr", {},
        element("td", { class: "kind" }, element("span", { class: `mark ${items.isImage(item) ? "circle" : "triangle"}`, "aria-hidden": "true" }), kind),
        items.pictures ? element("td", {}, picture(items, item, "")) : null,
        element("th", { scope: "row", dir: "auto" }, name),
        items.captions ? element("td", { class: "caption", dir: "auto" }, items.caption(item)) : null,
        items.categories ? element("td", { dir: "auto" }, items.category(item)) : null,
        ...numbers.map(({ name: column, map }) => element("td", { class: "number" }, map[column] ? rounded(map[column][item]) : "")),
        element("td", {}, element("button", { type: "button", "aria-label": `${words.remove}: ${kind} ${name}`, onclick: () => dropped(item) }, "×")));
    };
    const body = [...chosen].slice(0, MOST_ROWS).map(row);
    return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": words.chosen },
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
  }

  Object.assign(globalThis.mmgap.atlas, { chosenTable, MOST_ROWS });
})();
