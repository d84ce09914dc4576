const table = document.querySelector(".matrix table"), body = table.tBodies[0], rows = [...body.rows];
const sections = [...document.querySelectorAll("section.student")], filters = document.querySelector(".filters");
const [name, outcome, exercise] = ["name", "outcome", "exercise"].map((key) => filters.elements[key]);
const shown = document.querySelector("#shown"), rank = new Map([...outcome.options].slice(1).map((one, place) => [one.value, place]));
// An outcome's class is its name; other cells are numbers or texts.
const key = (cell) => (rank.has(cell.className.split(" ")[0]) ? rank.get(cell.className.split(" ")[0]) : cell.textContent.trim());
const compare = (a, b) =>
  typeof a === "number" || typeof b === "number" ? (a === "") - (b === "") || a - b : a.localeCompare(b, undefined, { numeric: true });

function sort(column, head) {
  const down = head.ariaSort === "ascending";
  table.querySelectorAll("[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  head.ariaSort = down ? "descending" : "ascending";
  const keys = new Map(rows.map((row) => [row, key(row.cells[column])]));
  body.append(...[...rows].sort((a, b) => (down ? -1 : 1) * compare(keys.get(a), keys.get(b))));
}

function filter() {
  const wanted = name.value.trim().toLowerCase();
  let count = 0;
  for (const row of rows) {
    const cells = exercise.value ? [row.cells[Number(exercise.value)]] : [...row.cells];
    const fits = row.cells[0].textContent.toLowerCase().includes(wanted)
      && (!outcome.value || cells.some((cell) => cell.classList.contains(outcome.value)));
    row.hidden = sections[row.dataset.s].hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${rows.length} students`;
}

for (const head of table.querySelectorAll("th[data-c]")) {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  if (head.title) button.ariaLabel = `sort by ${head.title}`;
  button.addEventListener("click", () => sort(Number(head.dataset.c), head));
  head.append(button);
}
filters.hidden = false;
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", filter);
filter();
