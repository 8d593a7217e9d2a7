/* The losses of the thesis, their values and slopes, as mmgap.losses has them. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.engine ??= {};

  /** Beyond this scale the exponentials of opposite vectors leave float64. */
  const STEEPEST = 300;

  /** Each term: its options with their defaults or choices, the pairs it needs, and
   *  (cosines, options, scale, weight) → value, which adds weight · ∂value/∂cosine unless the weight is null. */
  const TERMS = {
    ce: { options: { tilt: 0 }, least: 1, of: ce },
    intra: { options: { alpha: 0, reduction: ["mean", "sum"] }, least: 1, of: intra },
    inter: { options: { alpha: 0, reduction: ["mean", "sum"] }, least: 1, of: inter },
    anti: { options: { alpha: 0, reduction: ["mean", "sum"] }, least: 1, of: anti },
    var: { options: { beta: 1, over: ["all", "rows"] }, least: 2, of: variance },
    cyclip_inter: { options: { reduction: ["pair", "row"] }, least: 1, of: cyclipInter },
    cyclip_intra: { options: { reduction: ["pair", "row"] }, least: 1, of: cyclipIntra },
    cyclip: { options: { lambda_inter: 1, lambda_intra: 1, reduction: ["pair", "row"] }, least: 1, of: cyclip },
  };

  /** Return the parts of an expression with typed options; throw an Error in the words of mmgap.losses. */
  function parse(expression) {
    return mmgap.playground.expression.read(expression, Object.keys(TERMS)).map((part) => ({ ...part, typed: typed(part) }));
  }

  function typed({ name, options }) {
    const { quoted } = mmgap.playground.expression;
    const known = TERMS[name].options;
    const found = Object.fromEntries(Object.entries(known).map(([key, usual]) => [key, Array.isArray(usual) ? usual[0] : usual]));
    for (const [key, value] of Object.entries(options)) {
      if (!(key in known)) throw new Error(`${name} has no option ${quoted(key)}; its options are ${Object.keys(known).join(", ")}`);
      if (Array.isArray(known[key])) {
        if (!known[key].includes(value)) throw new Error(`${name}: ${key} must be ${known[key].map(quoted).join(" or ")}, got ${quoted(value)}`);
        found[key] = value;
      } else {
        found[key] = Number(value);
        if (!Number.isFinite(found[key])) throw new Error(`${name}: ${key} must be a number, got ${quoted(value)}`);
      }
    }
    return found;
  }

  /** Return {terms: [{name, label, weight, value}], total} of parsed parts, and with `slopes` the gradients {gx, gy}. */
  function evaluate(parts, cosines, scale, slopes = false) {
    const { n, d } = cosines;
    cosines.slopes = {};
    const terms = parts.map(({ name, weight, typed, ...part }) => {
      const { least, of } = TERMS[name];
      if (n < least) throw new Error(`${name}: needs at least ${least} pair(s), got ${n}; drop the last, smaller batch`);
      const value = of(cosines, typed, scale, slopes ? weight : null);
      return { name, label: mmgap.playground.expression.label({ name, ...part }), weight, value };
    });
    const total = terms.reduce((sum, { weight, value }) => sum + weight * value, 0);
    if (!slopes) return { terms, total };
    const [gx, gy] = [new Float64Array(n * d), new Float64Array(n * d)];
    cosines.chain(gx, gy);
    return { terms, total, gx, gy };
  }

  /** Symmetric cross-entropy of scale·cosines against the diagonal. */
  function ce(cosines, options, scale, weight) {
    const tilt = Math.fround(options.tilt); // a parameter of a torch module is a float32
    if (scale * Math.exp(Math.abs(tilt)) > STEEPEST) throw new Error(`ce: scale·e^|tilt| must be at most ${STEEPEST} on this page`);
    const half = weight === null ? null : weight / 2;
    if (tilt === 0) return softmax(cosines, scale, half, true, true) / 2;
    return (softmax(cosines, scale * Math.exp(tilt), half, true, false) + softmax(cosines, scale / Math.exp(tilt), half, false, true)) / 2;
  }

  /** Sum over the asked directions of mean_i (log Σ_j e^{scale·c_ij} − scale·c_ii). */
  function softmax(cosines, scale, weight, byRow, byColumn) {
    const { n, cross } = cosines;
    const exponentials = weight === null ? null : cosines.scratch;
    const [rows, columns] = [new Float64Array(n), new Float64Array(n)];
    let [most, matched] = [-Infinity, 0];
    for (let p = 0; p < n * n; p++) if (cross[p] > most) most = cross[p];
    for (let i = 0, p = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++, p++) {
        const value = Math.exp(scale * (cross[p] - most));
        sum += value;
        columns[j] += value;
        if (exponentials) exponentials[p] = value;
      }
      rows[i] = sum;
      matched += cross[i * n + i];
    }
    let value = 0;
    for (let i = 0; i < n; i++) value += (byRow ? Math.log(rows[i]) : 0) + (byColumn ? Math.log(columns[i]) : 0);
    const directions = byRow + byColumn;
    if (exponentials) {
      const slope = cosines.slope("cross");
      const share = (weight * scale) / n;
      const byColumns = columns.map((sum) => (byColumn ? share / sum : 0));
      for (let i = 0, p = 0; i < n; i++) {
        const own = byRow ? share / rows[i] : 0;
        for (let j = 0; j < n; j++, p++) slope[p] += exponentials[p] * (own + byColumns[j]);
        slope[i * n + i] -= share * directions;
      }
    }
    return (value - directions * scale * matched) / n + directions * scale * most;
  }

  /** Orthogonal loss within the modalities (eq. 5.1): Σ_{i≠j} |cosine| of both, less 2α·n, over n². */
  function intra(cosines, { alpha, reduction }, scale, weight) {
    const { n } = cosines;
    const over = reduction === "mean" ? n * n : 1;
    let sum = 0;
    for (const side of ["images", "texts"]) {
      const within = cosines[side];
      const slope = weight === null ? null : cosines.slope(side);
      for (let i = 0, p = 0; i < n; i++) {
        for (let j = 0; j < n; j++, p++) {
          if (i === j) continue;
          sum += Math.abs(within[p]);
          if (slope) slope[p] += (weight * Math.sign(within[p])) / over;
        }
      }
    }
    return (sum - 2 * alpha * n) / over;
  }

  /** Orthogonal loss between the modalities (eq. 5.2): 2·(Σ_{i≠j} |cosine| − α·Σ_i |cosine_ii|) over n². */
  function inter(cosines, { alpha, reduction }, scale, weight) {
    const { n, cross } = cosines;
    const over = reduction === "mean" ? n * n : 1;
    const slope = weight === null ? null : cosines.slope("cross");
    let sum = 0;
    for (let i = 0, p = 0; i < n; i++) {
      for (let j = 0; j < n; j++, p++) {
        const factor = i === j ? -alpha : 1;
        sum += factor * Math.abs(cross[p]);
        if (slope) slope[p] += (2 * weight * factor * Math.sign(cross[p])) / over;
      }
    }
    return (2 * sum) / over;
  }

  /** `intra` without the absolute value. */
  function anti(cosines, { alpha, reduction }, scale, weight) {
    const { n } = cosines;
    const over = reduction === "mean" ? n * n : 1;
    let sum = 0;
    for (const side of ["images", "texts"]) {
      const within = cosines[side];
      const slope = weight === null ? null : cosines.slope(side);
      for (let i = 0, p = 0; i < n; i++) {
        for (let j = 0; j < n; j++, p++) {
          if (i === j) continue;
          sum += within[p];
          if (slope) slope[p] += weight / over;
        }
      }
    }
    return (sum - 2 * alpha * n) / over;
  }

  /** −β·(variance of the unmatched cosines + variance of the matched ones), the former over all or within rows. */
  function variance(cosines, { beta, over }, scale, weight) {
    const { n, cross } = cosines;
    const slope = weight === null ? null : cosines.slope("cross");
    const means = new Float64Array(n);
    let [all, matched] = [0, 0];
    for (let i = 0, p = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++, p++) if (i !== j) sum += cross[p];
      means[i] = sum / (n - 1);
      all += means[i] / n;
      matched += cross[i * n + i] / n;
    }
    if (over === "all") means.fill(all);
    let [unmatchedSquares, matchedSquares] = [0, 0];
    const [toUnmatched, toMatched] = [(-2 * beta * weight) / (n * (n - 1)), (-2 * beta * weight) / n];
    for (let i = 0, p = 0; i < n; i++) {
      for (let j = 0; j < n; j++, p++) {
        const off = cross[p] - (i === j ? matched : means[i]);
        if (i === j) matchedSquares += off * off;
        else unmatchedSquares += off * off;
        if (slope) slope[p] += (i === j ? toMatched : toUnmatched) * off;
      }
    }
    return -beta * (unmatchedSquares / (n * (n - 1)) + matchedSquares / n);
  }

  /** Mean of (c_jk − c_kj)² over all pairs of indices, c between the modalities. */
  function cyclipInter(cosines, { reduction }, scale, weight) {
    const { n, cross } = cosines;
    const over = reduction === "pair" ? n * n : n;
    const slope = weight === null ? null : cosines.slope("cross");
    let sum = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const off = cross[i * n + j] - cross[j * n + i];
        sum += off * off;
        if (slope) slope[i * n + j] += (4 * weight * off) / over;
      }
    }
    return sum / over;
  }

  /** Mean of (<x_j, x_k> − <y_j, y_k>)² over all pairs of indices. */
  function cyclipIntra(cosines, { reduction }, scale, weight) {
    const { n, images, texts } = cosines;
    const over = reduction === "pair" ? n * n : n;
    const [ofImages, ofTexts] = weight === null ? [] : [cosines.slope("images"), cosines.slope("texts")];
    let sum = 0;
    for (let p = 0; p < n * n; p++) {
      const off = images[p] - texts[p];
      sum += off * off;
      if (!ofImages) continue;
      ofImages[p] += (2 * weight * off) / over;
      ofTexts[p] -= (2 * weight * off) / over;
    }
    return sum / over;
  }

  function cyclip(cosines, { lambda_inter, lambda_intra, reduction }, scale, weight) {
    const of = (factor) => (weight === null ? null : weight * factor);
    return (
      ce(cosines, { tilt: 0 }, scale, weight) +
      lambda_inter * cyclipInter(cosines, { reduction }, scale, of(lambda_inter)) +
      lambda_intra * cyclipIntra(cosines, { reduction }, scale, of(lambda_intra))
    );
  }

  mmgap.engine.losses = { TERMS, parse, evaluate };
})();
