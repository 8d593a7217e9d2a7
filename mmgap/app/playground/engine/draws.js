/* Images and texts of a state before any descent, equal to those of mmgap.app.playground.cone_draws. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.engine ??= {};

  const [IMAGES, TEXTS] = [0, 1];

  /** Return {images, texts}: n × dim unit vectors each, row after row. */
  function draws({ n, seed, dim, angle, kappa_image, kappa_text, correlation }) {
    const z = mmgap.engine.normals(seed, n, IMAGES, dim);
    const alone = mmgap.engine.normals(seed, n, TEXTS, dim);
    const rest = Math.sqrt(1 - correlation * correlation);
    const paired = alone.map((value, k) => correlation * z[k] + rest * value);
    const half = (angle * Math.PI) / 360;
    return { images: turned(cone(z, n, dim, kappa_image), dim, -half), texts: turned(cone(paired, n, dim, kappa_text), dim, half) };
  }

  /** Power Spherical vectors about the first axis: z₀ says how near, the others where around it. */
  function cone(z, n, dim, kappa) {
    const beta = new mmgap.engine.Beta((dim - 1) / 2 + kappa, (dim - 1) / 2);
    const v = new Float64Array(n * dim);
    for (let at = 0; at < n * dim; at += dim) {
      const phi = beta.angle(z[at]); // from the centre: cos φ = 2·cos²(φ/2) − 1
      let square = 0;
      for (let k = 1; k < dim; k++) square += z[at + k] * z[at + k];
      const across = Math.sin(phi) / Math.sqrt(square);
      v[at] = Math.cos(phi);
      for (let k = 1; k < dim; k++) v[at + k] = across * z[at + k];
    }
    return v;
  }

  /** Turn vectors in the plane of the first two axes. */
  function turned(v, dim, angle) {
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    for (let at = 0; at < v.length; at += dim) {
      const [first, second] = [v[at], v[at + 1]];
      v[at] = cosine * first - sine * second;
      v[at + 1] = sine * first + cosine * second;
    }
    return v;
  }

  mmgap.engine.draws = draws;
})();
