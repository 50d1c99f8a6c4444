// Asks before typed but unsaved text is left. A form asks for it with data-leave-warning; "saved" comes from autosave.js.
for (const form of document.querySelectorAll("form[data-leave-warning]")) {
  let typed = false;
  document.addEventListener("input", ({ target }) => { typed ||= target.form === form; }); // also of controls that stand elsewhere
  for (const kept of ["submit", "saved"]) form.addEventListener(kept, () => { typed = false; });
  window.addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
}
