/* Sums of losses as text, "ce+0.5*intra-0.1*var": read and written as mmgap.losses.expression does, in the same words. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  /** Terms that hold others: adding what a term holds already would count it twice. */
  const HOLDS = { cyclip: ["ce", "cyclip_inter", "cyclip_intra"] };
  /** Thesis order; other terms follow by name. */
  const ORDER = ["ce", "cyclip", "siglip", "infoloob", "intra", "inter", "anti", "var"];

  const NUMBER = String.raw`(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
  const SIGN = /\s*([+-])/y;
  const WEIGHT = new RegExp(String.raw`\s*(${NUMBER})\s*\*`, "y");
  const TERM = /\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*/y;
  const OPTION = new RegExp(String.raw`^\s*([A-Za-z_]\w*)\s*=\s*([+-]?${NUMBER}|[A-Za-z_]\w*)\s*$`);

  /** Return the parts [{weight, name, options}] of an expression in canonical order; throw an Error that says why not.
   *  `known` are the names of terms that there are; null where another will say. */
  function read(text, known) {
    if (!text.trim()) throw new Error("empty loss expression; write one term or more, as in 'ce+0.5*intra-0.1*var'");
    const parts = [];
    let at = 0;
    const match = (pattern) => {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found) at = pattern.lastIndex;
      return found;
    };
    while (at < text.length) {
      const sign = match(SIGN);
      if (!sign && parts.length) {
        throw new Error(`${quoted(text)}: expected '+' or '-' between terms, got ${quoted(text.slice(at))}`);
      }
      const weight = match(WEIGHT);
      const term = match(TERM);
      if (!term) {
        const rest = text.slice(at).trim();
        throw new Error(`${quoted(text)}: expected a term, as in '0.5*intra', got ${rest ? quoted(rest) : "the end"}`);
      }
      const value = weight ? Number(weight[1]) : 1;
      if (!Number.isFinite(value)) throw new Error(`${quoted(text)}: the weight of ${quoted(term[1])} is not finite`);
      if (known && !known.includes(term[1])) throw new Error(unknown(term[1], known));
      parts.push({ weight: sign?.[1] === "-" ? -value : value, name: term[1], options: options(text, term[2]) });
    }
    refuseRepeats(text, parts.map((part) => part.name));
    return sorted(parts);
  }

  /** Return the canonical expression of parts. */
  function write(parts) {
    return parts.reduce((text, part) => {
      const minus = part.weight < 0 || Object.is(part.weight, -0);
      const size = Math.abs(part.weight);
      const sign = minus ? "-" : text ? "+" : "";
      return text + sign + (size === 1 ? "" : `${spelled(size)}*`) + label(part);
    }, "");
  }

  /** Return a term without its weight, "var(beta=2)". */
  function label(part) {
    const options = Object.keys(part.options).sort().map((key) => `${key}=${spelled(part.options[key])}`);
    return options.length ? `${part.name}(${options.join(",")})` : part.name;
  }

  /** Return parts with the term at this weight: 0 takes it out, another adds it and takes out what it holds or is held
   *  by. One term always stays, at weight 0 if need be. */
  function weighted(parts, name, weight) {
    const old = parts.find((part) => part.name === name) ?? { name, options: {} };
    if (weight === 0) {
      const others = parts.filter((part) => part.name !== name);
      return others.length ? others : [{ ...old, weight: 0 }];
    }
    const clashes = [name, ...(HOLDS[name] ?? []), ...Object.keys(HOLDS).filter((held) => HOLDS[held].includes(name))];
    return sorted([...parts.filter((part) => !clashes.includes(part.name)), { ...old, weight }]);
  }

  /** Return parts whose terms of these names have an option at this value, or lack it where that is its default. */
  function optioned(parts, names, option, value, usual) {
    return parts.map((part) => {
      if (!names.includes(part.name)) return part;
      const { [option]: _, ...others } = part.options;
      return { ...part, options: value === usual ? others : { ...others, [option]: String(value) } };
    });
  }

  function options(text, inside) {
    const found = {};
    for (const item of inside?.trim() ? inside.split(",") : []) {
      const option = OPTION.exec(item);
      if (!option) throw new Error(`${quoted(text)}: expected key=value between the brackets, got ${quoted(item.trim())}`);
      if (Object.hasOwn(found, option[1])) throw new Error(`${quoted(text)}: option ${quoted(option[1])} is given twice`);
      found[option[1]] = option[2];
    }
    return found;
  }

  function refuseRepeats(text, names) {
    for (const name of names) {
      if (names.indexOf(name) !== names.lastIndexOf(name)) {
        throw new Error(`${quoted(text)}: ${quoted(name)} stands twice; add up its weights`);
      }
      for (const held of HOLDS[name] ?? []) {
        if (names.includes(held)) {
          throw new Error(`${quoted(text)}: ${quoted(name)} holds ${quoted(held)} already; leave ${quoted(held)} out`);
        }
      }
    }
  }

  function sorted(parts) {
    const place = (part) => (ORDER.includes(part.name) ? ORDER.indexOf(part.name) : ORDER.length);
    return [...parts].sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
  }

  function unknown(name, known) {
    const near = known
      .map((one) => [likeness(one, name), one])
      .filter(([share]) => share >= 0.5)
      .sort(([a, one], [b, two]) => b - a || (one > two ? -1 : 1))
      .slice(0, 3)
      .map(([, one]) => quoted(one));
    const hint = near.length ? `; did you mean ${near.join(" or ")}?` : ".";
    return `unknown loss ${quoted(name)}${hint} Known: ${[...known].sort().join(", ")}`;
  }

  /** Ratcliff and Obershelp's likeness of two texts, 0 to 1, as Python's difflib counts it. */
  function likeness(a, b) {
    const common = (s, t) => {
      let [from, to, size] = [0, 0, 0];
      for (let i = 0; i < s.length; i++) {
        for (let j = 0; j < t.length; j++) {
          let k = 0;
          while (i + k < s.length && j + k < t.length && s[i + k] === t[j + k]) k++;
          if (k > size) [from, to, size] = [i, j, k];
        }
      }
      if (!size) return 0;
      return size + common(s.slice(0, from), t.slice(0, to)) + common(s.slice(from + size), t.slice(to + size));
    };
    return (2 * common(a, b)) / (a.length + b.length || 1);
  }

  /** Return a number as Python writes it ("0.5", "1e-05", "2" for 2.0), and anything else as it is. */
  function spelled(value) {
    const number = typeof value === "string" && !value.trim() ? NaN : Number(value);
    if (Number.isNaN(number)) return String(value);
    if (Object.is(number, -0)) return "-0";
    const [digits, exponent] = number.toExponential().split("e");
    if (number === 0 || (Number(exponent) >= -4 && Number(exponent) < 16)) return String(number);
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }

  function quoted(text) {
    const plain = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
    return plain.includes("'") && !plain.includes('"') ? `"${plain}"` : `'${plain.replaceAll("'", "\\'")}'`;
  }

  mmgap.playground.expression = { read, write, label, weighted, optioned, spelled, quoted };
})();
