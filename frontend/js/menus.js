// <details class="menu"> opens by itself; this closes it by Escape, by a click elsewhere and by leaving it.
function close(menu, focusSummary) {
  menu.open = false;
  if (focusSummary) menu.querySelector("summary").focus();
}

function openMenus() {
  return document.querySelectorAll("details.menu[open]");
}

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) close(menu, false);
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) close(menu, false);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) close(menu, menu.contains(document.activeElement));
});

// A table that a phone shows as cards loses its meaning for screen readers unless the roles are spelled out.
function nameTableParts(within) {
  const roles = { table: "table", thead: "rowgroup", tbody: "rowgroup", tfoot: "rowgroup", tr: "row", td: "cell" };
  for (const table of within.querySelectorAll("table.table-cards")) {
    table.setAttribute("role", roles.table);
    for (const part of table.querySelectorAll("thead, tbody, tfoot, tr, td")) part.setAttribute("role", roles[part.localName]);
    for (const head of table.querySelectorAll("th")) head.setAttribute("role", head.closest("thead") ? "columnheader" : "rowheader");
  }
}

nameTableParts(document);
document.addEventListener("htmx:load", (event) => nameTableParts(event.target.parentElement ?? document));
