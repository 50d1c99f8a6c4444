// Puts a saved text below what stands in a remark, at once; without a choice the form is sent and the page says what to do.
for (const button of document.querySelectorAll("button[name=insert]")) {
  button.addEventListener("click", (event) => {
    const remark = document.getElementById(button.value);
    const chosen = document.getElementById(`saved.${button.value}`).value;
    const saved = document.getElementById(`saved-${chosen}`);
    if (!saved) return;
    event.preventDefault();
    const words = saved.content.textContent.replaceAll("{項目}", button.dataset.label);
    remark.value = [remark.value.trimEnd(), words].filter(Boolean).join("\n");
    remark.dispatchEvent(new Event("input", { bubbles: true }));
    remark.focus();
  });
}
