// A report's tables: made when their fold opens, sorted and filtered by DataTables where the page has it, copied as
// CSV, LaTeX and Markdown. Without this script every table of at most a few hundred rows is still there, plain.
"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const library = document.getElementById("datatables");
  const NUMBER = /[-−+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/;
  const ENDS = /^([-−+]?[\d.]+(?:e[-+]?\d+)?)\s*\[\s*([-−+]?[\d.]+(?:e[-+]?\d+)?)\s*,\s*([-−+]?[\d.]+(?:e[-+]?\d+)?)\s*\]$/;
  const FEW = 20, PAGE = 50;
  const tables = new Map();

  /** The text of a cell's HTML. A template is inert: nothing in it is loaded or run. */
  function textOf(markup) {
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    return holder.content.textContent.replaceAll("\u00a0", " ");
  }

  /** The first number of a cell, for sorting; cells without one come last. */
  function numberOf(markup) {
    const found = NUMBER.exec(textOf(markup));
    return found ? parseFloat(found[0].replace("−", "-")) : -Infinity;
  }

  function start() {
    if (library && !window.DataTable) {
      const script = document.createElement("script");
      script.textContent = library.textContent;
      document.head.append(script);
    }
    return window.DataTable;
  }

  /** Rows of a long table, which the page holds as data: [row][column] of HTML that was escaped when it was written. */
  function rowsOf(table) {
    const held = document.getElementById(`${table.id}--rows`);
    return held ? JSON.parse(held.textContent) : null;
  }

  function fill(table, rows) {
    const numeric = [...table.tHead.rows[0].cells].map((cell) => cell.classList.contains("number"));
    const body = table.tBodies[0];
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((markup, place) => {
        const cell = line.insertCell();
        cell.className = numeric[place] ? "number" : "words";
        cell.innerHTML = markup;
      });
    }
  }

  function ready(table) {
    if (tables.has(table.id)) return;
    const rows = rowsOf(table);
    const heads = [...table.tHead.rows[0].cells];
    const count = rows ? rows.length : table.tBodies[0].rows.length;
    const hidden = heads.map((cell, place) => (cell.dataset.chosen === "no" ? place : -1)).filter((place) => place >= 0);
    const make = count > 1 && start();
    if (!make) {
      if (rows) fill(table, rows);
      tables.set(table.id, null);
    } else {
      const many = count > FEW, foldable = many || hidden.length > 0;
      tables.set(table.id, new make(table, {
        ...(rows ? { data: rows } : {}),
        order: [], autoWidth: false, deferRender: true,
        paging: count > PAGE, pageLength: PAGE, lengthMenu: [PAGE, 200, { label: words.all, value: -1 }],
        searching: many, info: count > PAGE,
        layout: {
          topStart: foldable ? { buttons: [{ extend: "colvis", text: words.columns, columns: ":gt(0)" }] } : null,
          topEnd: many ? { search: { placeholder: words.filter, text: "" } } : null,
          bottomStart: count > PAGE ? "info" : null, bottomEnd: count > PAGE ? "paging" : null,
        },
        language: {
          info: words.info, infoEmpty: words.none, infoFiltered: "", zeroRecords: words.none, emptyTable: words.none,
          lengthMenu: "_MENU_", aria: { orderable: `: ${words.sort}`, orderableReverse: `: ${words.sort}` },
        },
        columnDefs: [
          ...hidden.map((place) => ({ targets: place, visible: false })),
          ...heads.map((cell, place) => ({
            targets: place,
            className: cell.classList.contains("number") ? "number" : "words",
            type: cell.classList.contains("number") ? "num" : "string",
            render: cell.classList.contains("number")
              ? (data, kind) => (kind === "sort" || kind === "type" ? numberOf(data) : kind === "filter" ? textOf(data) : data)
              : (data, kind) => (kind === "display" ? data : textOf(data)),
          })),
        ],
      }));
      const box = table.closest(".dt-container")?.querySelector("input[type=search]");
      if (box) box.setAttribute("aria-label", `${words.filter}: ${table.getAttribute("aria-label") || table.id}`);
      wrap(table);
    }
    tools(table);
  }

  /** The part that scrolls sideways is the table alone, so that search and buttons stay in sight. */
  function wrap(table) {
    const container = table.closest(".dt-container");
    const outer = container.parentElement;
    if (!outer.classList.contains("wide")) return;
    const inner = outer.cloneNode(false);
    table.replaceWith(inner);
    inner.append(table);
    outer.replaceWith(container);
  }

  /** Heads and rows as they are shown: filtered, sorted, without hidden columns. */
  function shown(table) {
    const made = tables.get(table.id);
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.head);
    if (!made) {
      return { heads, rows: [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerHTML)) };
    }
    const places = made.columns(":visible").indexes().toArray();
    const rows = made.rows({ search: "applied", order: "applied" }).data().toArray();
    return { heads, rows: rows.map((row) => places.map((place) => row[place])) };
  }

  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const plain = (text) => (text === "—" ? "" : /^[-−+]?[\d.]+(?:e[-+]?\d+)?$/.test(text) ? text.replace("−", "-") : text);

  function asCsv({ heads, rows }) {
    const texts = rows.map((row) => row.map((markup) => textOf(markup).trim()));
    const three = heads.map((_, place) => texts.some((row) => ENDS.test(row[place])));
    const line = (cells) => cells.map(quoted).join(",");
    const first = heads.flatMap((head, place) => (three[place] ? [head, `${head}: low`, `${head}: high`] : [head]));
    const others = texts.map((row) => row.flatMap((text, place) => {
      const found = three[place] && ENDS.exec(text);
      return found ? found.slice(1).map(plain) : three[place] ? [plain(text), "", ""] : [plain(text)];
    }));
    return [first, ...others].map(line).join("\n") + "\n";
  }

  const SIGNS = { "\\": "\\textbackslash{}", "^": "\\^{}", "~": "\\textasciitilde{}", "→": "$\\rightarrow$", "±": "$\\pm$",
    "−": "$-$", "×": "$\\times$", "✓": "$\\surd$", "✗": "$\\times$", "·": "$\\cdot$", "≤": "$\\leq$", "≥": "$\\geq$", "—": "---", "–": "--", "…": "\\ldots{}",
    "²": "$^2$", "‖": "$\\Vert$", "Δ": "$\\Delta$", "∞": "$\\infty$", "<": "\\ensuremath{<}", ">": "\\ensuremath{>}", "|": "\\textbar{}" };
  const latex = (text) => [...text].map((sign) => SIGNS[sign] || (/[&%$#_{}]/.test(sign) ? `\\${sign}` : sign)).join("").replace(/^[[*]/, "{$&}");
  const bold = (markup, text, before, after) => (/^<strong>/.test(markup) ? before + text + after : text);

  function asLatex({ heads, rows }, numeric) {
    const lines = rows.map((row) => "  " + row.map((cell) => bold(cell, latex(textOf(cell).trim()), "\\textbf{", "}")).join(" & ") + " \\\\");
    return ["\\begin{tabular}{" + numeric.map((one) => (one ? "r" : "l")).join("") + "}", "  \\toprule",
      "  " + heads.map(latex).join(" & ") + " \\\\", "  \\midrule", ...lines, "  \\bottomrule", "\\end{tabular}", ""].join("\n");
  }

  const markdown = (text) => text.replace(/[\\`*_|$~<>]/g, "\\$&");

  function asMarkdown({ heads, rows }, numeric) {
    const line = (cells) => `| ${cells.join(" | ")} |`;
    return [line(heads.map(markdown)), line(numeric.map((one) => (one ? "--:" : ":--"))),
      ...rows.map((row) => line(row.map((cell) => bold(cell, markdown(textOf(cell).trim()), "**", "**")))), ""].join("\n");
  }

  function copied(text, told) {
    const done = () => { told.textContent = words.copied; setTimeout(() => { told.textContent = ""; }, 4000); };
    const byHand = () => {
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("readonly", "");
      area.style.position = "fixed";
      document.body.append(area);
      area.select();
      const worked = document.execCommand("copy");
      area.remove();
      if (worked) done(); else told.textContent = words.refused;
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand); else byHand();
  }

  function tools(table) {
    const bar = document.createElement("div");
    bar.className = "tools";
    bar.append(words.copy);
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    for (const [name, write] of [["CSV", asCsv], ["LaTeX", asLatex], ["Markdown", asMarkdown]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.setAttribute("aria-label", `${words.copy} ${name}`);
      button.addEventListener("click", () => {
        const numeric = [...table.tHead.rows[0].cells].map((cell) => cell.classList.contains("number"));
        copied(write(shown(table), numeric), told);
      });
      bar.append(button);
    }
    bar.append(told);
    (table.closest(".dt-container") || table.closest(".wide")).after(bar);
  }

  const readyIn = (place) => place.querySelectorAll("table.report-table").forEach(ready);

  /** What an address names lies in a fold: it opens, and is brought into sight. */
  function follow() {
    const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = wanted && wanted.closest("details");
    if (!fold) return;
    fold.open = true;
    readyIn(fold);
    wanted.scrollIntoView();
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const mode = () => document.documentElement.classList.toggle("dark", dark.matches);
  dark.addEventListener("change", mode);
  mode();

  document.querySelectorAll("details.fold").forEach((fold) => {
    fold.addEventListener("toggle", () => { if (fold.open) readyIn(fold); });
    if (fold.open) readyIn(fold);
  });
  document.querySelectorAll("table.report-table").forEach((table) => { if (!table.closest("details")) ready(table); });
  addEventListener("hashchange", follow);
  follow();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.fold:not([open])")];
    closed.forEach((fold) => { fold.open = true; readyIn(fold); });
  });
  addEventListener("afterprint", () => { closed.forEach((fold) => { fold.open = false; }); });
})();
