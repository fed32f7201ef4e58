// data-once: a second click must not send the form twice. data-guard: leaving with unsaved input asks first.
const BUSY = "Sedang dikirim…";
const guarded = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  guarded.delete(form);
  if (!("once" in form.dataset) || event.defaultPrevented) return;
  const button = event.submitter ?? form.querySelector("[type=submit]");
  // After the event, because a disabled button would not send its own name and value.
  setTimeout(() => disable(form, button), 0);
});

function disable(form, clicked) {
  for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = true;
  if (!clicked) return;
  clicked.dataset.label = clicked.innerHTML;
  clicked.textContent = form.dataset.once || BUSY;
  clicked.classList.add("is-busy");
}

// Coming back with the browser's "back" shows the page as it was left: busy. Make it usable again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] button:disabled")) {
    button.disabled = false;
    button.classList.remove("is-busy");
    if (button.dataset.label) button.innerHTML = button.dataset.label;
  }
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) guarded.add(form);
});

addEventListener("beforeunload", (event) => {
  if ([...guarded].some((form) => form.isConnected)) event.preventDefault();
});

// Money is typed with or without points and shown with them.
document.addEventListener("focusout", (event) => {
  if (!event.target.matches?.("input[data-money]")) return;
  const digits = event.target.value.replace(/^\s*Rp/i, "").replace(/[.\s]/g, "");
  if (/^\d+$/.test(digits)) event.target.value = digits.replace(/\B(?=(\d{3})+$)/g, ".");
});

// Signing out leaves nothing behind on a shared computer: the filing page's copies go too (filing.js).
document.addEventListener("submit", (event) => {
  if (!("forget" in event.target.dataset)) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith("isian:")) localStorage.removeItem(name);
});

// A form that comes back with errors: start reading at the summary.
document.querySelector(".error-summary")?.focus();
