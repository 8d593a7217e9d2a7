// Pictures of closed folds, which the page holds packed: all are unpacked at once, and drawn when they come into sight.
(async () => {
  // The page has not loaded before its pictures are there, so that paper shows them: a document that is being written
  // holds that up.
  const holding = document.createElement("iframe");
  holding.hidden = true;
  document.body.append(holding);
  holding.contentDocument.open();
  try {
    const addresses = JSON.parse(await unpacked(document.getElementById("pictures")));
    document.querySelectorAll("img[data-picture]").forEach((one) => { one.src = addresses[one.dataset.picture]; });
  } catch {
    document.documentElement.classList.remove("scripted"); // what those read who run no script holds here, too
  } finally {
    holding.contentDocument.close();
    holding.remove();
  }
})();
