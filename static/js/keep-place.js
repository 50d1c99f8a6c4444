// After saving, the page comes back where it was. Not when it has something to say at its top.
const place = `place:${location.pathname}`;
const kept = sessionStorage.getItem(place);
sessionStorage.removeItem(place);

if (kept !== null && !location.hash && !document.querySelector(".error-summary, [role=alert]")) {
  scrollTo({ top: Number(kept), behavior: "instant" });
}
for (const form of document.querySelectorAll("form[data-leave-warning]")) {
  form.addEventListener("submit", () => sessionStorage.setItem(place, String(scrollY)));
}
