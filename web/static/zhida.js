// Small help for those with JavaScript; every page works without it.
"use strict";

// A second press of a button must not send the form twice (the server refuses it too).
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
// A page taken out of the browser's history may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Where the official text stands beside the card, show a clause in its own pane and leave the page where it is.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.source");
  const mark = link && document.getElementById(link.hash.slice(1));
  const pane = mark && mark.closest(".beside__text");
  if (!pane || getComputedStyle(pane).position !== "sticky") return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  for (const other of document.querySelectorAll(".official mark[data-here]")) delete other.dataset.here;
  mark.closest("mark").dataset.here = "";
  pane.scrollTo({ top: mark.offsetTop - pane.clientHeight / 3 });
});
