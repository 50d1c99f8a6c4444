// Says beside the field that a chosen file is too large, before it is sent in vain. The server refuses it as well.
for (const input of document.querySelectorAll("input[type=file][data-largest]")) {
  const check = (event) => {
    const large = [...input.files].some((file) => file.size > Number(input.dataset.largest));
    input.setCustomValidity(large ? "ファイルが大きすぎます。小さくしてから、もう一度選んでください。" : "");
    if (!input.reportValidity()) event.preventDefault();
  };
  input.addEventListener("change", check);
  input.form.addEventListener("submit", check);
}
