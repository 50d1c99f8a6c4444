// The browser's own dialogue opens from a button too; without JavaScript its menu does the same.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
  button.parentElement.hidden = false;
}
