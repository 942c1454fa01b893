"use strict";
(() => {
  const form = document.getElementById("filters");
  const search = document.getElementById("q");
  const count = document.getElementById("count");
  const theme = document.getElementById("theme");
  const rows = [...document.querySelectorAll("#matrix tbody tr")];
  const articles = new Map([...document.querySelectorAll("article")].map(a => [a.dataset.name, a]));

  const wanted = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim() !== ""));
  const fits = (row, w) => {
    const cell = row.dataset;
    const backends = w.backend ? [w.backend] : ["llvm", "gcc", "gccrs"];
    return (!w.q || articles.get(cell.name).textContent.toLowerCase().includes(w.q.trim().toLowerCase()))
      && (!w.status || backends.some(b => cell[b] === w.status))
      && (!w.backend || w.status || !["none", "unknown"].includes(cell[w.backend]))
      && ["rust", "bits", "endian"].every(key => !w[key] || cell[key] === w[key]);
  };
  const apply = () => {
    const w = wanted();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(row, w);
      articles.get(row.dataset.name).hidden = row.hidden;
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} targets`;
    return w;
  };
  const clear = () => { for (const field of form.querySelectorAll("input, select")) field.value = ""; };
  // The fragment of the URL holds the filter, so a link restores it. A fragment like #target-arm64 is not a filter.
  const restore = () => {
    const fragment = location.hash.slice(1);
    if (fragment !== "" && !fragment.includes("=")) {
      const place = document.getElementById(fragment);
      if (place && place.hidden) {
        clear();
        apply();
        place.scrollIntoView();
      }
      return;
    }
    clear();
    for (const [key, value] of new URLSearchParams(fragment)) {
      if (form.elements[key]) form.elements[key].value = value;
    }
    apply();
  };
  const remember = () => {
    const text = new URLSearchParams(apply()).toString();
    history.replaceState(null, "", text === "" ? location.href.split("#")[0] : "#" + text);
  };
  form.addEventListener("input", remember);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(remember));
  addEventListener("hashchange", restore);
  addEventListener("keydown", event => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  });

  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    label();
  });
  label();
  form.hidden = theme.hidden = false;
  restore();
})();
