// The filing page: saves to the server a few seconds after a change, and keeps a second copy in this browser until the
// server has it. Without this file the page works the same, only by its buttons.
const WAIT_MS = 2500;
const LONGEST_WAIT_MS = 10_000;
const RETRY_MS = 15_000;
const KEEP_DAYS = 30;

const form = document.querySelector("form[data-filing]");
if (form) start(form);

function start(form) {
  const place = form.dataset.copy;
  const said = form.querySelector("[data-filing-state]");
  const progress = document.getElementById("kemajuan");
  const comparing = form.querySelector("#beda") !== null; // two people's answers stand side by side, to choose from
  let base = comparing ? {} : read(); // what the server has, as far as this page knows
  let changedAt = 0;
  let timer;
  let saving = null;
  let stopped = comparing; // a conflict, or a report that was sent meanwhile: only the buttons go on from here

  function read() {
    const values = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !/^(csrfmiddlewaretoken|version|session|pilih_.*)$/.test(name)) values[name] = value;
    }
    return values;
  }

  function changes() {
    const now = read();
    const differing = {};
    for (const name of new Set([...Object.keys(base), ...Object.keys(now)])) {
      if ((base[name] ?? "") !== (now[name] ?? "")) differing[name] = now[name] ?? "";
    }
    return differing;
  }

  function say(text, tone = "") {
    said.textContent = text;
    said.dataset.tone = tone;
  }

  // The copy in this browser holds only what the server does not have yet.
  function keepCopy(values = changes()) {
    try {
      if (!Object.keys(values).length) localStorage.removeItem(place);
      else localStorage.setItem(place, JSON.stringify({ values, version: ground(), at: Date.now() }));
      return true;
    } catch {
      return false; // a full or forbidden store: the server copy is the only one
    }
  }

  // Brought back later, answers that were never chosen between must be compared again.
  function ground() {
    return comparing ? "-1" : form.elements.version.value;
  }

  function stored(key) {
    try {
      const copy = JSON.parse(localStorage.getItem(key));
      return copy && Date.now() - copy.at < KEEP_DAYS * 86_400_000 ? copy : null;
    } catch {
      return null;
    }
  }

  function unsaved(why) {
    say(`Belum tersimpan: ${why}, isian aman di perangkat ini.`, "warning");
  }

  async function save() {
    clearTimeout(timer);
    if (saving) return saving.then(() => (changedAt ? save() : true));
    if (stopped) return false;
    saving = send().finally(() => (saving = null));
    return saving;
  }

  async function send() {
    const sent = read();
    const startedAt = Date.now();
    let answer;
    say("Menyimpan…");
    try {
      answer = await fetch(form.dataset.filing, { method: "POST", body: new FormData(form), redirect: "manual" });
    } catch {
      unsaved("tidak ada sambungan");
      timer = setTimeout(save, RETRY_MS);
      return false;
    }
    if (!answer.headers.get("content-type")?.includes("json")) return refused(answer.status);
    const told = await answer.json();
    if (told.state !== "saved") return stop(told);
    take(told, sent);
    if (changedAt < startedAt) changedAt = 0;
    keepCopy();
    return true;
  }

  function refused(status) {
    if (status >= 500) {
      unsaved("portal sedang terganggu");
      timer = setTimeout(save, RETRY_MS);
      return false;
    }
    unsaved("sesi Anda berakhir");
    const link = document.createElement("a");
    link.href = location.pathname;
    link.textContent = "Masuk lagi untuk melanjutkan";
    said.append(" ", link);
    return false;
  }

  function stop(told) {
    stopped = true;
    say(told.message, "warning");
    if (told.state !== "conflict") return false;
    const compare = document.createElement("button");
    compare.className = "btn btn-sm";
    compare.textContent = "Bandingkan";
    said.append(" ", compare);
    return false;
  }

  // What the server says becomes the ground; what it could not read stays "not saved yet".
  function take(told, sent) {
    form.elements.version.value = told.version;
    for (const name of Object.keys(told.errors)) sent[name] = base[name] ?? "";
    base = sent;
    say(Object.keys(told.errors).length ? `${told.message}, kecuali isian yang ditandai` : told.message);
    const wasOpen = progress.querySelector("details")?.open;
    progress.innerHTML = told.progress;
    if (wasOpen) progress.querySelector("details")?.setAttribute("open", "");
    showErrors(told.errors);
    showFindings(told.findings);
  }

  function showErrors(errors) {
    for (const old of form.querySelectorAll("[data-filing-error]")) clear(old);
    for (const [name, message] of Object.entries(errors)) {
      const input = form.elements[name]?.length ? form.elements[name][0] : form.elements[name];
      if (!input || input === document.activeElement || document.getElementById(`id_${name}_error`)) continue;
      const note = document.createElement("p");
      note.className = "field-error";
      note.id = `id_${name}_error`;
      note.dataset.filingError = name;
      note.textContent = message;
      (input.closest(".money") ?? input).before(note);
      input.setAttribute("aria-invalid", "true");
      input.classList.add("is-invalid");
    }
  }

  function clear(note) {
    const input = form.elements[note.dataset.filingError];
    input?.removeAttribute?.("aria-invalid");
    input?.classList?.remove("is-invalid");
    note.remove();
  }

  function showFindings(findings) {
    const keys = new Set(findings.map((each) => each.key));
    for (const old of form.querySelectorAll("[data-finding]")) {
      if (!keys.has(old.dataset.finding)) old.remove();
    }
    for (const { key, at, html } of findings) {
      const there = form.querySelector(`[data-finding="${CSS.escape(key)}"]`);
      const fresh = document.createRange().createContextualFragment(html);
      // An explanation that is being written stays where it is; only the words above it change.
      if (there) there.querySelector("[data-finding-message]").replaceWith(fresh.querySelector("[data-finding-message]"));
      else form.querySelector(`[data-findings="${CSS.escape(at)}"]`)?.append(fresh);
    }
  }

  function changed() {
    changedAt ||= Date.now();
    const safe = keepCopy();
    if (!stopped) say(safe ? "Belum tersimpan…" : "Belum tersimpan. Simpan draf sebelum menutup halaman.");
    clearTimeout(timer);
    timer = setTimeout(save, Date.now() - changedAt > LONGEST_WAIT_MS ? 0 : WAIT_MS);
  }

  function offer(copy) {
    const box = form.querySelector("[data-filing-offer]");
    const time = new Date(copy.at).toLocaleString("id-ID", { dateStyle: "medium", timeStyle: "short" });
    const older = copy.version !== form.elements.version.value ? " Sejak itu laporan ini disimpan lagi; Anda bisa membandingkannya." : "";
    box.querySelector("[data-filing-offer-text]").textContent = ` Ditulis ${time}, ${Object.keys(copy.values).length} isian.${older}`;
    box.classList.remove("is-hidden");
    box.querySelector("[data-filing-restore]").onclick = () => {
      restore(copy);
      settle(box);
    };
    box.querySelector("[data-filing-discard]").onclick = () => settle(box);
  }

  function settle(box) {
    localStorage.removeItem(`${place}:lama`);
    box.remove();
  }

  function restore(copy) {
    for (const [name, value] of Object.entries(copy.values)) {
      const inputs = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
      for (const input of inputs) {
        if (input.type === "checkbox") input.checked = value !== "";
        else if (input.type === "radio") input.checked = input.value === value;
        else input.value = value;
        input.closest("details")?.setAttribute("open", "");
      }
      if (!inputs.length) addExplanation(name, value);
    }
    // Saved by somebody meanwhile: the server compares with the version that this copy was made from.
    form.elements.version.value = copy.version;
    changed();
  }

  // An explanation whose question is not odd on the server yet: sent along, shown once it is.
  function addExplanation(name, value) {
    if (!name.startsWith("jelas_")) return;
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name, value });
    form.append(hidden);
  }

  // An older copy waits under a name of its own, so that typing on does not write over it before it was answered.
  const pending = { ...(stored(`${place}:lama`)?.values ?? {}), ...(stored(place)?.values ?? {}) };
  const newest = stored(place) ?? stored(`${place}:lama`);
  for (const name of Object.keys(pending)) if ((base[name] ?? "") === pending[name]) delete pending[name];
  localStorage.removeItem(place);
  localStorage.removeItem(`${place}:lama`);
  if (comparing) keepCopy();
  else if (newest && Object.keys(pending).length) {
    const copy = { ...newest, values: pending };
    localStorage.setItem(`${place}:lama`, JSON.stringify(copy));
    offer(copy);
  }

  // Not "change": leaving a field to press a link in the line of state would redraw that line under the pointer.
  form.addEventListener("input", changed);
  addEventListener("online", () => changedAt && save());
  document.addEventListener("visibilitychange", () => document.hidden && changedAt && save());

  // A button first makes sure that the server has everything: without a connection the page stays, and says so.
  let flushed = false;
  form.addEventListener(
    "submit",
    (event) => {
      if (event.submitter?.name === "resolve") localStorage.removeItem(place);
      if (flushed || stopped) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      save().then((saved) => {
        if (!saved && !stopped) return notSent(button);
        flushed = true;
        form.requestSubmit(button);
      });
    },
    true,
  );

  function notSent(button) {
    keepCopy();
    const what = button?.name ? "Belum terkirim" : "Belum tersimpan";
    said.firstChild.textContent = `${what}. ${said.firstChild.textContent}`;
    said.scrollIntoView({ block: "nearest" });
  }

  // The list of what is missing leads into folded tables too, whose cells mostly have no id: the name will do.
  form.addEventListener("click", (event) => {
    if (!event.target.closest(".gaps a")) return;
    const id = decodeURIComponent(event.target.hash.slice(1));
    const target = document.getElementById(id) ?? form.elements[id.replace(/^id_/, "")];
    if (!target) return;
    event.preventDefault();
    target.closest("details")?.setAttribute("open", "");
    target.focus();
  });
  addEventListener("pageshow", (event) => event.persisted && (flushed = false));
}
