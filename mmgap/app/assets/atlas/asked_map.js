// A map that the server is asked for until it is there; meanwhile it says how far it is.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  const POLL = 600;
  const waiting = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  // The payload, {error: words}, or undefined once the question is outdated().
  async function askedMap(address, query, words, told, outdated) {
    const began = Date.now();
    for (;;) {
      let answer;
      try {
        answer = await (await fetch(`${address}?${new URLSearchParams(query)}`)).json();
      } catch {
        answer = { error: words.gone };
      }
      if (outdated()) return undefined;
      if (answer.progress === undefined) return answer;
      told([answer.progress || words.working, `${Math.round((Date.now() - began) / 1000)} s`].join(" · "));
      await waiting(POLL);
      if (outdated()) return undefined;
    }
  }

  Object.assign(globalThis.mmgap.atlas, { askedMap });
})();
