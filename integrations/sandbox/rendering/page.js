// Takes over the parts marked "data-live" from a fresh copy of this page every two seconds.
const last = {};

async function refresh() {
  const offline = document.getElementById("offline");
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    offline.hidden = true;
    document.querySelectorAll("[data-live]").forEach((part) => replace(part, fresh.getElementById(part.id)));
  } catch {
    offline.hidden = false;
  }
}

function replace(part, fresh) {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  if (!fresh || last[part.id] === fresh.innerHTML || active?.matches("button, input, select")) return;
  const focused = active?.closest("details")?.id;
  const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
  last[part.id] = fresh.innerHTML;
  part.replaceChildren(...fresh.childNodes);
  open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  if (focused) document.getElementById(focused)?.querySelector("summary").focus({ preventScroll: true });
}

async function copy(button) {
  const label = button.textContent;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = label), 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

setInterval(() => document.hidden || getSelection().type === "Range" || refresh(), 2000);
