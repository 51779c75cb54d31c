"use strict";
// Filters of the page, and opening a case that something leads to. Without it the whole page can be read.
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const cases = [...document.querySelectorAll("details.case")];
  const findings = [...document.querySelectorAll("article.finding")];
  const rows = [...document.querySelectorAll("#matrix tbody tr")];
  const cells = [...document.querySelectorAll("#matrix [data-build]")];

  function apply() {
    const wanted = Object.fromEntries(new FormData(form));
    const is = (element, names) => names.every((name) => wanted[name] === "" || element.dataset[name] === wanted[name]);
    const judges = (element) => wanted.requirement === ""
      || ` ${element.dataset.requirements} `.includes(` ${wanted.requirement} `);
    const visible = new Set();
    for (const element of cases) {
      element.hidden = !(is(element, ["status", "build", "browser"]) && judges(element));
      if (!element.hidden) visible.add(element.id);
    }
    for (const cell of cells) cell.hidden = !is(cell, ["build", "browser"]);
    for (const row of rows) row.hidden = !is(row, ["requirement"]);
    const any = Object.values(wanted).some((value) => value !== "");
    for (const finding of findings) {
      const of = finding.dataset.cases.split(" ").filter((n) => n !== "");
      const other = wanted.requirement !== "" && finding.dataset.requirement !== ""
        && finding.dataset.requirement !== wanted.requirement;
      finding.hidden = any && (other || !of.some((n) => visible.has(`case-${n}`)));
    }
    const left = findings.filter((finding) => !finding.hidden).length;
    shown.textContent = `${visible.size} of ${cases.length} cases, ${left} of ${findings.length} findings`;
  }

  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null || !target.matches("details.case, article.finding")) return;
    if (target.hidden) {
      form.reset();
      apply();
    }
    if (target.matches("details.case")) target.open = true;
    target.scrollIntoView();
  }

  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields have their first values only after the event.
  form.addEventListener("reset", () => queueMicrotask(apply));
  addEventListener("hashchange", openTarget);
  apply();
  openTarget();
})();
