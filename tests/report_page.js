"use strict";
// Looks at a report in a frame as a reader would, and writes TAP lines into the document. Used by cli_report.sh in a
// headless browser: the frame's width is that of the reader's window.
const lines = [];
function report(good, what) { lines.push(`${good ? "ok" : "not ok"} - ${what}`); }
function none(list, what) { report(list.length === 0, `${what}${list.length ? ": " + [...list].slice(0, 3).join(" | ") : ""}`); }

function channel(c) { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }
function luminance(rgb) { return 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]); }
function parts(color) { return color.match(/[\d.]+/g).map(Number); }
function ground(view, e) {
    for (; e; e = e.parentElement) {
        const c = parts(view.getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
}
// WCAG 2.1, 1.4.3: 4.5 to 1.
function pale(view, doc) {
    const bad = [];
    for (const e of doc.querySelectorAll("h1,h2,h3,p,a,th,td,summary,figcaption,code,pre,button")) {
        const a = luminance(parts(view.getComputedStyle(e).color)), b = luminance(ground(view, e));
        if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) bad.push(e.outerHTML.slice(0, 60));
    }
    return bad;
}

function sorts(doc) {
    const table = [...doc.querySelectorAll("table")].find((t) => t.tBodies[0].rows.length > 3 &&
        [...t.tBodies[0].rows[0].cells].some((c) => c.title));
    const column = [...table.tBodies[0].rows[0].cells].findIndex((c) => c.title);
    const values = () => [...table.tBodies[0].rows].map((r) => Number(r.cells[column].title || r.cells[column].textContent));
    const names = () => [...table.tBodies[0].rows].map((r) => r.textContent).sort().join("\n");
    const before = names();
    const head = table.tHead.rows[0].cells[column], button = head.querySelector("button");
    button.focus();
    report(doc.activeElement === button, "the name of a column takes the keyboard");
    button.click();
    report(values().every((v, i, all) => !i || all[i - 1] <= v), "a click sorts a column of numbers upward");
    report(head.getAttribute("aria-sort") === "ascending", "and says so");
    button.click();
    report(values().every((v, i, all) => !i || all[i - 1] >= v), "a second click sorts downward");
    const first = table.tHead.rows[0].cells[0];
    first.querySelector("button").click();
    report(!head.hasAttribute("aria-sort") && first.getAttribute("aria-sort") === "ascending", "one column is sorted at a time");
    report(names() === before, "no row is lost");
}

function look(frame) {
    const doc = frame.contentDocument, view = frame.contentWindow;
    report(doc.documentElement.scrollWidth <= doc.documentElement.clientWidth,
        `nothing is wider than ${doc.documentElement.clientWidth} pixels (${doc.documentElement.scrollWidth})`);
    const figures = [...doc.querySelectorAll("figure svg")];
    report(figures.length > 1, `figures: ${figures.length}`);
    none(figures.filter((s) => s.getBoundingClientRect().width < 200 || s.getBoundingClientRect().height < 100)
        .map((s) => s.getAttribute("aria-label")), "every figure has a size");
    none(figures.filter((s) => s.getAttribute("role") !== "img" || !s.getAttribute("aria-label")), "every figure has a text for it");
    none([...doc.images].filter((i) => !i.complete || !i.naturalWidth || !i.alt).map((i) => i.src.slice(0, 60)), "every image loads");
    none([...doc.querySelectorAll("use")].filter((u) => {
        const at = doc.getElementById(u.getAttribute("xlink:href").slice(1));
        return !at || at.closest("svg") !== u.closest("svg");
    }).map((u) => u.outerHTML), "marks are those of their own figure");
    const ids = [...doc.querySelectorAll("[id]")].map((e) => e.id);
    none(ids.filter((id, i) => ids.indexOf(id) !== i), "identifiers are there once");
    none([...doc.querySelectorAll("a")].filter((a) => !a.getAttribute("href").startsWith("#") ||
        !doc.getElementById(a.getAttribute("href").slice(1))).map((a) => a.outerHTML), "every link has its place");
    none([...doc.querySelectorAll("[src],link,object,iframe")].map((e) => e.getAttribute("src") || e.getAttribute("href"))
        .filter((a) => !a || !a.startsWith("data:")), "nothing is fetched");
    const heads = [...doc.querySelectorAll("h1,h2,h3,h4")].map((h) => Number(h.tagName[1]));
    report(heads.filter((h) => h === 1).length === 1 && heads.every((h, i) => !i || h <= heads[i - 1] + 1), "headings nest");
    report(doc.documentElement.lang === "en" && doc.title.length > 3 && doc.querySelectorAll("main").length === 1, "language, title, main");
    none([...doc.querySelectorAll(".scroll")].filter((s) => s.tabIndex !== 0 || !s.getAttribute("aria-label")), "what scrolls takes the keyboard");
    none([...doc.querySelectorAll("th")].filter((h) => h.scope !== "col"), "names of columns say so");
    none(pale(view, doc), "texts stand out from their ground");
    sorts(doc);
}

const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {
    try { look(frame); } catch (e) { report(false, `looking failed: ${e.message}`); }
    document.body.textContent = lines.join("\n") + "\n# end\n";
});
