// Looks at the built book as a reader does, from disk, in headless Chromium: every page, in
// both themes, on a phone, a tablet and a desk; the search; and paper.
//
//   node book.js BOOK [SCREENSHOTS]     (CHROMIUM names the browser, if it is elsewhere)

import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const THEMES = ["light", "navy"];
const WIDTHS = [360, 768, 1280];
const WORDS = ["backlog", "EADDRINUSE", "half-close"];
// A4, without its margins, in CSS pixels.
const PAPER = 700;

const book = resolve(process.argv[2] ?? "book/book");
const screenshots = process.argv[3];
const page_names = readdirSync(book).filter(
    (name) => name.endsWith(".html") && !["print.html", "toc.html"].includes(name),
);
const listed = readFileSync(join(book, "toc.html"), "utf8");

const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);

// Runs in the page: what sticks out at the right. Listings and tables may scroll by themselves.
function sticking_out() {
    const room = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("main *")].filter(
        (element) =>
            element.getBoundingClientRect().right > room + 1 &&
            !element.parentElement.closest("pre, .table-wrapper, [hidden]"),
    );
    const scrolls = [...document.querySelectorAll("html, body, .content")].filter(
        (element) => element.scrollWidth > element.clientWidth,
    );
    return [...wide, ...scrolls]
        .slice(0, 3)
        .map((element) => `<${element.tagName.toLowerCase()}> ${element.textContent.trim().slice(0, 40)}`);
}

// Runs in the page: code that paper would cut, and what it would not show at all.
function cut_on_paper() {
    return [...document.querySelectorAll("main pre > code")]
        .filter((code) => {
            const pre = code.parentElement;
            const cut = [code, pre].some((box) => box.scrollWidth > box.clientWidth + 1);
            return cut || code.getBoundingClientRect().height === 0;
        })
        .map((code) => code.textContent.slice(0, 40));
}

const opened = [];
async function open(browser, theme, width, name) {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    await context.addInitScript((theme) => localStorage.setItem("mdbook-theme", theme), theme);
    // mdBook's page for paper prints itself as soon as it is open, and we do that below.
    await context.addInitScript(() => (window.print = () => {}));
    const page = await context.newPage();
    const where = `${name} (${theme}, ${width} px)`;
    page.on("console", (message) => message.type() === "error" && fault(where, message.text()));
    page.on("pageerror", (error) => fault(where, error.message));
    page.on("requestfailed", (request) => {
        // A page that is left while it loads is no fault.
        const { errorText } = request.failure();
        if (errorText !== "net::ERR_ABORTED") fault(where, `cannot load ${request.url()}: ${errorText}`);
    });
    page.on("request", (request) => /^(https?|wss?):/.test(request.url()) && fault(where, `asks the network for ${request.url()}`));
    await page.goto(pathToFileURL(join(book, name)).href, { waitUntil: "load" });
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    opened.push(where);
    return { page, where };
}

async function look(browser, theme, width, name) {
    const { page, where } = await open(browser, theme, width, name);
    for (const element of await page.evaluate(sticking_out)) fault(where, `sticks out: ${element}`);
    // The words and the colours are the same at every width.
    if (width === WIDTHS.at(-1)) {
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() =>
            // mdBook's own button has labels that no role allows.
            window.axe.run({ exclude: [["#mdbook-sidebar-toggle"]] }, { runOnly: ["wcag2a", "wcag2aa"] }),
        );
        for (const { id, nodes } of violations) {
            for (const { html, any } of nodes.slice(0, 3)) {
                fault(where, `${id}: ${html.slice(0, 100)} ${any[0]?.message ?? ""}`);
            }
        }
    }
    if (screenshots) {
        mkdirSync(screenshots, { recursive: true });
        const path = join(screenshots, `${name}-${theme}-${width}.png`);
        await page.screenshot({ path, fullPage: true });
    }
    await page.context().close();
}

function marked_in_view() {
    const mark = document.querySelector("mark")?.getBoundingClientRect();
    return document.readyState === "complete" && mark?.bottom > 0 && mark.top < innerHeight;
}

async function find(browser) {
    const { page, where } = await open(browser, "light", 1280, "introduction.html");
    for (const word of WORDS) {
        await page.goto(`${pathToFileURL(join(book, "introduction.html")).href}?search=${word}`);
        const results = page.locator("#mdbook-searchresults li");
        await results.first().waitFor({ timeout: 20_000 }).catch(() => fault(where, `search does not find ${word}`));
        const text = (await results.allTextContents()).join(" ").toLowerCase();
        if (!text.includes(word.toLowerCase())) fault(where, `no result shows ${word}`);
        await results.first().locator("a").first().click();
        const shown = page.waitForFunction(marked_in_view, null, { timeout: 20_000 });
        await shown.catch(() => fault(where, `${word} is out of view where it is found`));
    }
    await page.context().close();
}

async function print(browser) {
    const { page, where } = await open(browser, "light", PAPER, "print.html");
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = false)));
    await page.emulateMedia({ media: "print" });
    for (const code of await page.evaluate(cut_on_paper)) fault(where, `paper cuts ${code}`);
    for (const element of await page.evaluate(sticking_out)) fault(where, `paper cuts ${element}`);
    if (screenshots) await page.pdf({ path: join(screenshots, "book.pdf"), format: "A4" });
    await page.context().close();
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--allow-file-access-from-files"],
});
try {
    for (const name of page_names) {
        const known = listed.includes(`href="${name}"`) || ["index.html", "404.html"].includes(name);
        if (!known) fault(name, "is not in the table of contents");
        if (name === "404.html") continue;
        for (const theme of THEMES) {
            for (const width of WIDTHS) await look(browser, theme, width, name);
        }
        process.stderr.write(".");
    }
    await find(browser);
    await print(browser);
} finally {
    await browser.close();
}
process.stderr.write("\n");
if (page_names.length < 10) fault(book, "these are not all the pages");
for (const line of faults) console.error(line);
console.log(`${opened.length} views, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
