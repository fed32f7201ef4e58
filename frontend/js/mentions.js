// In <textarea data-mentions>, "@" offers the names of the tick boxes in its form; choosing one writes it and ticks its
// box. Without a script the boxes do the same, and the server reads "@Nama Lengkap" by itself.
const MOST = 6;
let open = null; // {box, list, from, options, at}

function candidates(box, begun) {
  const wanted = begun.toLowerCase();
  return [...box.form.querySelectorAll("input[type=checkbox][name=mentions]")]
    .map((tick) => ({ tick, name: tick.closest("label").textContent.trim() }))
    .filter(({ name }) => name.toLowerCase().startsWith(wanted) && name.toLowerCase() !== wanted)
    .slice(0, MOST);
}

function close() {
  open?.list.remove();
  open?.box.removeAttribute("aria-activedescendant");
  open = null;
}

function mark(at) {
  open.at = at;
  [...open.list.children].forEach((line, index) => line.setAttribute("aria-selected", String(index === at)));
  open.box.setAttribute("aria-activedescendant", open.list.children[at].id);
}

function offer(box) {
  close();
  const typed = box.value.slice(0, box.selectionStart).match(/@([^@\n]{0,40})$/);
  const options = typed ? candidates(box, typed[1]) : [];
  if (!options.length) return;
  const list = document.createElement("ul");
  list.className = "mentions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Orang yang dapat disebut");
  list.append(...options.map(({ name }, index) => line(name, index)));
  box.after(list);
  open = { box, list, options, from: typed.index };
  mark(0);
}

function line(name, index) {
  const item = document.createElement("li");
  item.id = `mention-${index}`;
  item.setAttribute("role", "option");
  item.textContent = name;
  return item;
}

function choose(at) {
  const { box, from, options } = open;
  const written = `@${options[at].name} `;
  box.setRangeText(written, from, box.selectionStart, "end");
  options[at].tick.checked = true;
  close();
  box.focus();
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("textarea[data-mentions]")) offer(event.target);
});

document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.box) return;
  const count = open.options.length;
  const steps = { ArrowDown: 1, ArrowUp: count - 1 };
  if (event.key in steps) mark((open.at + steps[event.key]) % count);
  else if (event.key === "Enter") choose(open.at);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});

document.addEventListener("mousedown", (event) => {
  const item = open && event.target.closest(".mentions > li");
  if (!item) return close();
  event.preventDefault();
  choose([...open.list.children].indexOf(item));
});

document.addEventListener("focusout", (event) => {
  if (open && event.target === open.box) close();
});
