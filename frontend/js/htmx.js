import htmx from "htmx.org";

// The Content-Security-Policy forbids inline styles and eval.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.historyCacheSize = 0;

const FAILED = "Halaman tidak dapat dimuat. Periksa sambungan internet lalu coba lagi.";

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
});

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, () => document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text: FAILED } })));
}
