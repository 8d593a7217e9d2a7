// Small builders of elements; words always go in as text, never as HTML.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  // A labelled choice of one: options are {name, label}.
  function choice(id, label, options, chosen, changed) {
    const select = element("select", { id, onchange: (event) => changed(event.target.value) });
    for (const option of options) select.append(element("option", { value: option.name, selected: option.name === chosen }, option.label));
    return element("div", { class: "control" }, element("label", { for: id }, label), select);
  }

  // The picture of an item, which goes where it cannot be had.
  function picture(items, item, alt) {
    const address = items.picture(item);
    if (!address) return null;
    return element("img", { src: address, alt, loading: "lazy", onerror: (event) => event.target.remove() });
  }

  const filled = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const number = (value, language) => new Intl.NumberFormat(language).format(value);
  const rounded = (value) => (value === null || value === undefined ? "" : Number.isInteger(value) ? `${value}` : value.toFixed(1));

  Object.assign(globalThis.mmgap.atlas, { element, choice, picture, filled, number, rounded });
})();
