// What was typed is not lost when the session had ended: it waits in this tab until the same person has signed in again.
// The filing page keeps copies of its own (filing.js).
const KEY = "ketikan";
const { person } = document.body.dataset;

document.addEventListener("submit", ({ target: form }) => {
  if (!person || form.method !== "post" || "filing" in form.dataset || form.querySelector("[type=password]")) return;
  const typed = [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  write({ person, path: location.pathname, to: form.getAttribute("action"), typed });
});

const kept = read();
if (kept) {
  if (!person) write({ ...kept, isBounced: true });
  else {
    sessionStorage.removeItem(KEY);
    if (kept.isBounced && kept.person === person && kept.path === location.pathname) bring(kept);
  }
}

function bring({ to, typed }) {
  const form = [...document.forms].find((each) => each.method === "post" && each.getAttribute("action") === to);
  const fields = [...(form?.elements ?? [])].filter((each) => each.name && !/^(hidden|submit|file)$/.test(each.type));
  if (!fields.length) return;
  for (const field of fields) {
    const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
    if (/^(checkbox|radio)$/.test(field.type)) field.checked = values.includes(field.value);
    else if (values.length) [field.value] = values;
  }
  form.closest("details")?.setAttribute("open", "");
  const note = Object.assign(document.createElement("p"), { className: "notice tone-info", role: "status" });
  note.textContent = "Ketikan Anda tadi masih ada. Periksa, lalu kirim lagi.";
  form.prepend(note);
  fields[0].focus();
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function write(what) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(what));
  } catch {
    // A full or forbidden store: the form is sent all the same.
  }
}
