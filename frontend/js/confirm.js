// <button data-confirm="question" data-confirm-title="…" data-confirm-yes="…">: asks before its form is sent or its link followed.
// Without a script the link leads to, or the form shows, the page made with components/confirm_page.html.
const dialog = document.getElementById("confirm");
let pending = null;

function ask(trigger) {
  pending = trigger;
  dialog.querySelector("[data-confirm-heading]").textContent = trigger.dataset.confirmTitle ?? "Anda yakin?";
  dialog.querySelector("[data-confirm-text]").textContent = trigger.dataset.confirm;
  const yes = dialog.querySelector("[value=yes]");
  yes.textContent = trigger.dataset.confirmYes ?? "Ya, lanjutkan";
  yes.className = `btn ${trigger.classList.contains("btn-danger") ? "btn-danger" : "btn-primary"}`;
  dialog.returnValue = "";
  dialog.showModal();
}

document.addEventListener(
  "click",
  (event) => {
    const trigger = event.target.closest("[data-confirm]");
    if (!trigger || !dialog?.showModal || trigger.dataset.confirmed) return;
    event.preventDefault();
    event.stopPropagation();
    ask(trigger);
  },
  true,
);

dialog?.addEventListener("close", () => {
  const trigger = pending;
  pending = null;
  if (dialog.returnValue !== "yes" || !trigger) return;
  trigger.dataset.confirmed = "yes";
  trigger.click();
  delete trigger.dataset.confirmed;
});
