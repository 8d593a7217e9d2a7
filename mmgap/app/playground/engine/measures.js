/* What is measured of two sets of unit vectors, as mmgap.measure names, scales and ties it, and their histograms. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.engine ??= {};

  /** Cosines nearer than this are tied. */
  const TIE = 4 * 2 ** -23;
  /** Equal bins of a histogram on [−1, 1]. */
  const BINS = 60;

  /** Return the metrics of cosines' two sets. */
  function metrics(cosines) {
    const { x, y, n, d, cross } = cosines;
    const [mx, my] = [mean(x, n, d), mean(y, n, d)];
    let [between, apart, matched] = [0, 0, 0];
    for (let k = 0; k < d; k++) between += mx[k] * my[k];
    for (let p = 0; p < n * d; p++) apart += (x[p] - y[p]) ** 2;
    for (let i = 0; i < n; i++) matched += cross[i * n + i];
    const [byImage, byText] = firsts(cross, n);
    return {
      gap: distance(mx, my),
      misalignment: apart / n,
      uniformity: (uniformity(cosines.images, n) + uniformity(cosines.texts, n)) / 2,
      t2i_r1: byText,
      i2t_r1: byImage,
      cosine_matched_mean: matched / n,
      cosine_unmatched_mean: (n * n * between - matched) / (n * (n - 1)),
    };
  }

  /** Logarithm of the mean of exp(−2‖a − b‖²) over the pairs of one modality. */
  function uniformity(within, n) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        sum += Math.exp(-2 * (within[i * n + i] + within[j * n + j] - 2 * within[i * n + j]));
      }
    }
    return Math.log((2 * sum) / (n * (n - 1)));
  }

  /** Return the shares of images, and of texts, whose own comes first, over all orders of what is tied with it. */
  function firsts(cross, n) {
    const [aboveText, tiedText] = [new Uint32Array(n), new Uint32Array(n)];
    let [byImage, byText] = [0, 0];
    for (let i = 0; i < n; i++) {
      const own = cross[i * n + i];
      let [above, tied] = [0, 0];
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        const cosine = cross[i * n + j];
        if (cosine > own + TIE) above++;
        else if (cosine >= own - TIE) tied++;
        const its = cross[j * n + j];
        if (cosine > its + TIE) aboveText[j]++;
        else if (cosine >= its - TIE) tiedText[j]++;
      }
      if (!above) byImage += 1 / (1 + tied);
    }
    for (let j = 0; j < n; j++) if (!aboveText[j]) byText += 1 / (1 + tiedText[j]);
    return [byImage / n, byText / n];
  }

  /** Return the edges of the bins, and the share in each of four kinds of pairs. */
  function histogram({ n, cross, images, texts }) {
    const edges = Array.from({ length: BINS + 1 }, (_, k) => -1 + (2 * k) / BINS);
    return {
      edges,
      image_image: shares(images, n, (i, j) => j > i),
      text_text: shares(texts, n, (i, j) => j > i),
      matched: shares(cross, n, (i, j) => i === j),
      unmatched: shares(cross, n, (i, j) => i !== j),
    };
  }

  function shares(matrix, n, counted) {
    const counts = new Float64Array(BINS);
    let whole = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (!counted(i, j)) continue;
        counts[Math.max(0, Math.min(BINS - 1, Math.floor((matrix[i * n + j] + 1) * (BINS / 2))))]++;
        whole++;
      }
    }
    return Array.from(counts, (count) => count / whole);
  }

  /** The mean of n rows. */
  function mean(rows, n, d) {
    const sum = new Float64Array(d);
    for (let p = 0; p < n * d; p += d) for (let k = 0; k < d; k++) sum[k] += rows[p + k];
    return sum.map((value) => value / n);
  }

  function distance(a, b) {
    let square = 0;
    for (let k = 0; k < a.length; k++) square += (a[k] - b[k]) ** 2;
    return Math.sqrt(square);
  }

  Object.assign(mmgap.engine, { metrics, histogram, mean, distance });
})();
