"use strict";
/** The text that an element of the page holds packed: gzip in base64. */
const unpacked = async (element) => {
  const signs = atob(element.textContent.trim());
  const bytes = new Uint8Array(signs.length);
  for (let place = 0; place < signs.length; place += 1) bytes[place] = signs.charCodeAt(place);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
};
