// Asks before typed but unsaved text is left. A form asks for it with data-leave-warning.
for (const form of document.querySelectorAll("form[data-leave-warning]")) {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  window.addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
}
