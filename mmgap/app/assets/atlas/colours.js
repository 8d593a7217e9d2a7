// How points are coloured: by groups, each with an entry of the legend, or along a scale.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  // Okabe and Ito's colours, and two more, that stand out on white and on black.
  const CATEGORIES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d1f", "#7f7fbf"];
  const LIGHT = ["#7ad151", "#22a884", "#2a788e", "#414487", "#440154"];
  const DARK = ["#5b63c9", "#2a9db0", "#35b779", "#a5db36", "#fde725"];

  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const isDark = () => globalThis.matchMedia("(prefers-color-scheme: dark)").matches;

  // By groups: {groups: [{label, colour}], of: item → its group}.
  function byModality(items, words) {
    const groups = [{ label: words.images, colour: variable("--image"), mark: "circle" }];
    if (items.texts) groups.push({ label: words.texts, colour: variable("--text"), mark: "triangle" });
    return { groups, of: (item) => (items.isImage(item) ? 0 : 1) };
  }

  function byCategory(items, words) {
    const { names, of } = items.categories, some = names.slice(0, CATEGORIES.length);
    const groups = some.map((label, k) => ({ label, colour: CATEGORIES[k] }));
    const rest = names.length > some.length ? groups.push({ label: words.others, colour: "#8a8f98" }) - 1 : -1;
    const none = of.includes(names.length) ? groups.push({ label: words.none, colour: "#b9bdc4" }) - 1 : -1;
    return {
      groups,
      of: (item) => {
        const code = of[items.imageOf(item)];
        return code < some.length ? code : code < names.length ? rest : none;
      },
    };
  }

  // Along a logarithmic scale that all maps share: {values: [of each map], low, high, ticks, stops}.
  function byColumn(items, column) {
    const shift = column === "rank" ? 0 : 1; // no query at all may have an item among its nearest
    const values = items.maps.map((map) => map[column] && Float32Array.from(map[column], (v) => Math.log10(v + shift)));
    let high = 0;
    for (const each of values) if (each) for (const value of each) if (value > high) high = value;
    const stops = isDark() ? DARK : LIGHT;
    const ticks = [];
    for (let power = 0; power <= high; power++) ticks.push({ at: power / (high || 1), label: `${10 ** power - shift}` });
    return { values, low: 0, high: high || 1, ticks, stops };
  }

  function colouring(name, items, words) {
    if (name === "category" && items.categories) return byCategory(items, words);
    if ((name === "rank" || name === "hubness") && items.maps.some((map) => map[name])) return byColumn(items, name);
    return byModality(items, words);
  }

  // The names of what these items can be coloured by.
  function colourNames(items) {
    const able = ["modality"];
    if (items.categories) able.push("category");
    for (const column of ["rank", "hubness"]) if (items.maps.some((map) => map[column])) able.push(column);
    return able;
  }

  Object.assign(globalThis.mmgap.atlas, { colouring, colourNames, variable, isDark });
})();
