// <button data-show-password>: shows, then hides again, what is typed into the password fields of its form.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-show-password]");
  if (!button) return;
  const shown = button.getAttribute("aria-pressed") !== "true";
  for (const input of button.form.querySelectorAll("input[data-password]")) input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
});

// Hidden again before it is sent, or the browser would keep it among the words typed into text fields.
document.addEventListener("submit", (event) => {
  for (const input of event.target.querySelectorAll("input[data-password]")) input.type = "password";
});
