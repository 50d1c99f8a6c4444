// Tells that this posting's page was opened: once a view, without cookies. A page drawn ahead counts when somebody sees it.
const tell = () => {
  fetch(`${location.pathname.replace(/\/$/, "")}/seen`, { method: "POST", credentials: "omit", keepalive: true }).catch(() => {});
};

if (document.prerendering) document.addEventListener("prerenderingchange", tell, { once: true });
else tell();
