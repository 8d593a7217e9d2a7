// What a reader can set: map, space, colour, lines, and words to find.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  // The controls of a state; items are null until a map is there. told: {changed(changes), found(words)}.
  function controls(setup, state, items, typed, told) {
    const { choice, colourNames } = globalThis.mmgap.atlas, { words } = setup, parts = [];
    if (setup.work) parts.push(choice("atlas-map", words.map, setup.kinds, state.map, (map) => told.changed({ map })));
    if (setup.spaces?.length) {
      const spaces = [{ name: setup.asIs, label: words.asIs }, ...setup.spaces.map((name) => ({ name, label: name }))];
      parts.push(choice("atlas-space", words.space, spaces, state.space, (space) => told.changed({ space })));
    }
    if (!items) return parts;
    const names = colourNames(items), shown = names.includes(state.colour) ? state.colour : "modality";
    parts.push(choice("atlas-colour", words.colour, names.map((name) => ({ name, label: words[name] })), shown, (colour) => told.changed({ colour })));
    if (items.texts) parts.push(linesBox(words, state, items, told));
    parts.push(findForm(words, typed, told));
    return parts;
  }

  function linesBox(words, state, items, told) {
    const { element, drawsAllPairs } = globalThis.mmgap.atlas;
    const box = element("input", { type: "checkbox", id: "atlas-lines", checked: state.lines !== "0", onchange: (event) => told.changed({ lines: event.target.checked ? "1" : "0" }) });
    return element("div", { class: "control check" }, box, element("label", { for: "atlas-lines" }, drawsAllPairs(items) ? words.lines : words.linesOfChosen));
  }

  function findForm(words, typed, told) {
    const { element } = globalThis.mmgap.atlas;
    const find = element("input", { type: "search", id: "atlas-find", value: typed, autocomplete: "off", placeholder: words.findHint });
    return element("form", { class: "control", role: "search", onsubmit: (event) => { event.preventDefault(); told.found(find.value); } },
      element("label", { for: "atlas-find" }, words.find), element("span", { class: "row" }, find, element("button", { type: "submit" }, words.choose)));
  }

  Object.assign(globalThis.mmgap.atlas, { controls });
})();
