// Which pane is seen where there is room for one only.

export function showPane(name) {
  document.body.dataset.pane = name;
  for (const button of document.querySelectorAll("[data-show]")) {
    if (button.dataset.show === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  // Focus must not stay in a pane that can no longer be seen.
  if (!document.activeElement.checkVisibility()) document.querySelector(`.pane[data-name="${name}"]`).focus();
}
