/* The normal distribution function and the quantile of the beta distribution, in both of its tails. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.engine ??= {};

  const ROOT_2_PI = Math.sqrt(2 * Math.PI);
  const SMALLEST = 1e-300;
  const EPSILON = 2 ** -53;

  /** Return Φ(z), with relative precision in the lower tail too. */
  function ndtr(z) {
    if (z < -3) return tail(-z);
    if (z > 3) return 1 - tail(z);
    let term = z;
    let sum = z;
    for (let odd = 3; Math.abs(term) > EPSILON * Math.abs(sum) && odd < 200; odd += 2) {
      term *= (z * z) / odd;
      sum += term;
    }
    return 0.5 + (sum * Math.exp((-z * z) / 2)) / ROOT_2_PI;
  }

  /** 1 − Φ(z) for z > 3, by Laplace's continued fraction. */
  function tail(z) {
    let below = z;
    for (let k = 100; k > 0; k--) below = z + k / below;
    return Math.exp((-z * z) / 2) / (ROOT_2_PI * below);
  }

  /** What Stirling's formula lacks of ln Γ(x), for x > 0. */
  function stirlingRest(x) {
    let rest = 0;
    for (; x < 12; x++) rest += (x + 0.5) * Math.log1p(1 / x) - 1;
    const square = 1 / (x * x);
    const series = 1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)));
    return rest + series / x;
  }

  /** Return a function (x, w = 1 − x) → the share of Beta(a, b) below x, with ln of x^a·w^b/B(a, b) given. */
  function fraction(a, b, x, log) {
    // Lentz's way through the continued fraction of the incomplete beta function (Numerical Recipes 6.4)
    let c = 1;
    let d = 1 / away(1 - ((a + b) * x) / (a + 1));
    let h = d;
    for (let m = 1; m < 10000; m++) {
      const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / away(1 + even * d);
      c = away(1 + even / c);
      h *= d * c;
      const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / away(1 + odd * d);
      c = away(1 + odd / c);
      h *= d * c;
      if (Math.abs(d * c - 1) < 4 * EPSILON) break;
    }
    return (Math.exp(log) * h) / a;
  }

  function away(value) {
    return Math.abs(value) < SMALLEST ? SMALLEST : value;
  }

  /** A beta distribution: its shares below and above a point, which is given as an angle: x = cos²(φ/2). */
  class Beta {
    constructor(a, b) {
      const sum = a + b;
      Object.assign(this, { a, b, sum, logA: Math.log1p(-b / sum), logB: Math.log(b / sum) });
      this.constant = (this.logA + Math.log(b) - Math.log(2 * Math.PI)) / 2 - stirlingRest(a) - stirlingRest(b) + stirlingRest(sum);
    }

    /** ln of x^a·w^b/B(a, b); the large numbers cancel before they are multiplied. */
    log(x, w) {
      const logX = w < 0.5 ? Math.log1p(-w) : Math.log(x);
      const logW = x < 0.5 ? Math.log1p(-x) : Math.log(w);
      return this.a * (logX - this.logA) + this.b * (logW - this.logB) + this.constant;
    }

    /** Return [share below x, share above x]. */
    shares(x, w) {
      const log = this.log(x, w);
      if (x < (this.a + 1) / (this.sum + 2)) {
        const below = fraction(this.a, this.b, x, log);
        return [below, 1 - below];
      }
      const above = fraction(this.b, this.a, w, log);
      return [1 - above, above];
    }

    /** Return φ in (0, π) with Φ(z) of the distribution below cos²(φ/2): Newton's steps on the logarithm of the
     *  smaller share, between ends that close in. */
    angle(z) {
      const upper = z >= 0;
      const wanted = Math.log(ndtr(upper ? -z : z));
      const middle = 2 * Math.atan2(Math.sqrt(this.b), Math.sqrt(this.a));
      let [low, high] = [0, Math.PI];
      let phi = middle - z / Math.sqrt(this.sum + 1);
      if (!(phi > 0 && phi < Math.PI)) phi = upper ? middle / 8 : (middle + 7 * Math.PI) / 8;
      for (let turn = 0; turn < 200; turn++) {
        const [cosine, sine] = [Math.cos(phi / 2), Math.sin(phi / 2)];
        const [x, w] = [cosine * cosine, sine * sine];
        const share = this.shares(x, w)[upper ? 1 : 0];
        const off = Math.log(share) - wanted;
        if (off > 0 === upper) high = phi;
        else low = phi;
        // the density of φ is x^{a−½}·w^{b−½}/B; the share above x rises with it, the share below falls
        const slope = Math.exp(this.log(x, w)) / (cosine * sine * share);
        const step = (upper ? -off : off) / slope;
        if (Math.abs(step) <= 2 * EPSILON * phi) break;
        const next = phi + step;
        phi = next > low && next < high ? next : (low + high) / 2;
      }
      return phi;
    }
  }

  /** Return x with a share p = Φ(z) of Beta(a, b) below it. */
  function betaQuantile(a, b, z) {
    return Math.cos(new Beta(a, b).angle(z) / 2) ** 2;
  }

  Object.assign(mmgap.engine, { ndtr, Beta, betaQuantile });
})();
