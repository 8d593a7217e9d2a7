/* The vectors on the sphere: a canvas that is drawn when something changes, turned by dragging or by the arrow keys. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const DEGREE = Math.PI / 180;
  /** From the side of the axis between the two centres, a little from above; a circle is seen from its own axis. */
  const SPHERE_VIEW = { yaw: 0, pitch: 20 * DEGREE };
  const CIRCLE_VIEW = { yaw: 0, pitch: -90 * DEGREE };
  const KEY_STEP = 10 * DEGREE;

  /** Return the little-endian float32 of base64 text. */
  function decoded(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new Float32Array(bytes.buffer);
  }

  class Scene {
    /** `words` says {images, texts, means, gap}; `turned` is called after each turn with {yaw, pitch} in degrees. */
    constructor(canvas, words, turned = () => {}) {
      Object.assign(this, { canvas, words, turned, view: { ...SPHERE_VIEW }, home: SPHERE_VIEW, points: null });
      this.context = canvas.getContext("2d");
      this.cloud = new mmgap.playground.Cloud();
      canvas.tabIndex = 0;
      canvas.style.touchAction = "none"; // a finger on the sphere turns it; beside it the page scrolls
      this.#listen();
      this.recolour();
    }

    /** Show the points of readings or of a frame. */
    show(points) {
      const images = decoded(points.images.f4);
      const texts = decoded(points.texts.f4);
      this.points = { images, texts, imageMean: points.image_mean, textMean: points.text_mean };
      const home = flat(images) && flat(texts) ? CIRCLE_VIEW : SPHERE_VIEW;
      if (home !== this.home) {
        this.home = home;
        this.view = { ...home };
      }
      this.redraw();
    }

    turn(yaw, pitch) {
      this.view.yaw += yaw;
      this.view.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.view.pitch + pitch));
      this.#changed();
    }

    reset() {
      this.view = { ...this.home };
      this.#changed();
    }

    /** Read the colours of the page again. */
    recolour() {
      const style = getComputedStyle(this.canvas);
      const colour = (name) => style.getPropertyValue(`--${name}`).trim() || "#808080";
      const names = ["image", "text", "mean", "ink", "line", "paper", "faint"];
      this.colours = Object.fromEntries(names.map((name) => [name, colour(name)]));
      this.redraw();
    }

    /** Draw at the next frame, once however often it is asked for. */
    redraw() {
      this.waiting ??= requestAnimationFrame(() => {
        this.waiting = undefined;
        this.#fit();
        this.draw(this.context, this.width, this.height, this.ratio);
      });
    }

    /** Draw into any 2D context of this size in CSS pixels, each of so many device pixels. */
    draw(context, width, height, ratio) {
      const radius = Math.max(10, Math.min(width, height - 26) / 2 - 8);
      const centre = [width / 2, (height - 26) / 2 + 2];
      context.clearRect(0, 0, width, height);
      this.#grid(context, centre, radius, false);
      if (this.points) {
        const { images, texts } = this.points;
        const sets = [{ points: images, colour: this.colours.image }, { points: texts, colour: this.colours.text }];
        this.cloud.paint(context, sets, { ...this.#axes(), centre, radius }, width, height, ratio);
      }
      this.#grid(context, centre, radius, true);
      if (this.points) this.#arrow(context, centre, radius);
      this.#legend(context, width, height);
    }

    #changed() {
      this.redraw();
      this.turned({ yaw: Math.round(this.view.yaw / DEGREE), pitch: Math.round(this.view.pitch / DEGREE) });
    }

    #listen() {
      const { canvas } = this;
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        canvas.setPointerCapture(event.pointerId);
        this.held = { id: event.pointerId, x: event.clientX, y: event.clientY };
        canvas.style.cursor = "grabbing";
      });
      canvas.addEventListener("pointermove", (event) => {
        if (this.held?.id !== event.pointerId) return;
        const turn = Math.PI / Math.max(canvas.clientWidth, 1);
        const [dx, dy] = [event.clientX - this.held.x, event.clientY - this.held.y];
        this.held = { id: event.pointerId, x: event.clientX, y: event.clientY };
        this.turn(-dx * turn, dy * turn);
      });
      for (const end of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(end, () => {
          this.held = undefined;
          canvas.style.cursor = "grab";
        });
      }
      const keys = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      canvas.addEventListener("keydown", (event) => {
        if (event.key === "Home") this.reset();
        else if (keys[event.key]) this.turn(...keys[event.key].map((way) => way * KEY_STEP));
        else return;
        event.preventDefault();
      });
      canvas.style.cursor = "grab";
      new ResizeObserver(() => this.redraw()).observe(canvas);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    }

    #fit() {
      const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
      const { clientWidth, clientHeight } = this.canvas;
      [this.width, this.height] = [clientWidth, clientHeight];
      const [wide, high] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
      if (this.canvas.width !== wide || this.canvas.height !== high) {
        this.canvas.width = wide;
        this.canvas.height = high;
      }
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.ratio = ratio;
    }

    /** Rows of the rotation: what lies to the right, upwards, and towards the viewer. */
    #axes() {
      const { yaw, pitch } = this.view;
      const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
      return { right: [-sy, cy, 0], up: [-sp * cy, -sp * sy, cp], near: [cp * cy, cp * sy, sp] };
    }

    /** The outline, and the half of the great circles of the three axes that lies in front or at the back. */
    #grid(context, centre, radius, front) {
      const { right, up, near } = this.#axes();
      context.lineWidth = 1;
      context.strokeStyle = this.colours.line;
      if (!front) {
        context.beginPath();
        context.arc(...centre, radius, 0, 2 * Math.PI);
        context.stroke();
      }
      context.globalAlpha = front ? 0.9 : 0.35;
      context.beginPath();
      for (const [u, v] of [[0, 1], [0, 2], [1, 2]]) {
        let drawn = false;
        for (let step = 0; step <= 96; step++) {
          const [cos, sin] = [Math.cos((step / 48) * Math.PI), Math.sin((step / 48) * Math.PI)];
          if (near[u] * cos + near[v] * sin >= 0 === front) {
            const x = centre[0] + radius * (right[u] * cos + right[v] * sin);
            const y = centre[1] - radius * (up[u] * cos + up[v] * sin);
            drawn ? context.lineTo(x, y) : context.moveTo(x, y);
            drawn = true;
          } else drawn = false;
        }
      }
      context.stroke();
      context.globalAlpha = 1;
    }

    /** Both means, and the gap vector from the images' to the texts'. */
    #arrow(context, centre, radius) {
      const { right, up } = this.#axes();
      const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
      const place = (v) => [centre[0] + radius * dot(right, v), centre[1] - radius * dot(up, v)];
      const [from, to] = [place(this.points.imageMean), place(this.points.textMean)];
      const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
      const length = Math.hypot(dx, dy);
      context.lineCap = "round";
      for (const [colour, width] of [[this.colours.paper, 6], [this.colours.mean, 2.5]]) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.beginPath();
        context.moveTo(...from);
        context.lineTo(...to);
        if (length > 14) {
          const [ux, uy] = [dx / length, dy / length];
          const tip = [to[0] - 8 * ux, to[1] - 8 * uy];
          const back = [tip[0] - 9 * ux, tip[1] - 9 * uy];
          context.moveTo(back[0] - 5 * uy, back[1] + 5 * ux);
          context.lineTo(...tip);
          context.lineTo(back[0] + 5 * uy, back[1] - 5 * ux);
        }
        context.stroke();
      }
      for (const [at, name] of [[from, "image"], [to, "text"]]) disc(context, ...at, 7, this.colours[name], this.colours);
    }

    #legend(context, width, height) {
      const { images, texts, means } = this.words;
      const entries = [[images, "image", 4], [texts, "text", 4], [means, "mean", 0]];
      context.font = "13px system-ui, sans-serif";
      context.textBaseline = "middle";
      const widths = entries.map(([word]) => context.measureText(word).width + 34);
      let x = (width - widths.reduce((a, b) => a + b, -14)) / 2;
      const y = height - 12;
      for (const [k, [word, name, size]] of entries.entries()) {
        if (size) disc(context, x + 6, y, size, this.colours[name]);
        else {
          context.strokeStyle = this.colours[name];
          context.lineWidth = 2.5;
          context.beginPath();
          context.moveTo(x - 2, y);
          context.lineTo(x + 12, y);
          context.moveTo(x + 7, y - 4);
          context.lineTo(x + 12, y);
          context.lineTo(x + 7, y + 4);
          context.stroke();
        }
        context.fillStyle = this.colours.ink;
        context.fillText(word, x + 18, y);
        x += widths[k];
      }
    }
  }

  function disc(context, x, y, radius, colour, edge) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    if (!edge) return;
    for (const [stroke, width] of [[edge.paper, 4], [edge.mean, 2]]) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.stroke();
    }
  }

  function flat(points) {
    for (let i = 2; i < points.length; i += 3) if (points[i] !== 0) return false;
    return true;
  }

  mmgap.playground.Scene = Scene;
})();
