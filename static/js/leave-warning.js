// Asks before typed but unsaved text is left. A form asks for it with data-leave-warning; "saved" comes from autosave.js.
for (const form of document.querySelectorAll("form[data-leave-warning]")) {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  for (const kept of ["submit", "saved"]) form.addEventListener(kept, () => { typed = false; });
  window.addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
}
