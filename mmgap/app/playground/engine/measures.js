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
    const own = Float64Array.from({ length: n }, (_, i) => cross[i * n + i]);
    const ahead = [new Uint32Array(n), new Uint32Array(n)];
    const tied = [new Uint32Array(n), new Uint32Array(n)];
    for (let i = 0, p = 0; i < n; i++) {
      for (let j = 0; j < n; j++, p++) {
        if (i === j) continue;
        const cosine = cross[p];
        if (cosine > own[i] + TIE) ahead[0][i]++;
        else if (cosine >= own[i] - TIE) tied[0][i]++;
        if (cosine > own[j] + TIE) ahead[1][j]++;
        else if (cosine >= own[j] - TIE) tied[1][j]++;
      }
    }
    return ahead.map((above, side) => above.reduce((sum, more, i) => sum + (more ? 0 : 1 / (1 + tied[side][i])), 0) / n);
  }

  /** Return the edges of the bins, and the share in each of four kinds of pairs. */
  function histogram({ n, cross, images, texts }) {
    const edges = Array.from({ length: BINS + 1 }, (_, k) => -1 + (2 * k) / BINS);
    const upper = (matrix, counts) => {
      for (let i = 0; i < n; i++) for (let p = i * n + i + 1; p < (i + 1) * n; p++) counts[bin(matrix[p])]++;
    };
    const matched = (counts) => {
      for (let p = 0; p < n * n; p += n + 1) counts[bin(cross[p])]++;
    };
    const unmatched = (counts) => {
      for (let p = 0; p < n * n; p++) if (p % (n + 1)) counts[bin(cross[p])]++;
    };
    return {
      edges,
      image_image: shares((counts) => upper(images, counts)),
      text_text: shares((counts) => upper(texts, counts)),
      matched: shares(matched),
      unmatched: shares(unmatched),
    };
  }

  function bin(cosine) {
    return Math.max(0, Math.min(BINS - 1, Math.floor((cosine + 1) * (BINS / 2))));
  }

  function shares(counting) {
    const counts = new Float64Array(BINS);
    counting(counts);
    const whole = counts.reduce((sum, count) => sum + count);
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
