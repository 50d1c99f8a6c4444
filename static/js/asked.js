// Tells what this list was asked for: once a view, without cookies. A page drawn ahead counts when somebody sees it.
const tell = () => {
  fetch("/postings/asked", { method: "POST", credentials: "omit", keepalive: true, body: new URLSearchParams(location.search) }).catch(() => {});
};

if (document.prerendering) document.addEventListener("prerenderingchange", tell, { once: true });
else tell();
