// Runs in the head, before the first paint, so that a dark page never flashes white.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return localStorage.getItem("portal-theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function apply() {
  const choice = chosen();
  root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  }
}

root.classList.add("js");
apply();
dark.addEventListener("change", apply);
addEventListener("storage", apply);
document.addEventListener("DOMContentLoaded", apply);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  try {
    localStorage.setItem("portal-theme", button.dataset.themeChoice);
  } catch {
    // Private windows refuse storage: the choice then holds for no page, which is better than an error.
  }
  apply();
});
