// Dash's upload holds a file input without a name beside the button that opens it: the button alone is reached by
// keyboard and told by screen readers.
new MutationObserver(() => {
  const input = document.querySelector("#search-upload input[type=file]:not([aria-hidden])");
  if (input) {
    input.setAttribute("aria-hidden", "true");
    input.tabIndex = -1;
  }
}).observe(document.documentElement, { childList: true, subtree: true });
