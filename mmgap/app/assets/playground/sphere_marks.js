/* What is drawn beside the points: great circles, the means with the gap vector, the legend. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  /** The outline, and the half of the great circles of the three axes that lies in front or at the back. */
  function grid(context, { right, up, near, centre, radius }, colours, front) {
    context.lineWidth = 1;
    context.strokeStyle = colours.line;
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
  function arrow(context, { right, up, centre, radius }, colours, { imageMean, textMean }) {
    const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    const place = (v) => [centre[0] + radius * dot(right, v), centre[1] - radius * dot(up, v)];
    const [from, to] = [place(imageMean), place(textMean)];
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    context.lineCap = "round";
    for (const [colour, width] of [[colours.paper, 6], [colours.mean, 2.5]]) {
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
    for (const [at, name] of [[from, "image"], [to, "text"]]) disc(context, ...at, 7, colours[name], colours);
  }

  /** What the colours and the arrow stand for, in a line below. */
  function legend(context, { images, texts, means }, colours, width, height) {
    const entries = [[images, "image", 4], [texts, "text", 4], [means, "mean", 0]];
    context.font = "13px system-ui, sans-serif";
    context.textBaseline = "middle";
    const widths = entries.map(([word]) => context.measureText(word).width + 34);
    let x = (width - widths.reduce((a, b) => a + b, -14)) / 2;
    const y = height - 12;
    for (const [k, [word, name, size]] of entries.entries()) {
      if (size) disc(context, x + 6, y, size, colours[name]);
      else {
        context.strokeStyle = colours[name];
        context.lineWidth = 2.5;
        context.beginPath();
        context.moveTo(x - 2, y);
        context.lineTo(x + 12, y);
        context.moveTo(x + 7, y - 4);
        context.lineTo(x + 12, y);
        context.lineTo(x + 7, y + 4);
        context.stroke();
      }
      context.fillStyle = colours.ink;
      context.fillText(word, x + 18, y);
      x += widths[k];
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

  mmgap.playground.marks = { grid, arrow, legend };
})();
