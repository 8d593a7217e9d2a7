/* Points painted pixel by pixel from the back to the front: thousands in a few milliseconds, without a graphics card. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  /** Layers of equal depth; the order within one is that of the points. */
  const LAYERS = 64;

  class Cloud {
    constructor() {
      this.canvas = document.createElement("canvas");
      this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    }

    /** Paint sets of points [{points, colour}] as they are seen: `view` gives {right, up, near, centre, radius}.
     *
     *  `points` are x, y, z one after the other in the unit ball; `ratio` is device pixels to a CSS pixel. */
    paint(context, sets, { right, up, near, centre, radius }, width, height, ratio) {
      const count = sets.reduce((sum, { points }) => sum + points.length / 3, 0);
      const room = this.#roomFor(count, Math.round(width * ratio), Math.round(height * ratio));
      const dot = Math.max(1.4, Math.min(4.2, 60 / Math.sqrt(count))) * ratio;
      room.counts.fill(0);
      let k = 0;
      for (const [set, { points }] of sets.entries()) {
        for (let i = 0; i < points.length; i += 3, k++) {
          const [a, b, c] = [points[i], points[i + 1], points[i + 2]];
          const depth = (near[0] * a + near[1] * b + near[2] * c + 1) / 2;
          room.x[k] = ratio * (centre[0] + radius * (right[0] * a + right[1] * b + right[2] * c));
          room.y[k] = ratio * (centre[1] - radius * (up[0] * a + up[1] * b + up[2] * c));
          room.layer[k] = Math.max(0, Math.min(LAYERS - 1, Math.floor(depth * LAYERS)));
          room.set[k] = set;
          room.counts[room.layer[k] + 1]++;
        }
      }
      for (let layer = 0; layer < LAYERS; layer++) room.counts[layer + 1] += room.counts[layer];
      for (k = 0; k < count; k++) room.order[room.counts[room.layer[k]]++] = k;
      const colours = sets.map(({ colour }) => this.#channels(colour));
      for (let place = 0; place < count; place++) {
        k = room.order[place];
        const depth = (room.layer[k] + 0.5) / LAYERS;
        disc(room.image, room.x[k], room.y[k], dot * (0.7 + 0.3 * depth), colours[room.set[k]], opacity(depth));
      }
      this.context.putImageData(room.image, 0, 0);
      context.drawImage(this.canvas, 0, 0, width, height);
    }

    /** Cleared pixels, and arrays for so many points; what is large enough is used again. */
    #roomFor(count, wide, high) {
      if (!(this.room?.order.length >= count)) {
        this.room = { x: new Float32Array(count), y: new Float32Array(count), layer: new Uint8Array(count) };
        Object.assign(this.room, { set: new Uint8Array(count), order: new Uint32Array(count), counts: new Uint32Array(LAYERS + 1) });
      }
      if (this.canvas.width !== wide || this.canvas.height !== high || !this.room.image) {
        [this.canvas.width, this.canvas.height] = [wide, high];
        this.room.image = this.context.createImageData(wide, high);
      } else this.room.image.data.fill(0);
      return this.room;
    }

    #channels(colour) {
      this.context.fillStyle = colour;
      const hex = Number.parseInt(this.context.fillStyle.slice(1), 16);
      return [hex >> 16, (hex >> 8) & 255, hex & 255];
    }
  }

  /** How much of a point is seen: faint on the hidden side, clear in front. */
  function opacity(depth) {
    return depth < 0.5 ? 0.14 + 0.16 * depth : 0.45 + 0.4 * (2 * depth - 1);
  }

  /** Lay a disc over what is there, with smooth edges. */
  function disc({ data, width, height }, x, y, radius, [red, green, blue], opaque) {
    const [left, right] = [Math.max(0, Math.floor(x - radius - 0.5)), Math.min(width - 1, Math.ceil(x + radius))];
    const [top, bottom] = [Math.max(0, Math.floor(y - radius - 0.5)), Math.min(height - 1, Math.ceil(y + radius))];
    for (let row = top; row <= bottom; row++) {
      const dy = row + 0.5 - y;
      for (let column = left; column <= right; column++) {
        const dx = column + 0.5 - x;
        const inside = radius + 0.5 - Math.sqrt(dx * dx + dy * dy);
        if (inside <= 0) continue;
        const own = opaque * Math.min(1, inside);
        const at = 4 * (row * width + column);
        const under = (data[at + 3] / 255) * (1 - own);
        const all = own + under;
        data[at] = (own * red + under * data[at]) / all;
        data[at + 1] = (own * green + under * data[at + 1]) / all;
        data[at + 2] = (own * blue + under * data[at + 2]) / all;
        data[at + 3] = 255 * all;
      }
    }
  }

  mmgap.playground.Cloud = Cloud;
})();
