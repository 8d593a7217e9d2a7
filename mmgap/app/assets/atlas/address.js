// The state in the address: what is shown and what is chosen, so that a link brings it back.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  const MOST_CHOSEN = 60;

  // The chosen items as the address has them: i5,t7 are image 5 and text 7 of those shown.
  function chosenWords(chosen, items) {
    return [...chosen].slice(0, MOST_CHOSEN).map((item) => (items.isImage(item) ? `i${item}` : `t${item - items.images}`)).join(",");
  }

  // The items that such words name; what they do not name is left out.
  function chosenItems(words, items) {
    const found = [];
    for (const word of (words ?? "").split(",")) {
      const match = /^([it])(\d{1,9})$/.exec(word);
      if (!match) continue;
      const place = Number(match[2]), within = place < (match[1] === "i" ? items.images : items.texts);
      if (within) found.push(match[1] === "i" ? place : items.images + place);
    }
    return found.slice(0, MOST_CHOSEN);
  }

  // Write the state into the address, and into the links to the other language.
  function writeAddress(state) {
    const query = new URLSearchParams(globalThis.location.search);
    for (const [name, value] of Object.entries(state)) if (value) query.set(name, value); else query.delete(name);
    globalThis.history.replaceState(null, "", `${globalThis.location.pathname}?${query}`);
    for (const link of document.querySelectorAll("header .languages a")) {
      const other = new URLSearchParams(query);
      other.set("lang", link.getAttribute("hreflang"));
      link.setAttribute("href", `${globalThis.location.pathname}?${other}`);
    }
  }

  Object.assign(globalThis.mmgap.atlas, { chosenWords, chosenItems, writeAddress });
})();
