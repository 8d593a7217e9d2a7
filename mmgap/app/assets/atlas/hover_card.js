// The card beside the pointer: picture, name, caption and numbers of the point below it.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  class HoverCard {
    constructor(words) {
      this.words = words;
      this.card = globalThis.mmgap.atlas.element("div", { class: "atlas-card", hidden: true, "aria-hidden": "true" });
    }
    show(items, map, item, event) {
      const { element, picture, rounded } = globalThis.mmgap.atlas, { words, card } = this;
      const numbers = ["rank", "hubness"].filter((name) => map[name]).map((name) => `${words[name]} ${rounded(map[name][item])}`);
      const caption = items.captions ? items.caption(item) : "";
      card.replaceChildren(
        picture(items, item, "") ?? "",
        element("strong", { dir: "auto" }, `${items.isImage(item) ? words.image : words.text} · ${items.name(item)}`),
        ...(caption ? [element("span", { dir: "auto" }, caption)] : []),
        element("span", { class: "faint" }, [items.category(item), ...numbers].filter(Boolean).join(" · ")),
      );
      card.hidden = false;
      const { clientX: x, clientY: y } = event, { innerWidth: width, innerHeight: height } = globalThis;
      card.style.left = `${Math.max(8, x + 300 > width ? x - 292 : x + 14)}px`;
      card.style.top = `${Math.max(8, Math.min(y + 14, height - card.offsetHeight - 8))}px`;
    }
    hide() { this.card.hidden = true; }
  }

  Object.assign(globalThis.mmgap.atlas, { HoverCard });
})();
