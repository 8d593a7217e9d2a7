/* The cosines of two sets of vectors, each matrix computed when it is asked for, and gradients by way of them. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.engine ??= {};

  /** Room that is used again, so that a descent allocates nothing, and whose matrix it holds: by name. */
  const room = new Map();
  const owners = new Map();

  class Cosines {
    /** `x` and `y` are n × d vectors, row after row. */
    constructor(x, y, n, d) {
      Object.assign(this, { x, y, n, d, slopes: {} });
    }

    /** n × n of <x_i, y_j>. */
    get cross() {
      return this.#products("cross", this.x, this.y);
    }

    /** n × n of <x_i, x_j>. */
    get images() {
      return this.#products("images", this.x, this.x);
    }

    /** n × n of <y_i, y_j>. */
    get texts() {
      return this.#products("texts", this.y, this.y);
    }

    /** n × n room for what lasts no longer than a term. */
    get scratch() {
      return taken("scratch", this.n);
    }

    /** n × n of ∂loss/∂cosine, zero at first, to be added to: "cross", or symmetric ones of "images" and "texts". */
    slope(name) {
      return (this.slopes[name] ??= taken(`slope of ${name}`, this.n).fill(0));
    }

    /** Add what the slopes say to gradients of x and of y. */
    chain(gx, gy) {
      const { n, d, x, y } = this;
      const { cross, images, texts } = this.slopes;
      if (cross) combined(cross, y, n, d, gx, 1);
      if (cross) combined(transposed(cross, n, this.scratch), x, n, d, gy, 1);
      if (images) combined(images, x, n, d, gx, 2);
      if (texts) combined(texts, y, n, d, gy, 2);
    }

    /** The room's matrix of this name, written again where another's stands in it. */
    #products(name, a, b) {
      const matrix = taken(name, this.n);
      if (owners.get(name) !== this) products(a, b, this.n, this.d, matrix);
      owners.set(name, this);
      return matrix;
    }
  }

  function taken(name, n) {
    let found = room.get(name);
    if (found?.length !== n * n) room.set(name, (found = new Float64Array(n * n)));
    return found;
  }

  /** Write <a_i, b_j> of all rows, four by four where the rows are long. */
  function products(a, b, n, d, out) {
    const whole = d < 8 ? 0 : n - (n % 4);
    for (let i = 0; i < whole; i += 4) {
      for (let j = 0; j < whole; j += 4) block(a, b, n, d, i, j, out);
    }
    for (let i = 0; i < n; i++) {
      for (let j = i < whole ? whole : 0; j < n; j++) {
        let sum = 0;
        for (let k = 0, p = i * d, q = j * d; k < d; k++) sum += a[p + k] * b[q + k];
        out[i * n + j] = sum;
      }
    }
  }

  function block(a, b, n, d, i, j, out) {
    const [a0, a1, a2, a3] = [i * d, (i + 1) * d, (i + 2) * d, (i + 3) * d];
    const [b0, b1, b2, b3] = [j * d, (j + 1) * d, (j + 2) * d, (j + 3) * d];
    let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
    let [s20, s21, s22, s23, s30, s31, s32, s33] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let k = 0; k < d; k++) {
      const u0 = a[a0 + k], u1 = a[a1 + k], u2 = a[a2 + k], u3 = a[a3 + k];
      const v0 = b[b0 + k], v1 = b[b1 + k], v2 = b[b2 + k], v3 = b[b3 + k];
      s00 += u0 * v0; s01 += u0 * v1; s02 += u0 * v2; s03 += u0 * v3;
      s10 += u1 * v0; s11 += u1 * v1; s12 += u1 * v2; s13 += u1 * v3;
      s20 += u2 * v0; s21 += u2 * v1; s22 += u2 * v2; s23 += u2 * v3;
      s30 += u3 * v0; s31 += u3 * v1; s32 += u3 * v2; s33 += u3 * v3;
    }
    const p = i * n + j;
    out[p] = s00; out[p + 1] = s01; out[p + 2] = s02; out[p + 3] = s03;
    out[p + n] = s10; out[p + n + 1] = s11; out[p + n + 2] = s12; out[p + n + 3] = s13;
    out[p + 2 * n] = s20; out[p + 2 * n + 1] = s21; out[p + 2 * n + 2] = s22; out[p + 2 * n + 3] = s23;
    out[p + 3 * n] = s30; out[p + 3 * n + 1] = s31; out[p + 3 * n + 2] = s32; out[p + 3 * n + 3] = s33;
  }

  /** Add factor · matrix · rows to a gradient. */
  function combined(matrix, rows, n, d, gradient, factor) {
    for (let i = 0; i < n; i++) {
      const to = i * d;
      for (let j = 0; j < n; j++) {
        const share = factor * matrix[i * n + j];
        for (let k = 0, from = j * d; k < d; k++) gradient[to + k] += share * rows[from + k];
      }
    }
  }

  function transposed(matrix, n, out) {
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = matrix[i * n + j];
    return out;
  }

  Object.assign(mmgap.engine, { Cosines });
})();
