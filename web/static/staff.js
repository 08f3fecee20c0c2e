// Small help at the desk; every page works without it.
"use strict";

// Parts of a page that follow what happens: asked for again while the page is seen, until the part says that it is done.
const FOLLOW_MS = 2000;
async function follow(part) {
  if (document.hidden || part.contains(document.activeElement)) return;
  const answer = await fetch(part.dataset.live, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  part.innerHTML = await answer.text();
  if (part.querySelector("[data-done]")) location.reload(); // what can be done about it has changed
}
for (const part of document.querySelectorAll("[data-live]")) {
  if (part.querySelector("[data-done]")) continue;
  setInterval(() => follow(part).catch(() => {}), FOLLOW_MS); // where one round fails, the next asks again
}

// The audience of what is being edited, counted anew after each change, before anything is saved.
for (const form of document.querySelectorAll("form[data-count]")) {
  const shown = document.getElementById(form.dataset.countIn);
  let wanted = 0;
  form.addEventListener("change", async () => {
    const mine = ++wanted;
    const answer = await fetch(form.dataset.count, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      credentials: "same-origin",
    });
    if (mine === wanted && answer.ok && !answer.redirected) shown.innerHTML = await answer.text();
  });
}

// Choosing another field of a condition opens the form that fits it.
for (const choice of document.querySelectorAll("select[data-go]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}

// Words marked in the official text become the clause that a condition stands on.
for (const quote of document.querySelectorAll("textarea[data-quote]")) {
  document.addEventListener("mouseup", () => {
    const marked = getSelection();
    const inside = marked.anchorNode && marked.anchorNode.parentElement.closest(".official");
    if (inside && marked.toString().trim()) quote.value = marked.toString().trim();
  });
}
