// Saves what is typed a moment after it was, at the address and with the fields that the button would use.
// It stops at a conflict and says what to do; pressing a button waits for a saving under way.
const PAUSE = 3000;

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const told = form.querySelector("[data-saved]");
  let timer = 0;
  let stopped = Boolean(form.querySelector("[name^='take.']"));
  let typed = 0;
  let underWay = null;

  const send = async () => {
    const count = typed;
    const body = new FormData(form);
    body.set("do", "autosave");
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "error", headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (!answer.ok) {
        stopped = true;
        told.textContent = said.message;
        return;
      }
      form.elements.revision.value = said.revision;
      told.textContent = said.message ?? `自動保存 ${said.saved_at}`;
      if (!said.message && count === typed) form.dispatchEvent(new Event("saved"));
    } catch {
      told.textContent = "自動保存できませんでした。「下書きを保存する」を押してください。";
    }
  };
  const save = () => {
    if (stopped || underWay) return;
    const count = typed;
    underWay = send().finally(() => {
      underWay = null;
      if (count !== typed) later();
    });
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };

  form.addEventListener("input", () => {
    typed += 1;
    later();
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!underWay) return;
    event.preventDefault();
    stopped = true;
    underWay.then(() => form.requestSubmit(event.submitter));
  });
}
