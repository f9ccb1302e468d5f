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

// The card of a lead: menus close by themselves, keys write a note, and what was typed is not lost by the way.
document.addEventListener("click", (event) => {
  document.querySelectorAll(".lc-menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  const open = document.querySelector(".lc-menu[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
  const form = event.target instanceof Element ? event.target.closest("form[data-quick-save]") : null;
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

document.addEventListener("keydown", (event) => {
  const text = document.querySelector(".lc-composer textarea");
  if (!text || event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  event.preventDefault();
  text.form.querySelector("[name=kind][value=note]").checked = true;
  text.focus();
});

function isTyping(target) {
  return target instanceof Element && Boolean(target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]"));
}

window.addEventListener("beforeunload", (event) => {
  const text = document.querySelector(".lc-composer:not([data-sent]) textarea");
  if (text?.value.trim()) event.preventDefault();
});

// --- my queue and the list of leads: fold out, row menu, keys ---------------------------------------------------------

async function loadInto(address, place) {
  const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return location.reload(); // signed out, or the lead is gone
  place.innerHTML = await answer.text();
}

async function unfold(button) {
  const fold = button.closest("[data-row]").querySelector(".lc-row-fold");
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
  if (!isOpen && !fold.innerHTML) await loadInto(button.dataset.unfold, fold);
  fold.hidden = isOpen;
}

// One menu for all rows, in the top layer: the table that scrolls would cut off one of its own.
async function openMenu(button) {
  const menu = document.getElementById("lc-row-menu");
  if (menu.matches(":popover-open") && menu.opener === button) return menu.hidePopover();
  const here = location.pathname + location.search;
  await loadInto(`${button.dataset.menu}?next=${encodeURIComponent(here)}`, menu);
  menu.opener = button;
  if (!menu.matches(":popover-open")) menu.showPopover();
  place(menu, button);
  menu.querySelector("button, summary")?.focus();
}

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const left = Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8);
  const below = at.bottom + 4;
  menu.style.left = `${Math.max(left, 8)}px`;
  menu.style.top = `${Math.max(8, Math.min(below, innerHeight - menu.offsetHeight - 8))}px`;
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const folded = event.target.closest("[data-unfold]");
  if (folded) unfold(folded);
  const opener = event.target.closest("[data-menu]");
  if (opener) openMenu(opener);
});

document.addEventListener("DOMContentLoaded", () => {
  const menu = document.getElementById("lc-row-menu");
  if (!menu) return;
  menu.addEventListener("toggle", (event) => {
    const isOpen = event.newState === "open";
    menu.opener?.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen && menu.contains(document.activeElement)) menu.opener?.focus();
  });
  // What a part of it opens may reach beyond the window's end.
  menu.addEventListener("toggle", () => menu.opener && menu.matches(":popover-open") && place(menu, menu.opener), true);
  const overlay = document.querySelector('[x-show="shortcutsOpen"] .overflow-y-auto');
  overlay?.prepend(document.getElementById("lc-keys").content.cloneNode(true));
});

// What opens by itself takes the keyboard where it asks for it.
document.addEventListener("toggle", (event) => event.target.open && event.target.querySelector?.("[data-focus]")?.focus(), true);

// The keys. Rows are those of the queue, or of the list, whose links lead to the same pages.
function rows() {
  return [...document.querySelectorAll("[data-row], #result_list > tbody")].filter(pageOf);
}

function pageOf(row) {
  return row.dataset.page ?? row.querySelector("th a[href], td.field-person a[href]")?.getAttribute("href");
}

function move(by) {
  const all = rows();
  if (!all.length) return false;
  const before = all.findIndex((row) => row.querySelector(".lc-here") || row.classList.contains("lc-here"));
  const next = all[Math.max(0, Math.min(all.length - 1, before < 0 ? 0 : before + by))];
  document.querySelectorAll(".lc-here").forEach((row) => row.classList.remove("lc-here"));
  (next.querySelector("tr.data-row") ?? next).classList.add("lc-here");
  (next.querySelector("[data-open], th a[href], td.field-person a[href]"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function here() {
  return document.querySelector(".lc-here")?.closest("[data-row], tbody") ?? rows()[0];
}

// On the page of one lead the neighbours of the list it was opened from.
function moveToNeighbour(by) {
  const pages = JSON.parse(sessionStorage.getItem("lc-list") ?? "[]");
  const place = pages.indexOf(location.pathname);
  const next = place < 0 ? undefined : pages[place + by];
  if (next) location.assign(next);
}

document.addEventListener("DOMContentLoaded", () => {
  if (!document.getElementById("lc-row-menu")) return;
  const pages = rows().map((row) => new URL(pageOf(row), location.href).pathname);
  sessionStorage.setItem("lc-list", JSON.stringify(pages));
});

document.addEventListener("DOMContentLoaded", () => {
  if (location.hash === "#note") document.querySelector(".lc-composer textarea")?.focus();
});

const KEYS = {
  j: () => move(1) || moveToNeighbour(1),
  k: () => move(-1) || moveToNeighbour(-1),
  x: () => (here()?.querySelector("[data-unfold], .lc-foldable") ?? { click() {} }).click(),
  o: () => here() && location.assign(pageOf(here())),
  e: () => here() && location.assign(pageOf(here()).replace(/change\/.*/, "edit/")),
  n: () => here() && location.assign(`${pageOf(here())}#note`),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (isTyping || event.metaKey || event.ctrlKey || event.altKey || document.querySelector(":popover-open")) return;
  if (!Object.hasOwn(KEYS, event.key)) return;
  const isList = document.getElementById("lc-row-menu");
  if (!isList && !["j", "k"].includes(event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
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
