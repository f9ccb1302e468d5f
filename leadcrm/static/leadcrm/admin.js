// Small behaviours of our pages: ask before acting, copy to the clipboard, never post twice.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches(".lc-act")) return;
  const question = form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  form.querySelectorAll("button").forEach((button) => {
    button.disabled = true;
  });
});

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!button) return;
  await copy(button.dataset.copy);
  button.classList.add("lc-copied");
  setTimeout(() => button.classList.remove("lc-copied"), 1200);
});

// The clipboard API exists only on https and localhost.
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

// A page that comes back from the browser's cache has its buttons again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll(".lc-act button[disabled]").forEach((button) => {
    button.disabled = false;
  });
});
