// Good news leaves by itself after a while; warnings and errors stay until they are closed.
const STAY_MS = 10_000;
const region = document.getElementById("toasts");

function settle(toast) {
  if (toast.dataset.settled || toast.matches(".tone-warning, .tone-danger")) return;
  toast.dataset.settled = "yes";
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, STAY_MS) : toast.remove());
  setTimeout(leave, STAY_MS);
}

function settleAll() {
  region?.querySelectorAll(".notice").forEach(settle);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  button?.closest(".notice").remove();
});

document.addEventListener("portal:toast", (event) => {
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const toast = template.content.cloneNode(true);
  toast.querySelector(".notice-text").textContent = event.detail.text;
  region.replaceChildren(toast);
});

document.addEventListener("htmx:load", settleAll);
settleAll();
