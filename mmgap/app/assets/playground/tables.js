/* The numbers of readings as tables: each term of the loss, the metrics, and a printed row beside this draw. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const { spelled } = mmgap.playground.expression;

  /** Show the terms and the metrics of readings or of a frame. */
  function values(place, readings, { texts, metrics }) {
    const terms = table([texts.term, texts.weight, texts.value], [
      ...readings.terms.map((one) => row(one.label, { "data-term": one.name }, [mmgap.playground.expression.spelled(one.weight), one.value])),
      row(texts.total, { "data-total": "" }, ["", readings.total]),
    ]);
    const shown = Object.keys(metrics).filter((name) => name in readings.metrics);
    const measured = table([texts.metric, texts.value], shown.map((name) => {
      const value = readings.metrics[name];
      return row(metrics[name], { "data-metric": name }, [value]);
    }));
    put(place, terms, measured);
  }

  /** Show a printed row beside the readings; nothing where no preset is chosen. */
  function printed(place, preset, readings, { texts }) {
    if (!preset) return put(place);
    const rows = preset.columns.map((column) => {
      const { value } = column.kind === "metric"
        ? { value: readings.metrics[column.of] }
        : readings.terms.find((one) => one.name === column.of) ?? {};
      const found = readings.curves.step.length > 1 ? undefined : value; // a descended draw is no draw of the table
      const measured = column.mean === null ? "–" : `${four(column.mean)} ± ${Number(column.sd.toPrecision(2))}`;
      const verdict = column.reproduced === null ? "–" : column.reproduced ? texts.yes : texts.no;
      const line = row(column.label, { "data-column": column.name }, [column.printed, found ?? "–", measured, verdict]);
      if (column.discrepancy) line.lastChild.title = column.discrepancy;
      return line;
    });
    const heads = [texts.quantity, texts.printed, texts.this_draw, texts.measured, texts.reproduced];
    const found = [element("h3", {}, preset.label), table(heads, rows)];
    for (const { discrepancy } of preset.columns) if (discrepancy) found.push(element("p", { class: "help" }, discrepancy));
    if (preset.row) {
      const words = texts.row.replace("{seeds}", preset.seeds);
      found.push(element("p", {}, element("a", { href: preset.row }, words)));
    } else if (preset.seeds === null) {
      found.push(element("p", { class: "help" }, `${texts.no_row} `, element("code", {}, preset.command)));
    }
    put(place, ...found);
  }

  /** Put elements into a place, which the keyboard reaches where it has to be scrolled. */
  function put(place, ...inside) {
    place.replaceChildren(...inside);
    if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
  }

  function table(heads, rows) {
    const head = heads.map((words, i) => element("th", { scope: "col", class: i ? "number" : "" }, words));
    return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
  }

  function row(words, named, cells) {
    const shown = cells.map((cell) => {
      const number = typeof cell === "number";
      return element("td", { class: "number", ...(number ? { "data-value": cell } : {}) }, number ? four(cell) : cell);
    });
    return element("tr", named, element("th", { scope: "row" }, words), ...shown);
  }

  /** Return a number to four digits, as people write it. */
  function four(value) {
    if (value === null || !Number.isFinite(value)) return "–";
    if (Math.abs(value) < 5e-5) return "0.0000";
    return (Math.abs(value) < 10 ? value.toFixed(4) : String(Number(value.toPrecision(5)))).replace("-", "−");
  }

  function element(name, attributes, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (key !== "class" || value) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  }

  mmgap.playground.tables = { values, printed, four, element };
})();
