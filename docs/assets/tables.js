// Each cell says what its column is called: on a phone a row is shown as a list of its cells.
for (const table of document.querySelectorAll(".md-typeset table:not([class])")) {
  const names = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
  if (names.length > 2) {
    table.dataset.rows = "named";
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.cells].forEach((cell, column) => {
        cell.dataset.column = names[column];
      });
    }
  }
}
