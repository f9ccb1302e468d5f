// Where sales staff work: the card of a lead, my queue and the list of leads, and their keys.
"use strict";

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

// My queue and the list of leads: rows fold out and have a menu.

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
