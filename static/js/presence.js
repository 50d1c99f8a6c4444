// Tells every half a minute, while the page is seen, that it is open, and shows who else has it open, or that its version waits no more.
const EVERY = 30_000;
const place = document.querySelector("[data-presence]");
const token = document.querySelector("[name='csrf_token']")?.value;
let timer = 0;

const show = (sentences) => {
  const shown = sentences.filter(Boolean);
  if (shown.join() === [...place.children].map((one) => one.textContent).join()) return;
  place.replaceChildren(
    ...shown.map((sentence) => {
      const line = document.createElement("p");
      line.className = "notice notice-warning";
      line.textContent = sentence;
      return line;
    }),
  );
};

const MOVED = "この版は、もう掲載を待っていません。ページを開き直して、いまの状態を確かめてください。";

const tell = async () => {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  const body = new URLSearchParams({ csrf_token: token, version_id: place.dataset.version });
  try {
    const answer = await fetch(place.dataset.presence, { method: "POST", body, redirect: "error", headers: { Accept: "application/json" } });
    if (answer.status === 404) {
      show([MOVED]);
      return;
    }
    if (answer.ok) {
      const said = await answer.json();
      show([said.others, said.moved ? MOVED : ""]);
    }
  } catch {
    // Away from the network, or signed out: what was shown last stays, and the next word may get through.
  }
  timer = setTimeout(tell, EVERY);
};

if (place && token) {
  document.addEventListener("visibilitychange", tell);
  tell();
}
