// The watched copy of a report: asks every few seconds which report is the newest, and loads itself again where it is
// another one, at the same place and with the same folds open.
"use strict";
function watch({ digest, says, every }) {
  const kept = `mmgap ${location.pathname}`;

  function remembered() {
    try {
      const found = JSON.parse(sessionStorage.getItem(kept));
      sessionStorage.removeItem(kept);
      return found;
    } catch {
      return null;
    }
  }

  function remember() {
    const open = [...document.querySelectorAll("details[open]")].map((fold) => fold.id);
    try {
      sessionStorage.setItem(kept, JSON.stringify({ top: scrollY, open }));
    } catch {
      // a browser that keeps nothing: the new page begins at its top
    }
  }

  const before = remembered();
  if (before) {
    for (const name of before.open) document.getElementById(name)?.setAttribute("open", "");
    requestAnimationFrame(() => scrollTo(0, before.top));
  }

  let asked = 0;
  window.watched = (newest) => {
    if (newest === "") return clearInterval(timer);
    if (newest === digest) return;
    clearInterval(timer);
    remember();
    location.reload();
  };
  const timer = setInterval(() => {
    const script = document.createElement("script");
    script.src = `${says}?${(asked += 1)}`;
    script.onload = script.onerror = () => script.remove();
    document.head.append(script);
  }, 1000 * every);
}
