"use strict";
// Tables sort by a click on the name of a column: numbers by size, the rest as texts; again for the other way round.
// Without this script they stand in the order of their queries.
for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        const key = (row) => {
            const cell = row.cells[column];
            const text = cell.title || cell.textContent;
            const number = cell.className === "n" ? Number(text.replace("inf", "Infinity")) : NaN;
            return { text, number, missing: text === "" };
        };
        button.addEventListener("click", () => {
            const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
            for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
            head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
            const rows = [...body.rows].map((row) => ({ row, ...key(row) }));
            rows.sort((a, b) => a.missing - b.missing || sign * (a.number - b.number ||
                (isNaN(a.number) || isNaN(b.number) ? a.text.localeCompare(b.text, "en", { numeric: true }) : 0)));
            body.append(...rows.map((r) => r.row));
        });
    });
}
