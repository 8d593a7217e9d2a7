/* Standard normals from a counter-based generator, as mmgap.app.playground.cone_draws draws them. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.engine ??= {};

  const [M0, M1] = [0xd2511f53, 0xcd9e8d57];
  const [W0, W1] = [0x9e3779b9, 0xbb67ae85];
  const ROUNDS = 10;

  /** High word of the product of two 32-bit words. */
  function high(a, b) {
    const [al, ah, bl, bh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
    const middle = ah * bl + ((al * bl) >>> 16);
    const other = al * bh + (middle & 0xffff);
    return (ah * bh + Math.floor(middle / 65536) + Math.floor(other / 65536)) >>> 0;
  }

  /** Replace the four words of a counter by those of Philox4x32-10 under the key (seed, 0); Salmon et al. (2011). */
  function philox(words, seed) {
    let [a, b, c, d] = words;
    let [k0, k1] = [seed >>> 0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const [lh, rh] = [high(a, M0), high(c, M1)];
      const [ll, rl] = [Math.imul(a, M0), Math.imul(c, M1)];
      a = (rh ^ b ^ k0) >>> 0;
      b = rl >>> 0;
      c = (lh ^ d ^ k1) >>> 0;
      d = ll >>> 0;
      k0 = (k0 + W0) >>> 0;
      k1 = (k1 + W1) >>> 0;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
  }

  /** Return n × dim standard normals of a side (0 images, 1 texts): Box and Muller's, four to a block. */
  function normals(seed, n, side, dim) {
    const z = new Float64Array(n * dim);
    const words = new Uint32Array(4);
    const four = new Float64Array(4);
    for (let i = 0; i < n; i++) {
      for (let block = 0; 4 * block < dim; block++) {
        words.set([block, i, side, 0]);
        philox(words, seed);
        for (let pair = 0; pair < 4; pair += 2) {
          const radius = Math.sqrt(-2 * Math.log((words[pair] + 0.5) / 2 ** 32));
          const angle = 2 * Math.PI * ((words[pair + 1] + 0.5) / 2 ** 32);
          four[pair] = radius * Math.cos(angle);
          four[pair + 1] = radius * Math.sin(angle);
        }
        const last = Math.min(4, dim - 4 * block);
        for (let k = 0; k < last; k++) z[i * dim + 4 * block + k] = four[k];
      }
    }
    return z;
  }

  Object.assign(mmgap.engine, { philox, normals });
})();
