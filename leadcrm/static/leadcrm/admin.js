// Small behaviours of our pages: ask before acting, copy to the clipboard, never post twice, fold out by keyboard.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches(".lc-act")) return;
  const question = form.dataset.confirm;
  if (form.dataset.sent || (question && !window.confirm(question))) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // A button that is disabled at once does not send its own value.
  setTimeout(() => {
    form.querySelectorAll("button").forEach((button) => {
      button.disabled = true;
    });
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
  document.querySelectorAll(".lc-act[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button[disabled]").forEach((button) => {
      button.disabled = false;
    });
  });
});

// Browsers leave "autofocus" out when something else had the focus while the page was loading.
document.addEventListener("DOMContentLoaded", () => {
  if (!document.activeElement?.matches("input, textarea, select")) document.querySelector("[autofocus]")?.focus();
});

// The theme marks no main part, for which screen readers look.
document.addEventListener("DOMContentLoaded", () => {
  (document.getElementById("main") ?? document.getElementById("page"))?.setAttribute("role", "main");
});

// The theme folds a row out by a click on a cell. This makes it a button for keyboards and screen readers.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".lc-fold").forEach((fold) => {
    const arrow = fold.closest("tbody")?.querySelector("td.cursor-pointer > span");
    if (!arrow) return;
    arrow.classList.add("lc-foldable");
    Object.entries({ role: "button", tabindex: "0", "aria-expanded": "false", "aria-label": fold.dataset.label }).forEach(
      ([name, value]) => arrow.setAttribute(name, value),
    );
    arrow.parentElement.addEventListener("click", () => {
      arrow.setAttribute("aria-expanded", String(arrow.getAttribute("aria-expanded") !== "true"));
    });
    arrow.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      arrow.click();
    });
  });
});

// Rows of a form that only matter while another field has a certain value.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-shown-when]").forEach((field) => {
    const [name, wanted] = field.dataset.shownWhen.split("=");
    const other = document.querySelector(`[name="${name}"]`);
    const row = field.closest(".form-row");
    if (!other || !row) return;
    const show = () => {
      const value = other.type === "checkbox" ? (other.checked ? "on" : "") : other.value;
      // What was refused stays visible, or nobody could mend it.
      row.hidden = value !== wanted && !row.querySelector(".errors, .errorlist");
    };
    other.addEventListener("change", show);
    show();
  });
});

// Field mapping: another row, the text only where a rule takes one, and a question before rows are given up.
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-add-rule]")) return;
  const rows = document.getElementById("lc-rules");
  const total = document.querySelector("[name=rules-TOTAL_FORMS]");
  const fresh = document.getElementById("lc-new-rule").innerHTML.replaceAll("__prefix__", total.value);
  rows.insertAdjacentHTML("beforeend", fresh);
  total.value = String(Number(total.value) + 1);
  rows.lastElementChild.querySelectorAll("select").forEach(showText);
  rows.lastElementChild.querySelector("input").focus();
});

function showText(select) {
  const text = select.closest("tr")?.querySelector("[data-for-source]");
  if (text) text.hidden = !text.dataset.forSource.split(" ").includes(select.value);
}

document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement && event.target.closest(".lc-rules")) showText(event.target);
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".lc-rules select").forEach(showText);
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && event.target.matches(".lc-mapping") && !window.confirm(question)) event.preventDefault();
});

// A form whose buttons post elsewhere is posted once, too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter?.hasAttribute("formaction") && !event.defaultPrevented) {
    if (form.dataset.posted) event.preventDefault();
    form.dataset.posted = "1";
  }
});
window.addEventListener("pageshow", () => document.querySelectorAll("[data-posted]").forEach((form) => delete form.dataset.posted));

// Filters that are applied as soon as they are chosen.
document.addEventListener("change", (event) => {
  if (event.target instanceof Element) event.target.closest("form[data-submit-on-change]")?.requestSubmit();
});

// What opens by itself takes the keyboard where it asks for it.
document.addEventListener("toggle", (event) => event.target.open && event.target.querySelector?.("[data-focus]")?.focus(), true);

// Lists with boxes to tick: all of them, or only the one whose button was pressed.
document.addEventListener("change", (event) => {
  const name = event.target instanceof HTMLInputElement ? event.target.dataset.tickAll : undefined;
  if (!name) return;
  event.target.form.querySelectorAll(`input[type=checkbox][name="${name}"]`).forEach((box) => {
    box.checked = event.target.checked;
  });
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-tick-only]") : null;
  if (!button) return;
  button.form.querySelectorAll(`input[type=checkbox][name="${button.dataset.tickOnly}"]`).forEach((box) => {
    box.checked = box.value === button.dataset.value;
  });
});

// Boxes in which one searches among many choices are called like the field they belong to. They are made after loading.
window.addEventListener("load", () => {
  setTimeout(() => {
    document.querySelectorAll(".form-row .select2-search__field:not([aria-label])").forEach((box) => {
      const label = box.closest(".form-row").querySelector("label");
      if (label) box.setAttribute("aria-label", label.textContent.replace("*", "").trim());
    });
  }, 100);
});

// Typing in a box to choose from finds a choice: the theme, which listens at the window, would take some keys for its own.
document.addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLSelectElement) event.stopPropagation();
});
