/* The state of the page: read from an address's query and written to it, as mmgap.app.playground.state does. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const WHOLE = ["n", "seed", "dim", "step"];
  /** What of a preset may change while it stays that preset. */
  const FREE = { seed: 0, rate: 0, step: 0, preset: "" };

  /** Return {state, said} of a query; `said` are lines on what was replaced by its default.
   *  `checked` returns the canonical spelling of a loss or throws an Error that says why not. */
  function read(query, setup, checked) {
    const asked = new URLSearchParams(query);
    const said = [];
    const replaced = (name, why) => {
      const words = why ? setup.texts.replaced_why : setup.texts.replaced;
      said.push(filled(words, { name, value: asked.get(name).slice(0, 40), usual: shown(start[name]) || setup.texts.none, why }));
    };
    const preset = setup.presets.find((one) => one.id === asked.get("preset"));
    const start = preset ? stateOf(preset, setup) : { ...setup.defaults };
    const state = { ...start };
    if (asked.get("preset") && !preset) replaced("preset");
    for (const name of Object.keys(setup.defaults)) {
      const text = name === "preset" ? null : asked.get(name);
      if (text === null) continue;
      if (name !== "loss") {
        if (fits(name, text, setup)) state[name] = Number(text) + 0;
        else replaced(name);
        continue;
      }
      try {
        state.loss = checked(text);
      } catch (error) {
        replaced("loss", error.message);
      }
    }
    return { state: settled(state, setup), said };
  }

  /** Return the canonical query: what differs from the default, in one order and spelling. */
  function write(state, defaults) {
    return Object.keys(defaults)
      .filter((name) => state[name] !== defaults[name])
      .map((name) => `${name}=${plus(shown(state[name]))}`)
      .join("&");
  }

  /** Return the state without its preset where it is no longer that. */
  function settled(state, setup) {
    const preset = setup.presets.find((one) => one.id === state.preset);
    if (!preset) return { ...state, preset: "" };
    const [mine, its] = [state, stateOf(preset, setup)].map((one) => JSON.stringify({ ...one, ...FREE }));
    return mine === its ? state : { ...state, preset: "" };
  }

  function stateOf(preset, setup) {
    const values = Object.fromEntries(new URLSearchParams(preset.query));
    const numbers = Object.entries(values).map(([name, text]) => [name, name in setup.limits ? Number(text) : text]);
    return { ...setup.defaults, ...Object.fromEntries(numbers) };
  }

  /** Whether a text is a number that this control may hold. */
  function fits(name, text, setup) {
    const value = text.trim() ? Number(text) : NaN;
    const [low, high] = setup.limits[name];
    return value >= low && value <= high && (!WHOLE.includes(name) || Number.isInteger(value));
  }

  function shown(value) {
    return typeof value === "number" ? mmgap.playground.expression.spelled(value) : value;
  }

  /** As Python's urlencode writes a value. */
  function plus(text) {
    const hex = (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
    return encodeURIComponent(text).replace(/[!*'()]/g, hex).replaceAll("%20", "+");
  }

  /** Return a text with what stands in its braces. */
  function filled(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  mmgap.playground.state = { read, write, settled, stateOf, fits, filled, WHOLE };
})();
