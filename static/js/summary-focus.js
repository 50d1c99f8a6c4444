// The error summary takes the focus at load, and its links put the cursor into the control they name.
const summary = document.querySelector(".error-summary");

if (summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const place = link && document.getElementById(link.hash.slice(1));
    const control = place && place.querySelector("input:not([type=hidden]), select, textarea");
    if (!control) return;
    event.preventDefault();
    place.scrollIntoView({ block: "start" });
    control.focus({ preventScroll: true });
  });
}
