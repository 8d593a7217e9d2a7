/* The descent of one state: all points follow the gradient of its loss, step by step, and what is seen of each is kept. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.engine ??= {};

  /** Bytes of vectors that are kept; steps between kept ones are walked again. */
  const KEPT_BYTES = 64 * 2 ** 20;
  const CURVES = ["gap", "misalignment", "uniformity", "t2i_r1"];
  /** Shifts λ of the landscape. */
  const SHIFTS = Array.from({ length: 41 }, (_, k) => -1 + k / 10);

  class Descent {
    /** `last` is the last step that will ever be asked for; the state's own step is not looked at. */
    constructor(state, last) {
      this.state = state;
      this.parts = mmgap.engine.losses.parse(state.loss);
      const { images, texts } = mmgap.engine.draws(state);
      this.step = 0;
      this.cosines = new mmgap.engine.Cosines(images, texts, state.n, state.dim);
      this.every = 1 + Math.floor((last * 16 * images.length) / KEPT_BYTES);
      this.kept = new Map([[0, [images, texts]]]);
      this.seen = [];
    }

    /** Go to a step, and return what was measured of it: {terms, total, metrics}. */
    at(step) {
      this.go(step);
      return this.#look(mmgap.engine.losses.evaluate(this.parts, this.cosines, this.state.scale));
    }

    /** Go to a step. */
    go(step) {
      if (step < this.step) this.#set(Math.max(...[...this.kept.keys()].filter((kept) => kept <= step)));
      while (this.step < step) this.#move();
    }

    /** Return the frame of a step. */
    frame(step) {
      return { step, ...this.at(step), points: this.points(), histogram: mmgap.engine.histogram(this.cosines) };
    }

    /** Return all that is shown of a step but the landscape. */
    reading(step) {
      const frame = this.frame(step);
      const before = this.seen.slice(0, step + 1);
      const curves = { step: before.map((_, k) => k), loss: before.map(({ total }) => total) };
      for (const name of CURVES) curves[name] = before.map(({ metrics }) => metrics[name]);
      return { ...frame, curves, landscape: null };
    }

    /** Return the loss and the gap along the shift that closes the gap at λ = 1 (Liang et al., 2022), having let
     *  others in by `pause()` before each. */
    async landscape(step, pause) {
      this.at(step);
      const { n, dim } = this.state;
      const { x, y } = this.cosines;
      const [mx, my] = [mmgap.engine.mean(x, n, dim), mmgap.engine.mean(y, n, dim)];
      const found = { shift: SHIFTS, loss: [], gap: [] };
      for (const shift of SHIFTS) {
        await pause();
        const apart = mx.map((value, k) => (shift / 2) * (value - my[k]));
        const moved = [normalised(x, dim, (p, k) => x[p] - apart[k]), normalised(y, dim, (p, k) => y[p] + apart[k])];
        const cosines = new mmgap.engine.Cosines(...moved, n, dim);
        found.loss.push(mmgap.engine.losses.evaluate(this.parts, cosines, this.state.scale).total);
        found.gap.push(mmgap.engine.distance(...moved.map((v) => mmgap.engine.mean(v, n, dim))));
      }
      return found;
    }

    #set(step, x = this.kept.get(step)[0], y = this.kept.get(step)[1]) {
      this.step = step;
      this.cosines = new mmgap.engine.Cosines(x, y, this.state.n, this.state.dim);
    }

    /** v ← normalise(v − rate·n·(g − <g, v>v)), images and texts at once. */
    #move() {
      const { n, dim, rate, scale, loss } = this.state;
      const { x, y } = this.cosines;
      const found = mmgap.engine.losses.evaluate(this.parts, this.cosines, scale, true);
      this.#look(found);
      if (![found.gx, found.gy].every((g) => g.every(Number.isFinite))) {
        throw new Error(`the gradient of ${loss} is not finite here; try a lower rate`);
      }
      const moved = [[x, found.gx], [y, found.gy]].map(([v, g]) => {
        const along = new Float64Array(n);
        for (let i = 0; i < n; i++) for (let k = 0; k < dim; k++) along[i] += g[i * dim + k] * v[i * dim + k];
        return normalised(v, dim, (p, k) => v[p] - rate * n * (g[p] - along[(p - k) / dim] * v[p]));
      });
      this.#set(this.step + 1, ...moved);
      if (this.step % this.every === 0) this.kept.set(this.step, moved);
    }

    #look({ terms, total }) {
      return (this.seen[this.step] ??= { terms, total, metrics: mmgap.engine.metrics(this.cosines) });
    }

    /** Return both sets and their means on the first three axes, at the step where it stands. */
    points() {
      const { n, dim } = this.state;
      const { x, y } = this.cosines;
      const three = (v) => [v[0], v[1], dim > 2 ? v[2] : 0];
      return {
        images: packed(x, n, dim),
        texts: packed(y, n, dim),
        image_mean: three(mmgap.engine.mean(x, n, dim)),
        text_mean: three(mmgap.engine.mean(y, n, dim)),
        projected: dim > 3,
      };
    }
  }

  /** Return rows of length one; `of(place, axis)` is each number before. */
  function normalised(v, dim, of) {
    const moved = new Float64Array(v.length);
    for (let at = 0; at < v.length; at += dim) {
      let square = 0;
      for (let k = 0; k < dim; k++) square += (moved[at + k] = of(at + k, k)) ** 2;
      const norm = Math.max(Math.sqrt(square), 1e-12);
      for (let k = 0; k < dim; k++) moved[at + k] /= norm;
    }
    return moved;
  }

  /** The first three axes as base64 of little-endian float32. */
  function packed(v, n, dim) {
    const bytes = new DataView(new ArrayBuffer(n * 12));
    for (let i = 0; i < n; i++) for (let k = 0; k < Math.min(dim, 3); k++) bytes.setFloat32(12 * i + 4 * k, v[i * dim + k], true);
    let text = "";
    for (let p = 0; p < n * 12; p += 4096) text += String.fromCharCode(...new Uint8Array(bytes.buffer, p, Math.min(4096, n * 12 - p)));
    return { n, f4: btoa(text) };
  }

  mmgap.engine.Descent = Descent;
})();
