// Beside the list the filters stand open; CSS shows them either way, this tells screen readers the same.
const beside = window.matchMedia("(min-width: 64em)");
const follow = () => {
  for (const filters of document.querySelectorAll("details.filters")) filters.open = beside.matches;
};

if (beside.matches) follow();
beside.addEventListener("change", follow);
