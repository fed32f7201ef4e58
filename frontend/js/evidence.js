// <form data-evidence="largest bytes">: photos are shrunk on the phone and sent one by one, again and again on a bad line.
// Without this script the form sends all files together and the server answers with the whole page.
import { shrunk } from "./photos.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const TIMEOUT_MS = 120_000;
const waiting = [];
let running = false;

for (const form of document.querySelectorAll("form[data-evidence]")) {
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") take(form, event.target);
  });
  // Chosen before this script was there, or the button pressed with nothing chosen: the browser sends the form itself.
  form.addEventListener("submit", (event) => {
    const chosen = [...form.querySelectorAll("input[type=file]")].filter((input) => input.files.length);
    if (!chosen.length) return;
    event.preventDefault();
    for (const input of chosen) take(form, input);
  });
}

function take(form, input) {
  for (const file of input.files) enqueue(form, file);
  input.value = "";
  work();
}

function enqueue(form, file) {
  const line = document.createElement("li");
  const text = document.createElement("span");
  const meter = document.createElement("progress");
  meter.className = "meter";
  meter.max = 100;
  meter.value = 0;
  meter.setAttribute("aria-label", `Mengunggah ${file.name}`);
  line.append(text, meter);
  form.querySelector("[data-evidence-queue]").append(line);
  const job = { form, file, line, text, meter, key: newKey(), tries: 0, indicator: form.elements.indicator?.value ?? "" };
  say(job, "menunggu giliran");
  waiting.push(job);
}

function newKey() {
  // randomUUID exists on https only; a trial over plain http makes its own.
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function say(job, words) {
  job.text.textContent = `${job.file.name}: ${words}`;
}

async function work() {
  if (running) return;
  running = true;
  while (waiting.length) {
    await settle(waiting[0]);
    waiting.shift();
  }
  running = false;
}

async function settle(job) {
  say(job, "disiapkan");
  job.body ??= await shrunk(job.file);
  if (job.body.size > Number(job.form.dataset.evidence)) {
    refuse(job, "terlalu besar, jadi tidak diunggah.");
    return;
  }
  for (;;) {
    const answer = await send(job);
    if (answer.status === 201) return done(job, answer.said.html);
    if (answer.status === 422) return refuse(job, answer.said.message);
    if (answer.status !== 0 && answer.status < 500) {
      return refuse(job, "tidak diterima. Mungkin sesi Anda berakhir: masuk lagi, lalu pilih berkas ini sekali lagi.");
    }
    job.tries += 1;
    const pause = Math.min(FIRST_WAIT_MS * 2 ** (job.tries - 1), LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
    say(job, `sambungan terputus, dicoba lagi sebentar lagi (percobaan ke-${job.tries + 1})`);
    await sleepOrOnline(pause);
  }
}

function send(job) {
  const data = new FormData();
  data.append("files", job.body, job.file.name);
  data.append("key", job.key);
  data.append("indicator", job.indicator);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", job.form.action);
    request.timeout = TIMEOUT_MS;
    request.setRequestHeader("X-Portal-Upload", "1");
    request.setRequestHeader("X-CSRFToken", job.form.elements.csrfmiddlewaretoken.value);
    request.upload.onprogress = (event) => {
      job.meter.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0;
      say(job, event.loaded < event.total ? "diunggah" : "diperiksa");
    };
    request.onload = () => resolve(understood(request));
    request.onerror = request.ontimeout = request.onabort = () => resolve({ status: 0 });
    say(job, "diunggah");
    request.send(data);
  });
}

function understood(request) {
  try {
    return { status: request.status, said: JSON.parse(request.responseText) };
  } catch {
    // A page instead of our answer: the sign-in page, or an error page of a server in between.
    return { status: request.status >= 500 ? request.status : 401 };
  }
}

function sleepOrOnline(milliseconds) {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener("online", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    addEventListener("online", finish);
  });
}

function done(job, html) {
  job.line.remove();
  const list = job.form.closest("section")?.querySelector("[data-evidence-list]");
  // Our own server's template, in which every name is escaped; the policy runs no script in it either.
  if (list) list.innerHTML = html;
}

function refuse(job, message) {
  job.meter.remove();
  job.line.classList.add("is-refused");
  job.text.textContent = message.includes(job.file.name) ? message : `${job.file.name}: ${message}`;
}

addEventListener("beforeunload", (event) => {
  if (waiting.length) event.preventDefault();
});
