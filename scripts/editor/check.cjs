// Compiles the JSON schema of definitions strictly, and lets the YAML language server of editors use it.
// node check.cjs SCHEMA
"use strict";

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { join, resolve } = require("node:path");
const { pathToFileURL } = require("node:url");
const Ajv = require("ajv");
const rpc = require("vscode-jsonrpc/node");

const SCHEMA = resolve(process.argv[2]);
const FIRST_LINE = `# yaml-language-server: $schema=${pathToFileURL(SCHEMA)}\n`;
const VALID = `project_id: {dev: "1", prod: 2}
tasks:
  - task_id: {dev: 00123, prod: "20250915000000007"}
    code: ../sql/load_orders.sql
    auto_run: true
  - task_id: 20250801000000001
    project_id: 1460947878944567296
    sources: ["../sql/**"]
`;
const MISTAKEN = `tasks:
  - task_id: 1
    auto_run: "yes"
  - task_id: {dev: 1}
    nmae: x
`;

function compile() {
  const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
  const body = { ProjectId: "1", AutoRun: true, Tasks: [{ TaskId: "1", VersionRemark: "x" }] };
  assert(validate(body), JSON.stringify(validate.errors));
  assert(validate({ task_id: { dev: "1" } }));
  assert(!validate({ task_id: "1", TaskId: "1" }));
  assert(!validate({ task_id: { "d v": "1" } }));
  assert(!validate({ name: "x" }));
}

async function edit() {
  const server = spawn(process.execPath, [require.resolve("yaml-language-server/bin/yaml-language-server"), "--stdio"]);
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(server.stdout),
    new rpc.StreamMessageWriter(server.stdin),
  );
  const waiting = new Map();
  connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => waiting.get(uri)?.(diagnostics));
  connection.onRequest("workspace/configuration", ({ items }) =>
    items.map(({ section }) => (section === "yaml" ? { validate: true, completion: true, hover: true } : null)));
  connection.onRequest("client/registerCapability", () => null);
  connection.listen();
  const capabilities = { workspace: { configuration: true }, textDocument: { completion: {} } };
  await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities });
  await connection.sendNotification("initialized", {});

  const open = async (name, text) => {
    const uri = pathToFileURL(join(__dirname, name)).href;
    const found = new Promise((done) => waiting.set(uri, done));
    const textDocument = { uri, languageId: "yaml", version: 1, text: FIRST_LINE + text };
    await connection.sendNotification("textDocument/didOpen", { textDocument });
    return [uri, await found];
  };
  const complete = async (name, text) => {
    const lines = (FIRST_LINE + text).split("\n");
    const [uri] = await open(name, text);
    const position = { line: lines.length - 1, character: lines.at(-1).length };
    const found = await connection.sendRequest("textDocument/completion", { textDocument: { uri }, position });
    return (found.items ?? found).map(({ label }) => label);
  };

  const [, none] = await open("valid.yml", VALID);
  assert.deepStrictEqual(none, []);
  const [, mistakes] = await open("mistaken.yml", MISTAKEN);
  assert.deepStrictEqual(mistakes.map(({ range }) => range.start.line), [3, 5], JSON.stringify(mistakes));
  assert.match(mistakes[1].message, /nmae/);
  const keys = await complete("task.yml", "tasks:\n  - task_id: 1\n    al");
  assert(keys.includes("alarm_ways") && keys.includes("alarm_recipient_types"), keys);
  assert(!keys.includes("tasks"), keys);
  const shared = await complete("shared.yml", "tasks:\n  - task_id: 1\npro");
  assert(shared.includes("project_id") && !shared.includes("sources"), shared);
  const first = await complete("first.yml", "");
  assert(first.includes("task_id") && first.includes("tasks"), first);
  const flags = await complete("flag.yml", "task_id: 1\nauto_run: ");
  assert(flags.includes("true") && flags.includes("false"), flags);
  connection.dispose();
  server.kill();
}

const late = setTimeout(() => { throw new Error("the language server did not answer in 60 seconds"); }, 60000);
compile();
edit().then(
  () => clearTimeout(late),
  (error) => { console.error(error); process.exit(1); },
);
