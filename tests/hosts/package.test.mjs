// The package for npm as somebody has it who installs it: in Node.js, with TypeScript, a bundler, rehype, and its command.
// `cargo xtask test --only hosts` packs it and says where it is.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const { PGSCOPE_PACKAGE: archive, PGSCOPE_TOOLS: tools, PGSCOPE_PLACE: place } = process.env;
const project = join(place ?? "", "project");
const installed = join(project, "node_modules/pgscope");
const of = (name) => import(pathToFileURL(join(installed, name)).href);
const FIXTURES = join(import.meta.dirname, "../fixtures");
// Each nth file of a folder that is not large, in the order of the names.
const fixtures = (folder, nth) => readdirSync(join(FIXTURES, folder), { recursive: true }).sort().map((name) => join(FIXTURES, folder, name))
  .filter((file) => statSync(file).isFile() && statSync(file).size < 100_000).filter((_, at) => at % nth === 0);
const QUERY = "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";

describe("the package for npm", { skip: archive ? false : "it was not packed" }, () => {
  before(() => {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    execFileSync("npm", ["install", "--offline", "--no-fund", "--no-audit", "--silent", archive], { cwd: project, stdio: "inherit" });
    for (const name of readdirSync(join(tools, "npm/node_modules"))) {
      if (!name.startsWith(".") && name !== "pgscope") symlinkSync(join(tools, "npm/node_modules", name), join(project, "node_modules", name));
    }
  });

  test("the examples of its README hold", async () => {
    const readme = readFileSync(join(installed, "README.md"), "utf8");
    const [, code] = readme.match(/## The API\n\n```js\n([^]*?)```/);
    const checks = code.split("\n").filter((line) => / \/\/ [^a]/.test(line)).map((line) => line.match(/^(.*); \/\/ (.*)$/));
    assert.equal(checks.length >= 3, true);
    const lines = checks.map(([, told, is]) => `assert.deepEqual(${told}, ${is});`);
    writeFileSync(join(project, "readme.mjs"), `import assert from "node:assert/strict";\n${code.replace(/^(.*); \/\/ .*$/gm, "$1;")}\n${lines.join("\n")}`);
    execFileSync(process.execPath, ["readme.mjs"], { cwd: project, stdio: "inherit" });
  });

  test("errors say what and where", async () => {
    const { encode, fence, init, render, simulate } = await of("node.js");
    await init();
    assert.throws(() => encode("Qery 1", "frontend"), (error) => error.start === 0 && error.end === 4 && /Qery/.test(error.message));
    assert.throws(() => encode("Query", "client"), /known are frontend, backend/);
    assert.throws(() => render(QUERY, { colour: "red" }), /there is no colour; known are/);
    assert.throws(() => render(QUERY, { step: "Bind" }), /Bind/);
    assert.throws(() => render(null, { scenario: "nothing" }), /there is no scenario nothing; known are .*handshake/);
    assert.throws(() => simulate("handshake", { colour: "red" }), /colour/);
    assert.throws(() => fence("step: 1\nF: 51 is no hex"), (error) => error.line === 2);
    assert.deepEqual([...encode('Query "SELECT 1;"', "frontend")], QUERY.split(" ").map((pair) => parseInt(pair, 16)));
    for (const to of ["html", "page", "svg", "mermaid", "plantuml", "markdown", "text"]) assert.match(render(QUERY, { to }), /Query/);
  });

  test("a decoder reads a connection while it comes, however it is cut", async () => {
    const { Decoder, encode, init } = await of("node.js");
    await init();
    const decoder = new Decoder();
    const said = [["frontend", encode("StartupMessage 3.0 [(user alice)]", "frontend")], ["backend", encode("AuthenticationOk", "backend")], ["backend", encode('ReadyForQuery I', "backend")], ["frontend", encode('Query "SELECT 1"', "frontend")]];
    const met = said.flatMap(([side, bytes]) => [...bytes].flatMap((byte) => decoder.push(side, Uint8Array.of(byte))));
    assert.deepEqual([...met, ...decoder.end()].map(({ direction, name, whole }) => [direction[0], name, whole]), [["f", "StartupMessage", true], ["b", "AuthenticationOk", true], ["b", "ReadyForQuery", true], ["f", "Query", true]]);
    assert.equal(met.at(-1).fields.find(({ id }) => id === "query.query").value, "“SELECT 1”");
    assert.throws(() => decoder.push("client", new Uint8Array(1)), /known are frontend, backend/);
  });

  // Of what is fetched when it is wanted, each input finds nothing here yet: a worker has modules of its own.
  const apart = (name, asked) => new Promise((done, failed) => {
    const worker = new Worker(join(project, name), { workerData: asked });
    worker.once("message", done);
    worker.once("error", failed);
  });

  test("decode by itself gives what the whole API gives, whatever it finds here", { timeout: 600_000 }, async () => {
    const { decode: whole, init } = await of("node.js");
    await init();
    const ALONE = 'import { parentPort, workerData } from "node:worker_threads";\nimport { decode } from "pgscope/decode";\n';
    writeFileSync(join(project, "alone.mjs"), `${ALONE}parentPort.postMessage(await decode(...workerData));\n`);
    assert.equal((await apart("alone.mjs", [QUERY])).messages[0].name, "Query");
    const files = [...fixtures("cases", 1), ...fixtures("wrong", 6), ...fixtures("text", 4), ...fixtures("captures", 60), ...fixtures("drivers", 90)];
    const inputs = [[QUERY], [QUERY, { direction: "frontend" }], [QUERY, { form: "hex" }], [""], ["no bytes"], ...files.map((file) => [new Uint8Array(readFileSync(file)), undefined, file])];
    assert.ok(files.length > 60, `${files.length} files`);
    for (const [input, options, file] of inputs) {
      const [alone, all] = [await apart("alone.mjs", [input, options]), whole(input, options)];
      assert.deepEqual(alone, all, file ?? input);
    }
    const { decode } = await import(pathToFileURL(join(installed, "decode-node.js")).href);
    for (const [input, options, file] of inputs) assert.deepEqual(await decode(input, options), whole(input, options), file ?? input);
    await assert.rejects(decode(QUERY, { colour: 1 }), /there is no option "colour"; known are/);
    await assert.rejects(decode(1), /the input is a Uint8Array or a string/);
  });

  test("what elements draw is what the whole API draws", { timeout: 600_000 }, async () => {
    const { fence, init, messages, reference, render, scenarios } = await of("node.js");
    await init();
    const DRAWN = `import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { answer, reads } from "./node_modules/pgscope/elements/parts.js";
reads(async (address) => new Response(await readFile(address), { headers: { "Content-Type": "application/wasm" } }));
parentPort.postMessage(await answer(...workerData).catch((error) => error.message));
`;
    writeFileSync(join(project, "drawn.mjs"), DRAWN);
    const all = { fence, reference, render, scenarios };
    const now = (name, asked) => {
      try {
        return all[name](...asked);
      } catch (error) {
        return error.message;
      }
    };
    const files = [...fixtures("cases", 3), ...fixtures("wrong", 20), ...fixtures("drivers", 200)].map((file) => new Uint8Array(readFileSync(file)));
    const asked = [
      ["scenarios"],
      ...scenarios().map(({ name }) => ["render", null, { scenario: name }]),
      ["render", null, { scenario: "nothing" }],
      ["render", null, { scenario: "handshake", set: { segments: "7" }, step: "Query", panes: "words", site: "https://example.org/" }],
      ...files.map((bytes) => ["render", bytes, {}]),
      ...["Bind", "StartupMessage", "nothing"].map((message) => ["reference", message, undefined]),
      ["fence", `step: 1\nF: ${QUERY}`, undefined],
      ["fence", "step: 1\nF: 51 is no hex", undefined],
    ];
    assert.match(await apart("drawn.mjs", ["render", QUERY, {}]), /^<figure[^]*data-name="Query"/);
    for (const [name, ...rest] of asked) assert.deepEqual(await apart("drawn.mjs", [name, ...rest]), now(name, rest), String(rest[1]?.scenario ?? rest[0]));
    for (const { name } of messages()) assert.equal(typeof reference(name), "string");
  });

  test("importing elements where there is no DOM does nothing", async () => {
    const before = Object.keys(globalThis);
    const { upgrade } = await of("elements/loader.js");
    assert.equal(typeof upgrade, "function");
    assert.deepEqual(Object.keys(globalThis), before);
  });

  test("integrity.json tells the truth", () => {
    const told = JSON.parse(readFileSync(join(installed, "integrity.json"), "utf8"));
    assert.ok(told["elements/loader.js"] && told["elements/pgscope.css"]);
    for (const [name, hash] of Object.entries(told)) {
      assert.equal(hash, `sha384-${createHash("sha384").update(readFileSync(join(installed, name))).digest("base64")}`);
    }
  });

  test("the manifest of elements names what is there", async () => {
    const { modules: [{ path, exports, declarations: [{ attributes }] }] } = JSON.parse(readFileSync(join(installed, "custom-elements.json"), "utf8"));
    const loader = readFileSync(join(installed, path), "utf8");
    for (const { kind, name } of exports) if (kind === "custom-element-definition") assert.ok(loader.includes(name), name);
    for (const { name } of attributes) assert.ok(loader.includes(`"${name}"`), name);
  });

  test("its declarations are those of TypeScript", { timeout: 300_000 }, () => {
    writeFileSync(join(project, "typed.ts"), `import init, { decode, encode, lint, render, type Decoded } from "pgscope";
import { decode as alone } from "pgscope/decode";
import { upgrade, type PgscopeElement } from "pgscope/elements";
await init();
const decoded: Decoded = decode(new Uint8Array(5), { direction: "backend" });
const name: string = decoded.messages[0]?.name ?? "";
const bytes: Uint8Array = encode("Sync", "frontend");
const rules: string[] = lint(bytes).map((finding) => finding.rule);
const html: string = render(null, { scenario: "handshake", set: { segments: "7" }, step: 3 });
const element: PgscopeElement = document.createElement("pgscope-exchange");
element.addEventListener("pgscope-step", ({ detail }) => console.log(detail.step, name, rules, html));
upgrade(document);
const later: Promise<Decoded> = alone("00", { form: "hex" });
later.then(({ messages }) => console.log(messages.length));
// @ts-expect-error there is no such option
decode("", { colour: 1 });
`);
    const tsc = join(tools, "npm/node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--module", "esnext", "--target", "es2022", "--moduleResolution", "bundler", "--lib", "es2022,dom,dom.iterable"];
    const { stdout, status } = spawnSync(process.execPath, [tsc, ...options, "typed.ts"], { cwd: project, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  test("Deno decodes, lints, plays and draws as Node.js does", { timeout: 300_000 }, async () => {
    const { decode, init, lint, render, simulate } = await of("node.js");
    await init();
    const said = (name, value) => `${name} ${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`;
    const asked = { decode: (api) => api.decode(QUERY), lint: (api) => api.lint(QUERY.replace("0e", "0d")), render: (api) => api.render(QUERY, { to: "svg" }), simulate: (api) => api.simulate("handshake") };
    const node = Object.entries(asked).map(([name, ask]) => said(name, ask({ decode, lint, render, simulate })));
    const SAYS = `import { createHash } from "node:crypto";
import * as api from "pgscope";
import { decode as alone } from "pgscope/decode";
const QUERY = ${JSON.stringify(QUERY)};
const said = ${said};
await api.init();
console.log([${Object.entries(asked).map(([name, ask]) => `said("${name}", (${ask})(api))`)}, said("decode", await alone(QUERY))].join("\\n"));
`;
    writeFileSync(join(project, "deno.mjs"), SAYS);
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(tools, "npm/node_modules/deno/bin.cjs"), "run", "--allow-read", "--node-modules-dir=manual", "deno.mjs"], { cwd: project, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split("\n"), [...node, node[0]]);
  });

  test("a bundler takes it", { timeout: 300_000 }, () => {
    writeFileSync(join(project, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>');
    writeFileSync(join(project, "main.js"), 'import init, { decode } from "pgscope";\nimport { decode as alone } from "pgscope/decode";\nimport "pgscope/elements";\nimport "pgscope/pgscope.css";\ninit().then(() => (document.title = decode("5a 00 00 00 05 49").messages[0].name));\nalone("5a 00 00 00 05 49").then(({ messages }) => console.log(messages[0].name));\n');
    const vite = join(tools, "npm/node_modules/vite/bin/vite.js");
    const { status, stderr, stdout } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: project, encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } });
    assert.equal(status, 0, stderr + stdout);
    const assets = readdirSync(join(project, "dist/assets"));
    for (const kind of [".js", ".css", ".wasm"]) assert.ok(assets.some((name) => name.endsWith(kind)), `${kind} of ${assets}`);
  });

  test("rehype puts a figure in the place of a fence, and says where one is wrong", async () => {
    const from = (name) => import(pathToFileURL(join(project, "node_modules", name, "index.js")).href);
    const [{ unified }, { default: parse }, { default: toHtml }, { default: stringify }] = await Promise.all(["unified", "remark-parse", "remark-rehype", "rehype-stringify"].map(from));
    const { default: pgscope } = await of("rehype.js");
    const html = async (text) => String(await unified().use(parse).use(toHtml).use(pgscope).use(stringify).process(text));
    const drawn = await html(`# Title\n\n\`\`\`pgscope\nF: ${QUERY}\n\`\`\`\n\n\`\`\`js\n1\n\`\`\`\n`);
    assert.match(drawn, /<pgscope-exchange[^>]*><figure class="pgscope"[^]*data-name="Query"[^]*<code class="language-js">/);
    await assert.rejects(html("a\n\n```pgscope\nscenario: nothing\n```\n"), /line 4 of the document: there is no scenario nothing/);
  });

  const command = (args, input) => spawnSync(process.execPath, [join(project, "node_modules/.bin/pgscope"), ...args], { cwd: project, input, encoding: "utf8" });

  test("the command runs without Rust", (context) => {
    if (!existsSync(join(installed, "pgscope-command.wasm"))) return context.skip("the package lacks it: Rust's library for WASI could not be had");
    const version = command(["--version"]);
    assert.equal(version.stdout, `pgscope ${JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).version}\n`, version.stderr);
    const decoded = command(["decode", "--format", "list"], QUERY);
    assert.match(decoded.stdout, /Query.*SELECT 1;/);
    assert.equal(decoded.status, 0);
    assert.doesNotMatch(decoded.stderr, /Warning/);
    mkdirSync(join(project, "dumps"), { recursive: true });
    writeFileSync(join(project, "dumps/a.txt"), "B: 5a 00 00 00 06 49");
    const found = command(["lint", "dumps/a.txt"]);
    assert.match(found.stdout, /^error\[L01\][^]*--> dumps\/a\.txt, message 1/);
    assert.equal(found.status, 1);
    for (const path of ["../project/dumps/a.txt", join(project, "dumps/a.txt")]) assert.equal(command(["lint", path]).status, 1, path);
    assert.equal(command(["decode", "nowhere.txt"]).status, 2);
    assert.equal(command(["render", "handshake", "--to", "svg", "--output", "dumps/a.svg"]).status, 0);
    assert.match(readFileSync(join(project, "dumps/a.svg"), "utf8"), /^<svg/);
  });
});
