// Sorts and filters the table of rows. The page says everything without it; what only it can do is hidden
// until it runs. No library, no request, no style attributes (the page's policy allows none).
(() => {
  "use strict";
  const table = document.getElementById("rows");
  if (!table) return;

  const lang = document.documentElement.lang;
  const number = new Intl.NumberFormat(lang);
  const { compare } = new Intl.Collator(lang, { numeric: true });
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    keys: [...row.cells].map((cell) => cell.dataset.key ?? cell.textContent.trim()),
  }));
  const headers = [...table.tHead.rows[0].cells];
  const search = document.getElementById("search");
  const narrow = document.getElementById("sort");
  const clear = document.getElementById("clear");
  const told = document.getElementById("shown");
  const chosen = new Set();
  let telling = 0;

  // --- filter

  const buttons = [];
  for (const item of document.querySelectorAll("[data-filter]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip";
    button.dataset.of = item.dataset.filter;
    button.append(...item.childNodes);
    item.append(button);
    buttons.push(button);
    const inLegend = item.closest("header") !== null;
    button.addEventListener("click", () => {
      const status = button.dataset.of;
      const on = !chosen.has(status);
      if (inLegend) chosen.clear();
      if (on) chosen.add(status);
      else chosen.delete(status);
      filter();
      if (inLegend && on) document.getElementById("all").scrollIntoView();
    });
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text } of rows) {
      const fits = (!chosen.size || chosen.has(row.dataset.status)) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    for (const button of buttons) button.setAttribute("aria-pressed", chosen.has(button.dataset.of));
    clear.hidden = !words.length && !chosen.size;
    table.classList.toggle("none", !shown);
    clearTimeout(telling); // told when the typing pauses, not at each key
    telling = setTimeout(() => {
      told.textContent = told.dataset.form
        .replace("{shown}", number.format(shown))
        .replace("{rows}", number.format(rows.length));
    }, 150);
  }

  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && search.value) {
      search.value = "";
      event.preventDefault();
      filter();
    }
  });
  clear.addEventListener("click", () => {
    search.value = "";
    chosen.clear();
    filter();
    search.focus();
  });

  // --- sort

  function sort(column, direction) {
    const sign = direction === "descending" ? -1 : 1;
    const empty = (key) => key === "" || key === "–";
    rows.sort((one, other) => {
      const [a, b] = [one.keys[column], other.keys[column]];
      if (empty(a) || empty(b)) return empty(a) - empty(b); // empty ones last, either way
      return sign * compare(a, b);
    });
    body.append(...rows.map(({ row }) => row));
    headers.forEach((header, at) => {
      if (header.dataset.sort !== undefined) header.setAttribute("aria-sort", at === column ? direction : "none");
    });
    narrow.value = String(column);
  }

  headers.forEach((header, column) => {
    if (header.dataset.sort === undefined) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    header.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      sort(column, header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending");
    });
    narrow.add(new Option(button.textContent.trim(), String(column)));
  });
  narrow.addEventListener("change", () => narrow.value && sort(Number(narrow.value), "ascending"));

  for (const tool of document.querySelectorAll("[data-script]")) tool.hidden = false;
  filter();
})();
