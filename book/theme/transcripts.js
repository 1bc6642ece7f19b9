// Colours transcripts: each line gets the colour of its speaker. Without this script they
// read the same, in one colour.

(() => {
    "use strict";

    // `server> hello`, `client-1$ ...`, `web /7: ...`: who, and a sign for what follows.
    const SPOKEN = /^((?:server|client|peer|web|fetcher)(?:-(\d+))?(?: \/\S*)?)([$<>!:])/;
    const KIND = { $: "typed", "<": "typed", "!": "about", ":": "about" };
    const COLOURS = ["one", "two", "three"];

    function colour(who, number) {
        if (/^(server|web)/.test(who)) return "server";
        return COLOURS[((number || 1) - 1) % COLOURS.length];
    }

    function dress(line) {
        const element = document.createElement("span");
        const spoken = SPOKEN.exec(line);
        if (spoken) {
            const [label, who, number, sign] = spoken;
            element.className = `${colour(who, number)} ${KIND[sign] || ""}`.trim();
            const speaker = document.createElement("b");
            speaker.textContent = label;
            element.append(speaker, line.slice(label.length));
        } else {
            if (line.startsWith("# ")) element.className = "remark";
            if (line.startsWith("$ ")) element.className = "typed";
            element.textContent = line;
        }
        return element;
    }

    for (const code of document.querySelectorAll("code.language-text")) {
        const lines = code.textContent.replace(/\n$/, "").split("\n");
        code.classList.add("transcript");
        code.replaceChildren(...lines.map((line) => dress(`${line}\n`)));
    }

    // A hit of the search leads to its page: go on to the first word that is marked there,
    // once it is, wherever it is folded away.
    if (new URLSearchParams(location.search).has("highlight")) {
        const marks = new MutationObserver(() => {
            const mark = document.querySelector("mark");
            if (!mark) return;
            marks.disconnect();
            let fold = mark;
            while ((fold = fold.parentElement.closest("details"))) fold.open = true;
            // Once loaded, the browser goes to the page's heading first.
            const go = () => setTimeout(() => mark.scrollIntoView({ block: "center" }));
            if (document.readyState === "complete") go();
            else addEventListener("load", go);
        });
        marks.observe(document.body, { childList: true, subtree: true });
    }

    // A listing that is wider than the page scrolls, by keyboard as well.
    for (const code of document.querySelectorAll("pre > code, .table-wrapper")) {
        if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
    }
})();
